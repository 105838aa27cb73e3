"""Areas of a map too large for memory, however many tiles they cross (paper §IV-C).

The map is first looked at in coarse cells: those with a pixel above the lowest level. Cells that
hang together, with all that lies near enough to be compared with them, make a region; a region is
cut out and outlined by :mod:`groundmotion.areas.polygons` as if there were nothing else. So memory
follows the largest region, and areas do not depend on how the map was cut.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.aliases import Slices
from groundmotion.areas.polygons import AREA_COLUMNS


@dataclass(frozen=True)
class Region:
    """A part of the map that is outlined by itself.

    Parameters
    ----------
    window
        Rows and columns of the map: the areas and their surroundings.
    cells
        (rows, cols) of coarse cells, from the corner of the first that ``window`` touches: those
        that belong to it.
    cell_px
        Side of a cell.
    """

    window: Slices
    cells: NDArray[np.bool_]
    cell_px: int

    def keep(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the map of ``window`` with NaN in cells of other regions."""
        row, col = (
            np.arange(part.start, part.stop) // self.cell_px - part.start // self.cell_px
            for part in self.window
        )
        return np.where(self.cells[np.ix_(row, col)], values, np.float32(np.nan))


def coarse_maximum(values: NDArray[np.floating], cell_px: int) -> NDArray[np.float32]:
    """Return the largest value in each cell, −inf where all are NaN.

    Parameters
    ----------
    values
        (rows, cols); the last cells may be cut off.
    cell_px
        Side of a cell.

    Examples
    --------
    >>> coarse_maximum(np.array([[1.0, np.nan, 3.0], [2.0, 0.0, np.nan]]), 2).tolist()
    [[2.0, 3.0]]
    """
    values_or_least = np.where(np.isnan(values), -np.inf, values).astype(np.float32)
    starts = [np.arange(0, length, cell_px) for length in values_or_least.shape]
    by_row = np.maximum.reduceat(values_or_least, starts[0], axis=0)
    return np.asarray(np.maximum.reduceat(by_row, starts[1], axis=1))


def regions(
    above: NDArray[np.bool_], shape: tuple[int, int], cell_px: int, ring_px: int, group_px: int
) -> Iterator[Region]:
    """Find the parts of a map that can be outlined one by one.

    Parameters
    ----------
    above
        Coarse cells with a pixel above the lowest level.
    shape
        Of the map, pixels.
    cell_px
        Side of a cell.
    ring_px
        Width of the surroundings that areas are compared with; areas so near that these touch
        share a region.
    group_px
        Small neighbours are taken together: those that begin in the same square of this side.

    Yields
    ------
    Region
        Row by row; each cell above belongs to one.
    """
    # Within twice the ring, an area can take pixels from the surroundings of another.
    reach = -(-ring_px // cell_px)
    wide = ndimage.maximum_filter(above.view(np.uint8), 2 * reach + 1, mode="constant")
    labels, _ = ndimage.label(wide, np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    groups: dict[tuple[int, int], list[int]] = {}
    for label, box in enumerate(boxes, start=1):
        corner = (box[0].start * cell_px // group_px, box[1].start * cell_px // group_px)
        groups.setdefault(corner, []).append(label)
    for corner in sorted(groups):
        members = groups[corner]
        member_boxes = [boxes[label - 1] for label in members]
        box = tuple(
            slice(min(b[axis].start for b in member_boxes), max(b[axis].stop for b in member_boxes))
            for axis in (0, 1)
        )
        cells = np.isin(labels[box], members)
        first, second = (
            slice(part.start * cell_px, min(part.stop * cell_px, length))
            for part, length in zip(box, shape, strict=True)
        )
        yield Region((first, second), cells, cell_px)


def joined_areas(parts: Sequence[geopandas.GeoDataFrame]) -> geopandas.GeoDataFrame:
    """Join the areas of all regions and rank them as if they came from one map.

    Parameters
    ----------
    parts
        As from :func:`groundmotion.areas.polygons.probability_areas`, one at least.
    """
    table = _by_place(parts)
    table = table.sort_values(["level", "area_km2", "p_max"], ascending=False, kind="stable")
    table["rank"] = np.arange(1, len(table) + 1)
    return table.reset_index(drop=True)[list(AREA_COLUMNS)]


def joined_levels(parts: Sequence[geopandas.GeoDataFrame]) -> geopandas.GeoDataFrame:
    """Join the outlines of all regions, in the order of one map: by level, then by place.

    Parameters
    ----------
    parts
        As from :func:`groundmotion.areas.polygons.level_polygons`, one at least.
    """
    return _by_place(parts).sort_values("level", kind="stable").reset_index(drop=True)


def _by_place(parts: Iterable[geopandas.GeoDataFrame]) -> geopandas.GeoDataFrame:
    """Join tables in the order in which a map read row by row comes upon their polygons."""
    tables = list(parts)
    filled = [table for table in tables if len(table)] or tables[:1]
    table = pd.concat(filled, ignore_index=True)
    shapes = table.geometry.to_numpy()
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    top = shapely.bounds(shapes)[:, 3]
    highest = points[:, 1] == top[owner]
    left = np.full(len(shapes), np.inf)
    np.minimum.at(left, owner[highest], points[highest, 0])
    return table.iloc[np.lexsort((left, -top))]
