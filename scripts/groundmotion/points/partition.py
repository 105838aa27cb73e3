"""Points of any number, tile by tile: which tile a point is in, and thinning across borders."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundmotion.aliases import Bounds, Floats, Integers
from groundmotion.errors import InputError
from groundmotion.points.merging import ClosePairs
from groundmotion.points.schema import POINT_COLUMNS

#: What is kept of a point while it is sorted: its number in the stream and all columns.
RECORD = np.dtype(
    [
        ("number", "<i8"),
        *((name, "<f8") for name in POINT_COLUMNS[:2]),
        *((name, "<f4") for name in POINT_COLUMNS[2:]),
    ]
)

Records = NDArray[np.void]


@dataclass(frozen=True)
class Partition:
    """How an extent is cut into square tiles, from its upper left corner.

    Parameters
    ----------
    bounds_m
        (left, bottom, right, top). A point on the left or the top edge of the extent, or of a
        tile, belongs to it.
    side_m
        Of a tile.
    """

    bounds_m: Bounds
    side_m: float

    def __post_init__(self) -> None:
        if not self.side_m > 0:
            raise InputError(f"tiles of {self.side_m} m: expected a positive side")

    @property
    def counts(self) -> tuple[int, int]:
        """Tiles down and across."""
        left, bottom, right, top = self.bounds_m
        down, across = (int(np.ceil(s / self.side_m)) for s in (top - bottom, right - left))
        return down, across

    def tiles_of(self, points: Records) -> NDArray[np.int64]:
        """Return the number (row · columns + column) of the tile of each point (n,)."""
        row, col, _, _ = self._places(points)
        return row * self.counts[1] + col

    def near_tiles(
        self, points: Records, reach_m: float
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Find the other tiles that points lie near to.

        Yields
        ------
        indices, tiles
            For one direction: indices of the points within ``reach_m`` of the neighbour there, and
            the numbers of those neighbours. ``reach_m`` is at most a tile's side.
        """
        row, col, down, across = self._places(points)
        far = self.side_m - reach_m
        rows = {-1: down < reach_m, 0: np.ones(len(points), bool), 1: down > far}
        cols = {-1: across < reach_m, 0: np.ones(len(points), bool), 1: across > far}
        for i, j in itertools.product(rows, cols):
            exists = (row + i >= 0) & (row + i < self.counts[0])
            exists &= (col + j >= 0) & (col + j < self.counts[1])
            indices = np.flatnonzero(rows[i] & cols[j] & exists)
            if (i, j) != (0, 0) and len(indices):
                yield indices, (row[indices] + i) * self.counts[1] + col[indices] + j

    def _places(self, points: Records) -> tuple[Integers, Integers, Floats, Floats]:
        """Return row and column of tiles, and how far below and right of its corner each is."""
        south = self.bounds_m[3] - points["northing_m"]
        east = points["easting_m"] - self.bounds_m[0]
        row, col = (np.floor(away / self.side_m).astype(np.int64) for away in (south, east))
        return row, col, south - row * self.side_m, east - col * self.side_m

    def bounds_of(self, tile: int) -> Bounds:
        """Return (left, bottom, right, top) of a tile; the last ones may reach over the extent."""
        row, col = divmod(tile, self.counts[1])
        left, top = self.bounds_m[0] + col * self.side_m, self.bounds_m[3] - row * self.side_m
        return left, top - self.side_m, left + self.side_m, top

    def around(self, tile: int, rings: int) -> list[int]:
        """Return the tiles at most so many rows and columns away, the tile itself left out."""
        (row, col), (rows, cols) = divmod(tile, self.counts[1]), self.counts
        return [
            i * cols + j
            for i in range(max(row - rings, 0), min(row + rings + 1, rows))
            for j in range(max(col - rings, 0), min(col + rings + 1, cols))
            if (i, j) != (row, col)
        ]


def records_of(table: pd.DataFrame, first: int) -> Records:
    """Return a piece of the stream as records; columns that it lacks are NaN.

    ``first`` is the number of its first point.
    """
    records = np.empty(len(table), RECORD)
    records["number"] = first + np.arange(len(table))
    for name in POINT_COLUMNS:
        records[name] = table[name].to_numpy() if name in table else np.nan
    return records


def thin_tile(
    points: Records, inner: NDArray[np.bool_], window_m: Bounds, min_distance_m: float
) -> Records | None:
    """Thin the points of a tile as if all points of the look were there.

    Parameters
    ----------
    points
        (n,) of the tile and around it.
    inner
        (n,) which of them are the tile's own.
    window_m
        (left, bottom, right, top) that ``points`` are complete in; infinite where the extent ends.
    min_distance_m
        See :func:`groundmotion.points.merging.thin_close`.

    Returns
    -------
    The points of the tile that stay, in the order of their numbers; None if that depends on
    points that were not seen.
    """
    order = np.argsort(points["number"])
    points, inner = points[order], inner[order]
    if min_distance_m <= 0 or len(points) < 2:
        return points[inner]
    east, north = points["easting_m"], points["northing_m"]
    close = ClosePairs(np.column_stack([east, north]), points["coherence"], min_distance_m)
    left, bottom, right, top = window_m
    unsure = np.minimum(east - left, right - east) < min_distance_m
    unsure |= np.minimum(north - bottom, top - north) < min_distance_m
    if close.in_doubt(unsure)[inner].any():
        return None
    return points[close.survivors() & inner]
