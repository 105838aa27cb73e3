"""Linear interpolation on the Delaunay triangulation of the points (the paper's DT, §III-A).

Outside of the hull, and across edges longer than allowed, the value of the nearest point is taken.
Four points on an empty circle, as on every grid, can be triangulated in two ways; values differ
there from other libraries', each as good as the other.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.interpolation.batches import fill_each
from groundmotion.interpolation.median import nan_median_3x3
from groundmotion.interpolation.settings import DelaunaySettings
from groundmotion.interpolation.triangulation import LARGEST_PX, triangulate


def delaunay(
    maps: NDArray[np.float32], settings: DelaunaySettings, threads: int
) -> NDArray[np.float32]:
    """Suppress noise by the 3×3 median of the points, then interpolate (the paper's DT).

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    settings
        The longest edge to interpolate across.
    threads
        Maps are shared out to so many.

    Returns
    -------
    Same shape, without NaN.

    Raises
    ------
    InputError
        If a map is too large for exact integers.
    """
    return interpolate(nan_median_3x3(maps), settings, threads)


def interpolate(
    maps: NDArray[np.float32], settings: DelaunaySettings, threads: int
) -> NDArray[np.float32]:
    """Interpolate linearly between the points as they are; else as `delaunay`."""
    if max(maps.shape[1:]) > LARGEST_PX:
        raise InputError(
            f"a map of {maps.shape[1]}×{maps.shape[2]} pixels is too large to triangulate at once "
            f"(at most {LARGEST_PX} in a row or column): fill it tile by tile"
        )
    return fill_each(lambda values: _linear(values, settings.max_edge_px), maps, threads)


def nearest(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Value of the nearest point at every pixel without one.

    Parameters
    ----------
    values
        (rows, cols), NaN where there is no point, at least one point.

    Returns
    -------
    Same shape, without NaN. Of points equally near, that in the leftmost column counts, and of
    those in one column the upper.
    """
    filled = values.copy()
    _fill_nearest(values, filled)
    return filled


def _linear(values: NDArray[np.float32], max_edge_px: float) -> NDArray[np.float32]:
    row, col = np.nonzero(~np.isnan(values))
    filled = np.full_like(values, np.nan)
    filled[row, col] = values[row, col]
    corners = triangulate(row, col)
    longest = min(max_edge_px, 2 * LARGEST_PX) ** 2
    _rasterise(row, col, values[row, col], corners, longest, filled)
    if np.isnan(filled).any():
        _fill_nearest(values, filled)
    return filled


@njit(cache=True, nogil=True)
def _rasterise(
    row: NDArray[np.int64],
    col: NDArray[np.int64],
    value: NDArray[np.float32],
    corners: NDArray[np.int32],
    longest: float,
    out: NDArray[np.float32],
) -> None:
    """Write the plane through its corners into every pixel of every triangle."""
    for t in range(corners.shape[0]):
        a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
        br, bc = row[b] - row[a], col[b] - col[a]
        cr, cc = row[c] - row[a], col[c] - col[a]
        if max(br * br + bc * bc, cr * cr + cc * cc, (cr - br) ** 2 + (cc - bc) ** 2) > longest:
            continue
        area = br * cc - bc * cr
        # value(r, c) = value_a + down · r + across · c, from corner a
        to_b, to_c = np.float64(value[b]) - value[a], np.float64(value[c]) - value[a]
        down = (to_b * cc - to_c * bc) / area
        across = (to_c * br - to_b * cr) / area
        for r in range(min(0, br, cr), max(0, br, cr) + 1):
            low, high = min(0, bc, cc), max(0, bc, cc)
            # inside: r · dc ≤ c · dr for the edges a→b, b→c, c→a, each from its own start
            for r0, c0, dr, dc in (
                (0, 0, br, bc),
                (br, bc, cr - br, cc - bc),
                (cr, cc, -cr, -cc),
            ):
                if dr > 0:
                    low = max(low, c0 - (-(r - r0) * dc) // dr)
                elif dr < 0:
                    high = min(high, c0 + (-(r - r0) * dc) // -dr)
            for k in range(low, high + 1):
                out[row[a] + r, col[a] + k] = value[a] + down * r + across * k


@njit(cache=True, nogil=True)
def _nearest_row(values: NDArray[np.float32], far: int) -> NDArray[np.int32]:
    """Return the row of the nearest point in the same column, ``far`` off where there is none."""
    rows, cols = values.shape
    nearest_row = np.empty((rows, cols), np.int32)
    for c in range(cols):
        point_row = -2 * far
        for r in range(rows):
            if not np.isnan(values[r, c]):
                point_row = r
            nearest_row[r, c] = point_row
        point_row = 2 * far
        for r in range(rows - 1, -1, -1):
            if not np.isnan(values[r, c]):
                point_row = r
            if point_row - r < r - nearest_row[r, c]:
                nearest_row[r, c] = point_row
    return nearest_row


@njit(cache=True, nogil=True)
def _fill_nearest(values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Replace NaN in ``out`` by the nearest value, exactly: a lower envelope for every row."""
    rows, cols = values.shape
    far = rows + cols
    source = _nearest_row(values, far)
    centre, begin = np.empty(cols, np.int64), np.empty(cols, np.int64)
    for r in range(rows):
        count = 0
        for c in range(cols):
            up = r - source[r, c]
            if abs(up) >= far:
                continue
            start = 0
            while count > 0:  # the parabola of this column against the last of the envelope
                last = centre[count - 1]
                up_last = r - source[r, last]
                gain = c * c + up * up - last * last - up_last * up_last
                start = gain // (2 * (c - last)) + 1  # first column where this one is nearer
                if start > begin[count - 1]:
                    break
                count, start = count - 1, 0
            if start < cols:
                centre[count], begin[count] = c, start
                count += 1
        k = 0
        for c in range(cols):
            while k + 1 < count and begin[k + 1] <= c:
                k += 1
            if np.isnan(out[r, c]):
                out[r, c] = values[source[r, centre[k]], centre[k]]
