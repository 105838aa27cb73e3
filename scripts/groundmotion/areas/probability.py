"""What a map of probability says within polygons that it did not make."""

from collections.abc import Callable, Sequence

import geopandas
import numpy as np
import rasterio.features
from affine import Affine
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Floats, Slices
from groundmotion.grid import Grid

#: Columns that :func:`with_probability` adds.
PROBABILITY_COLUMNS = ("level", "p_max", "p_mean")


def with_probability(
    areas: geopandas.GeoDataFrame, frame: tuple[Affine, tuple[int, int]],
    read: Callable[[Slices], Grid], levels: Sequence[float],
) -> geopandas.GeoDataFrame:  # fmt: skip
    """Add what a network says within areas.

    Parameters
    ----------
    areas
        Polygons in the CRS of the map.
    frame
        Transform and shape of the map of probability.
    read
        Gives some rows and columns of it, in [0, 1], NaN where nothing was scored.
    levels
        Ascending probabilities.

    Returns
    -------
    GeoDataFrame
        With ``p_max`` and ``p_mean`` of the pixels that an area touches, and ``level``, the highest
        that ``p_max`` exceeds; NaN where the network says nothing, or exceeds none.
    """
    steps, rows = np.asarray(levels), []
    for geometry in areas.geometry:
        values = _inside(geometry, frame, read)
        highest, mean = (values.max(), values.mean()) if len(values) else (np.nan, np.nan)
        exceeded = steps[steps < highest]
        rows.append((exceeded[-1] if len(exceeded) else np.nan, highest, mean))
    columns = np.array(rows, np.float64).reshape(-1, 3).T
    return areas.assign(**dict(zip(PROBABILITY_COLUMNS, columns, strict=True)))


def part_of(grid: Grid, part: Slices) -> Grid:
    """Return some rows and columns of a map that is in memory."""
    transform = grid.transform @ Affine.translation(part[1].start, part[0].start)
    return Grid(grid.values[part], transform, grid.crs)


def _inside(
    geometry: BaseGeometry, frame: tuple[Affine, tuple[int, int]], read: Callable[[Slices], Grid]
) -> Floats:
    """Return the values of the pixels that a polygon touches, without NaN."""
    transform, (rows, cols) = frame
    left, bottom, right, top = geometry.bounds
    (col, row), (last_col, last_row) = ~transform @ (left, top), ~transform @ (right, bottom)
    part = (
        slice(max(int(np.floor(row)), 0), min(int(np.ceil(last_row)), rows)),
        slice(max(int(np.floor(col)), 0), min(int(np.ceil(last_col)), cols)),
    )
    if part[0].start >= part[0].stop or part[1].start >= part[1].stop:
        return np.empty(0)
    window = read(part)
    touched = rasterio.features.geometry_mask(
        [geometry], window.shape, window.transform, all_touched=True, invert=True
    )
    values = window.values[touched].astype(np.float64)
    return np.asarray(values[np.isfinite(values)])
