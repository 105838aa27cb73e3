"""Areas against the truth, by overlap."""

from dataclasses import dataclass

import geopandas
import shapely


@dataclass(frozen=True)
class MatchSettings:
    """When an area and a truth are the same thing.

    Parameters
    ----------
    min_area_in_truth
        An area counts as right when at least this share of it lies in true areas.
    min_truth_covered
        A true area counts as found when right areas cover at least this share of it.
    """

    min_area_in_truth: float
    min_truth_covered: float


@dataclass(frozen=True)
class ObjectScores:
    """Scores by object: ``recall`` = found / truths, ``precision`` = right areas / areas.

    NaN where nothing was counted; ``f1`` is their harmonic mean.
    """

    areas: int
    true_found: int
    true_total: int
    false_areas: int
    precision: float
    recall: float
    f1: float


def match_areas(
    areas: geopandas.GeoDataFrame, truth: geopandas.GeoDataFrame, settings: MatchSettings
) -> ObjectScores:
    """Compare areas with the truth by overlap, not by number alone.

    Two shares guard against two ways to cheat: a speck inside a bowl finds it no more than one
    area over the whole map does.

    Parameters
    ----------
    areas, truth
        Polygons in the same CRS.
    settings
        See :class:`MatchSettings`.
    """
    moving_ground = shapely.union_all(truth.geometry.to_numpy())
    polygons = shapely.make_valid(areas.geometry.to_numpy())
    inside = shapely.area(shapely.intersection(polygons, moving_ground)) / shapely.area(polygons)
    right = inside >= settings.min_area_in_truth
    union = shapely.union_all(polygons[right])
    truths = truth.geometry.to_numpy()
    shares = shapely.area(shapely.intersection(truths, union)) / shapely.area(truths)
    true_found = int((shares >= settings.min_truth_covered).sum())
    precision = float(right.mean()) if len(polygons) else float("nan")
    recall = true_found / len(truths) if len(truths) else float("nan")
    total = precision + recall
    f1 = 2 * precision * recall / total if total > 0 else (0.0 if total == 0 else float("nan"))
    return ObjectScores(
        areas=len(polygons),
        true_found=true_found,
        true_total=len(truths),
        false_areas=int((~right).sum()),
        precision=precision,
        recall=recall,
        f1=f1,
    )
