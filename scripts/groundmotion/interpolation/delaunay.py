"""Linear interpolation on the Delaunay triangulation of the points (the paper's DT, §III-A)."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from groundmotion.interpolation.median import nan_median_3x3
from groundmotion.interpolation.settings import DelaunaySettings


def delaunay(
    maps: NDArray[np.float32], settings: DelaunaySettings, threads: int
) -> NDArray[np.float32]:
    """Fill by linear interpolation of the median-filtered points (noise suppression, then DT)."""
    return triangulate(nan_median_3x3(maps), settings, threads)


def triangulate(
    maps: NDArray[np.float32], settings: DelaunaySettings, threads: int
) -> NDArray[np.float32]:
    """Fill by linear interpolation on the Delaunay triangulation; nearest outside the hull."""
    out = np.empty_like(maps)
    grid = np.argwhere(np.ones(maps.shape[1:], bool))
    for values, filled in zip(maps, out, strict=True):
        points = np.argwhere(~np.isnan(values))
        known = values[~np.isnan(values)]
        flat = filled.reshape(-1)
        flat[:] = np.nan
        if np.linalg.matrix_rank(points - points[0]) == 2:
            flat[:] = LinearNDInterpolator(points, known)(grid)
        empty = np.isnan(flat)
        if empty.any():
            flat[empty] = NearestNDInterpolator(points, known)(grid[empty])
    return out
