"""Several files of one look into one table of points."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from groundmotion.errors import InputError
from groundmotion.points.schema import POINT_COLUMNS, PointSet


def merge(parts: Sequence[PointSet]) -> PointSet:
    """Put points of one coordinate system together, in the order given.

    Columns are those of any part; a series covers the dates of all parts, NaN where a part has
    none.

    Raises
    ------
    InputError
        If there is no part, or the coordinate systems differ.
    """
    if not parts:
        raise InputError("points: expected at least one file, came none")
    systems = sorted({part.crs for part in parts})
    if len(systems) > 1:
        raise InputError(f"points: expected one coordinate system, came {', '.join(systems)}")
    dates = tuple(sorted({day for part in parts for day in part.dates}))
    tables = [part.table.drop(columns="series_mm", errors="ignore") for part in parts]
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    table = table[[name for name in POINT_COLUMNS if name in table]].reset_index(drop=True)
    if dates:
        table["series_mm"] = list(np.concatenate([_on_dates(part, dates) for part in parts]))
    return PointSet(table, systems[0], dates)


def thin_close(points: PointSet, min_distance_m: float) -> PointSet:
    """Keep one of points that lie closer than a distance: the one of higher coherence.

    Points are taken in the order of falling coherence, and a point is dropped if one kept before
    lies closer than ``min_distance_m``. Unknown coherence comes last; equal coherence is taken in
    the order of the files and of their rows. The order of the table stays.

    Parameters
    ----------
    points
        Of one track.
    min_distance_m
        Distance below which two points count as the same; 0 keeps all.
    """
    table = points.table
    if min_distance_m <= 0 or len(table) < 2:
        return points
    xy = table[["easting_m", "northing_m"]].to_numpy(np.float64)
    coherence = table["coherence"].to_numpy() if "coherence" in table else np.zeros(len(table))
    close = ClosePairs(xy, coherence, min_distance_m)
    return PointSet(table[close.survivors()].reset_index(drop=True), points.crs, points.dates)


class ClosePairs:
    """Points that lie closer than a distance, the better of two first.

    Parameters
    ----------
    xy
        (n, 2) metres; of equal coherence the earlier is the better.
    coherence
        (n,), NaN where unknown.
    distance_m
        Two points closer than this are a pair.
    """

    def __init__(
        self, xy: NDArray[np.float64], coherence: NDArray[np.floating], distance_m: float
    ) -> None:
        falling = -np.nan_to_num(coherence.astype(np.float64), nan=-np.inf)
        rank = np.empty(len(xy), np.int64)
        rank[np.argsort(falling, kind="stable")] = np.arange(len(xy))
        # Of points at the very same place only the best can stay; this keeps the pairs few.
        first = np.lexsort((rank, xy[:, 1], xy[:, 0]))
        new = np.append(True, np.any(np.diff(xy[first], axis=0) != 0, axis=1))
        self._count, self._candidates = len(xy), first[new]
        pairs = cKDTree(xy[self._candidates]).query_pairs(distance_m, output_type="ndarray")
        pairs = self._candidates[pairs]
        pairs = pairs[np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) < distance_m]
        swap = rank[pairs[:, 0]] > rank[pairs[:, 1]]
        pairs[swap] = pairs[swap, ::-1]
        self._pairs = pairs

    def survivors(self) -> NDArray[np.bool_]:
        """Mark the points (n,) that the rule of :func:`thin_close` keeps."""
        survivors = np.zeros(self._count, bool)
        survivors[self._candidates] = True
        pairs = self._pairs
        # Each round settles the points that no undecided better point is near to: the same
        # outcome as one point after another.
        while len(pairs):
            losers = np.zeros(self._count, bool)
            losers[pairs[:, 1]] = True
            survivors[pairs[~losers[pairs[:, 0]], 1]] = False
            pairs = pairs[survivors[pairs].all(axis=1)]
        return survivors

    def in_doubt(self, unsure: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the points (n,) whose fate hangs, from better to worse, on those ``unsure``."""
        doubt = unsure.copy()
        while True:
            worse = self._pairs[doubt[self._pairs[:, 0]] & ~doubt[self._pairs[:, 1]], 1]
            if not len(worse):
                return doubt
            doubt[worse] = True


def _on_dates(part: PointSet, dates: tuple[str, ...]) -> NDArray[np.float32]:
    series = np.full((len(part), len(dates)), np.nan, np.float32)
    if part.dates and len(part):
        place = {day: index for index, day in enumerate(dates)}
        series[:, [place[day] for day in part.dates]] = np.stack(part.table["series_mm"].tolist())
    return series
