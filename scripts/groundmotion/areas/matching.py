"""Areas against the truth, by overlap.

Two shares guard against two ways to cheat: a speck inside a bowl finds it no more than one area
over the whole map does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from groundmotion.aliases import Floats
from groundmotion.scores.metrics import precision_recall

#: What :func:`object_scores` says at each overlap, in order.
SCORE_COLUMNS = (
    "overlap", "areas", "true_found", "true_total", "false_areas", "precision", "recall", "f1",
    "iou_median", "flagged_km2", "false_km2_per_100_km2", "direction_right",
)  # fmt: skip

_M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class MatchSettings:
    """When an area and a truth are the same thing.

    Parameters
    ----------
    overlaps
        An area is right when at least this share of it lies in true areas; each is tried.
    min_truth_covered
        A true area is found when right areas cover at least this share of it.
    """

    overlaps: tuple[float, ...]
    min_truth_covered: float

    @classmethod
    def from_config(cls, section: Mapping[str, Any]) -> "MatchSettings":
        """Take what is known here from the section ``detectors``."""
        return cls(tuple(section["overlaps"]), float(section["min_truth_covered"]))


@dataclass(frozen=True)
class Match:
    """Areas and truth compared at one overlap.

    Parameters
    ----------
    overlap
        Share of an area that must move for it to be right.
    truths
        A row per true area, under the truth's own index: ``found``; ``iou`` and ``area_ratio``,
        intersection over union and ratio of size of the right areas that overlap most with it, put
        together, and the true area (0 and NaN where there are none); ``best``, the place in the
        table of areas of the right one that overlaps most with it, −1 where none does;
        ``direction_right``, whether that one moves in the direction of the truth (1, 0; NaN where
        either has no column ``direction``, or no right area overlaps).
    areas, false_areas
        Number of areas, and of those that are not right.
    flagged_km2, false_km2
        Ground in areas, counted once, and that part of it which does not move.
    """

    overlap: float
    truths: pd.DataFrame
    areas: int
    false_areas: int
    flagged_km2: float
    false_km2: float


def match_areas(
    areas: geopandas.GeoDataFrame, truth: geopandas.GeoDataFrame, settings: MatchSettings
) -> list[Match]:
    """Compare areas with the truth, once for each overlap.

    Parameters
    ----------
    areas, truth
        Polygons in the same CRS; where both have a column ``direction`` (uplift, subsidence, none)
        it is compared.
    settings
        See :class:`MatchSettings`.
    """
    polygons = np.asarray(shapely.make_valid(areas.geometry.to_numpy()))
    moving_ground = shapely.union_all(truth.geometry.to_numpy())
    flagged = shapely.union_all(polygons)
    with np.errstate(invalid="ignore"):
        inside = shapely.area(shapely.intersection(polygons, moving_ground))
        inside = inside / shapely.area(polygons)
    shared = _shared_areas(polygons, truth.geometry.to_numpy())
    same_way = _same_directions(areas, truth)
    matches = []
    for overlap in settings.overlaps:
        right = inside >= overlap
        truths = _compare(polygons, truth, np.where(right[:, None], shared, 0.0), settings)
        best = truths["best"].to_numpy()
        known = same_way[best, np.arange(len(truth))] if len(areas) else np.full(len(truth), np.nan)
        truths["direction_right"] = np.where(best >= 0, known, np.nan)
        matches.append(
            Match(
                overlap=overlap,
                truths=truths,
                areas=len(areas),
                false_areas=int((~right).sum()),
                flagged_km2=flagged.area / _M2_PER_KM2,
                false_km2=flagged.difference(moving_ground).area / _M2_PER_KM2,
            )
        )
    return matches


def object_scores(
    areas: geopandas.GeoDataFrame,
    truth: geopandas.GeoDataFrame,
    searched_km2: float,
    settings: MatchSettings,
) -> pd.DataFrame:
    """Score areas by object and by ground, one row for each overlap.

    Parameters
    ----------
    areas, truth, settings
        As of :func:`match_areas`.
    searched_km2
        Ground in which areas could have been outlined.

    Returns
    -------
    DataFrame
        Columns :data:`SCORE_COLUMNS`. ``recall`` = found / truths, ``precision`` = right areas /
        areas, ``f1`` their harmonic mean; ``iou_median`` and ``direction_right`` (a share) are of
        the truths that are found. NaN where nothing was counted.
    """
    rows = [_scores(match, searched_km2) for match in match_areas(areas, truth, settings)]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _scores(match: Match, searched_km2: float) -> dict[str, float]:
    found = match.truths[match.truths["found"]]
    counts = {
        "areas": match.areas,
        "true_found": len(found),
        "true_total": len(match.truths),
        "false_areas": match.false_areas,
    }
    return {
        "overlap": match.overlap,
        **counts,
        **precision_recall(**counts),
        "iou_median": found["iou"].median(),
        "flagged_km2": match.flagged_km2,
        "false_km2_per_100_km2": 100 * match.false_km2 / searched_km2,
        "direction_right": found["direction_right"].mean(),
    }


def _shared_areas(polygons: NDArray[np.object_], truths: NDArray[np.object_]) -> Floats:
    """Return the area that each polygon shares with each truth, (polygons, truths), m²."""
    shared = np.zeros((len(polygons), len(truths)))
    if shared.size:
        one, other = shapely.STRtree(truths).query(polygons, predicate="intersects")
        shared[one, other] = shapely.area(shapely.intersection(polygons[one], truths[other]))
    return shared


def _same_directions(areas: geopandas.GeoDataFrame, truth: geopandas.GeoDataFrame) -> Floats:
    """Return whether each area moves as each truth, (areas, truths): 1, 0, or NaN if unknown."""
    if "direction" not in areas or "direction" not in truth:
        return np.full((len(areas), len(truth)), np.nan)
    one, other = (layer["direction"].to_numpy(object) for layer in (areas, truth))
    return np.equal(one[:, None], other[None, :]).astype(np.float64)


def _compare(
    polygons: NDArray[np.object_],
    truth: geopandas.GeoDataFrame,
    shared: Floats,
    settings: MatchSettings,
) -> pd.DataFrame:
    """Say of each truth whether right areas find it and how well they fit.

    ``shared`` is (areas, truths) in m², zero for areas that are not right.
    """
    rows = []
    fits = shared.argmax(axis=1) if shared.size else np.empty(0, np.int64)
    for number, geometry in enumerate(truth.geometry):
        touching = np.flatnonzero(shared[:, number] > 0)
        cover = shapely.union_all(polygons[touching])
        own = shapely.union_all(polygons[touching[fits[touching] == number]])
        covered = geometry.intersection(cover).area / geometry.area
        common = geometry.intersection(own).area
        rows.append(
            {
                "found": covered >= settings.min_truth_covered,
                "iou": common / (geometry.area + own.area - common),
                "area_ratio": own.area / geometry.area if own.area else float("nan"),
                "best": int(shared[:, number].argmax()) if len(touching) else -1,
            }
        )
    table = pd.DataFrame(rows, index=truth.index, columns=["found", "iou", "area_ratio", "best"])
    return table.astype({"found": bool, "best": int})
