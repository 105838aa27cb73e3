"""Check sparse maps, and share a batch of them out to threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError


def as_maps(sparse: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return sparse maps as one float32 batch after checking them.

    Parameters
    ----------
    sparse
        (rows, cols) or (n, rows, cols), mm/yr, NaN where there is no point.

    Returns
    -------
    (n, rows, cols), C-contiguous.

    Raises
    ------
    InputError
        If the shape is another, a value is infinite, or a map has no point at all.
    """
    maps = np.ascontiguousarray(sparse, dtype=np.float32)
    if maps.ndim not in (2, 3) or maps.size == 0:
        raise InputError(
            "a sparse map must be (rows, cols) or (n, rows, cols) with at least one pixel, "
            f"got shape {maps.shape}"
        )
    maps = maps.reshape((-1, *maps.shape[-2:]))
    for index, values in enumerate(maps):
        if np.isinf(values).any():
            row, col = np.argwhere(np.isinf(values))[0]
            raise InputError(
                f"map {index} holds {values[row, col]} at row {row}, col {col}: velocities must be "
                "finite, and NaN where there is no point; remove such points before filling"
            )
        if np.isnan(values).all():
            raise InputError(
                f"map {index} of {maps.shape[0]} has no point: there is nothing to fill from; "
                "leave such maps out"
            )
    return maps


def fill_each(
    fill: Callable[[NDArray[np.float32]], NDArray[np.floating]],
    maps: NDArray[np.float32],
    threads: int,
) -> NDArray[np.float32]:
    """Apply ``fill`` to every map (rows, cols) of a batch, on so many threads."""
    out = np.empty_like(maps)

    def fill_one(index: int) -> None:
        out[index] = fill(maps[index])

    if threads == 1 or len(maps) == 1:
        for index in range(len(maps)):
            fill_one(index)
    else:
        with ThreadPoolExecutor(max_workers=threads) as pool:
            list(pool.map(fill_one, range(len(maps))))
    return out


def unfilled(maps: NDArray[np.float32], threads: int) -> NDArray[np.float32]:  # noqa: ARG001
    """Return maps as they are: the fill ``none``."""
    return maps.copy()
