"""NaN-median of 3×3 pixels: the paper's suppression of high-amplitude noise (§III-A)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from groundmotion.errors import InputError


@njit(cache=True)
def _median_3x3(values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    rows, cols = values.shape
    near = np.empty(9, np.float32)
    for row in range(rows):
        for col in range(cols):
            if np.isnan(values[row, col]):
                out[row, col] = np.nan
                continue
            count = 0
            for i in range(max(row - 1, 0), min(row + 2, rows)):
                for j in range(max(col - 1, 0), min(col + 2, cols)):
                    value = values[i, j]
                    if np.isnan(value):
                        continue
                    k = count
                    while k > 0 and near[k - 1] > value:
                        near[k] = near[k - 1]
                        k -= 1
                    near[k] = value
                    count += 1
            half = count // 2
            if count % 2 == 1:
                out[row, col] = near[half]
            else:
                out[row, col] = np.float32(0.5) * (near[half - 1] + near[half])


def nan_median_3x3(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Median of the 3×3 pixels around every observed pixel, missing ones left out (Med3×3).

    Parameters
    ----------
    values
        (rows, cols) or (n, rows, cols), mm/yr, NaN where there is no point. The window is cut at
        the border of the map.

    Returns
    -------
    Same shape, NaN where ``values`` is NaN: the filter moves no point and adds none.

    Raises
    ------
    InputError
        If the shape is another.

    Examples
    --------
    >>> nan_median_3x3(np.array([[1.0, np.nan, 9.0], [np.nan, 5.0, np.nan]]))
    array([[ 3., nan,  7.],
           [nan,  5., nan]], dtype=float32)
    """
    # ASSUME: a pixel without a point stays without; the paper does not say whether its filter
    # also fills the eight neighbours of a point.
    maps = np.ascontiguousarray(values, dtype=np.float32)
    if maps.ndim not in (2, 3):
        raise InputError(f"expected (rows, cols) or (n, rows, cols), got shape {maps.shape}")
    out = np.empty_like(maps)
    flat = maps.reshape((-1, *maps.shape[-2:]))
    for source, target in zip(flat, out.reshape(flat.shape), strict=True):
        _median_3x3(source, target)
    return out
