"""From maps to areas: polygons of high probability, the threshold baseline, and scores (§IV-C)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import shape as to_geometry

from groundmotion.constants import look_pass
from groundmotion.grid import Grid, cells_of, check_same_grid
from groundmotion.interpolation.median import nan_median_3x3

Labels = NDArray[np.int32]

#: Columns of the layer "areas", in order.
AREA_COLUMNS = (
    "rank", "level", "area_km2", "p_max", "p_mean", "direction", "velocity_median_mm_yr",
    "velocity_min_mm_yr", "velocity_max_mm_yr", "velocity_relative_mm_yr", "n_points", "passes",
    "trend", "geometry",
)  # fmt: skip
THRESHOLD_COLUMNS = (
    "area_km2", "direction", "velocity_median_mm_yr", "velocity_min_mm_yr", "velocity_max_mm_yr",
    "n_points", "passes", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class AreaSettings:
    """What makes an area, and what it is compared with.

    Parameters
    ----------
    levels
        Ascending probabilities.
    ring_px
        Width of the surroundings.
    min_points
        Areas with fewer points of all looks are left out: nothing was measured there.
    """

    levels: tuple[float, ...]
    ring_px: int
    min_points: int


@dataclass(frozen=True)
class ThresholdSettings:
    """Side of the square that joins fast pixels, and the fewest of them an area must hold."""

    dilation_px: int
    min_points: int


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


# --- areas of high probability ------------------------------------------------------------------


def probability_areas(
    probability: Grid, points: Mapping[str, pd.DataFrame], settings: AreaSettings
) -> geopandas.GeoDataFrame:
    """Outline the areas above the lowest level and say what moves there.

    Parameters
    ----------
    probability
        In [0, 1], NaN where nothing was scored.
    points
        Look → table with ``easting_m, northing_m, velocity_mm_yr``.
    settings
        See :class:`AreaSettings`.

    Returns
    -------
    GeoDataFrame
        Columns :data:`AREA_COLUMNS`: ``level`` is the highest level exceeded; velocities are LOS of
        the points of all looks inside; ``velocity_relative_mm_yr`` is how their median, or a tail
        if that differs more, differs from the surroundings', and its sign the ``direction``;
        ``passes`` have points inside; ``trend`` is empty. Sorted by level, then size; ``rank``
        counts from 1.
    """
    labels, count = _labelled(np.greater(probability.values, settings.levels[0]))
    ids = np.arange(1, count + 1)
    table = pd.DataFrame({"geometry": _outlines(labels, probability)}, index=ids)
    table["area_km2"] = _cells(labels, count) * probability.pixel_m**2 / 1e6
    scored = np.nan_to_num(probability.values)
    table["p_max"] = np.asarray(ndimage.maximum(scored, labels, ids), np.float64)
    table["p_mean"] = np.asarray(ndimage.mean(scored, labels, ids), np.float64)
    levels = np.asarray(settings.levels)
    table["level"] = levels[np.searchsorted(levels, table["p_max"], side="left") - 1]
    moved = _velocities(points, labels, _surroundings(labels, settings.ring_px), probability)
    table = table.join(moved)
    table = table[table["n_points"] >= settings.min_points].assign(trend="")
    # ASSUME: an area without surroundings goes by its own velocity.
    change = table["velocity_relative_mm_yr"].fillna(table["velocity_median_mm_yr"])
    table["direction"] = np.where(change > 0, "uplift", "subsidence")
    table = table.sort_values(["level", "area_km2", "p_max"], ascending=False, kind="stable")
    table["rank"] = np.arange(1, len(table) + 1)
    ordered = table.reset_index(drop=True)[list(AREA_COLUMNS)]
    return geopandas.GeoDataFrame(ordered, geometry="geometry", crs=probability.crs)


def level_polygons(probability: Grid, levels: Sequence[float]) -> geopandas.GeoDataFrame:
    """Outline every level: one row per connected region with ``level`` and ``area_km2``."""
    parts = []
    for level in levels:
        labels, count = _labelled(np.greater(probability.values, level))
        size_km2 = _cells(labels, count) * probability.pixel_m**2 / 1e6
        outlines = _outlines(labels, probability).to_list()
        parts.append(
            pd.DataFrame({"level": float(level), "area_km2": size_km2, "geometry": outlines})
        )
    table = pd.concat(parts, ignore_index=True)
    return geopandas.GeoDataFrame(table, geometry="geometry", crs=probability.crs)


def _labelled(above: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Give regions, whose cells share an edge, numbers from 1; 0 is the rest."""
    labels, count = ndimage.label(above)
    return labels.astype(np.int32), int(count)


def _cells(labels: Labels, count: int) -> NDArray[np.int64]:
    return np.bincount(labels.ravel(), minlength=count + 1)[1:]


def _outlines(labels: Labels, grid: Grid) -> geopandas.GeoSeries:
    """Return the outline of each label, in order, under its label."""
    outlines = rasterio.features.shapes(labels, labels > 0, transform=grid.transform)
    found = {int(label): to_geometry(outline) for outline, label in outlines}
    ids = sorted(found)
    return geopandas.GeoSeries([found[label] for label in ids], index=ids, crs=grid.crs)


def _surroundings(labels: Labels, ring_px: int) -> Labels:
    """Give the cells within a distance of areas the number of the nearest; 0 elsewhere."""
    if not labels.any():
        return labels
    away, (row, col) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    return np.where((away > 0) & (away <= ring_px), labels[row, col], 0).astype(np.int32)


def _velocities(
    points: Mapping[str, pd.DataFrame], inside: Labels, around: Labels, grid: Grid
) -> pd.DataFrame:
    """Summarise the points of each label: velocities, number, passes, change to surroundings."""
    inner, outer = _empty_points(), _empty_points()
    for look, table in points.items():
        cell, within = cells_of(
            table["easting_m"].to_numpy(), table["northing_m"].to_numpy(),
            grid.transform, grid.shape,
        )  # fmt: skip
        velocity = table["velocity_mm_yr"].to_numpy(np.float64)[within]
        inner = _joined(inner, inside.ravel()[cell[within]], velocity, look)
        outer = _joined(outer, around.ravel()[cell[within]], velocity, look)
    count = int(inside.max(initial=0))
    summary = _summary(inner, count)
    relative = _strongest_change(inner, outer)
    summary["velocity_relative_mm_yr"] = relative.reindex(summary.index).astype(np.float64)
    return summary


def _strongest_change(inner: pd.DataFrame, outer: pd.DataFrame) -> pd.Series:
    """Compare areas with their surroundings: the largest change of three quantiles, by label.

    The median tells where most of an area moves; the tails also tell of a narrow trough in a wide
    area. Taking like quantiles of the surroundings off leaves nothing of the noise. Looks count by
    their points.
    """
    held = [part.groupby(["label", "look"])["v"] for part in (inner, outer)]
    change = pd.DataFrame(
        {q: held[0].quantile(q) - held[1].quantile(q) for q in (0.05, 0.5, 0.95)}
    ).dropna()
    weight = inner.groupby(["label", "look"]).size().reindex(change.index)
    mean = change.mul(weight, axis=0).groupby("label").sum()
    mean = mean.div(weight.groupby("label").sum(), axis=0)
    largest = np.abs(mean.to_numpy()).argmax(axis=1) if len(mean) else np.empty(0, np.int64)
    return pd.Series(mean.to_numpy()[np.arange(len(mean)), largest], index=mean.index)


def _empty_points() -> pd.DataFrame:
    """Return a table of labelled points, (label, look, v), without any."""
    return pd.DataFrame(
        {"label": np.empty(0, np.int64), "look": np.empty(0, str), "v": np.empty(0)}
    )


def _joined(
    points: pd.DataFrame, label: NDArray[np.integer], velocity: NDArray[np.floating], look: str
) -> pd.DataFrame:
    """Add the points of one look that have a label."""
    chosen = label > 0
    new = pd.DataFrame({"label": label[chosen], "look": look, "v": velocity[chosen]})
    return pd.concat([points, new.astype(points.dtypes)], ignore_index=True)


def _summary(points: pd.DataFrame, count: int) -> pd.DataFrame:
    """Summarise labelled points, one row for each label from 1 to ``count``."""
    held = points.groupby("label")
    table = pd.DataFrame(
        {
            "velocity_median_mm_yr": held["v"].median(),
            "velocity_min_mm_yr": held["v"].min(),
            "velocity_max_mm_yr": held["v"].max(),
            "n_points": held.size(),
        }
    ).reindex(range(1, count + 1))
    table["n_points"] = table["n_points"].fillna(0).astype(np.int64)
    passes = points["look"].map(look_pass)
    names = passes.groupby(points["label"]).agg(lambda names: "+".join(sorted(set(names))))
    table["passes"] = names.reindex(table.index).fillna("").astype(str)
    return table


# --- threshold baseline -------------------------------------------------------------------------


def threshold_areas(
    velocity: Mapping[str, Grid], threshold_mm_yr: float, settings: ThresholdSettings
) -> geopandas.GeoDataFrame:
    """Outline where |velocity| exceeds a threshold after a 3 × 3 median (§IV-C, Fig. S7).

    Parameters
    ----------
    velocity
        Look → sparse map, mm/yr, NaN where there is no point; all on one grid.
    threshold_mm_yr
        3, 4.5 and 5 in the paper.
    settings
        Fast pixels grow to squares of ``dilation_px`` (18 px of 10 m make the printed 32,000 m²);
        areas with fewer than ``min_points`` fast pixels are dropped.

    Returns
    -------
    GeoDataFrame
        Columns :data:`THRESHOLD_COLUMNS`, of the fast pixels; largest areas first.

    Raises
    ------
    InputError
        If the maps lie on different grids.
    """
    grids = list(velocity.values())
    check_same_grid(velocity)
    smooth = {look: nan_median_3x3(grid.values) for look, grid in velocity.items()}
    # NaN compares as False
    fast = {look: np.abs(values) > threshold_mm_yr for look, values in smooth.items()}
    # ASSUME: a pixel that is fast in either look is fast.
    either = np.logical_or.reduce(list(fast.values()))
    grown = ndimage.maximum_filter(either.view(np.uint8), settings.dilation_px, mode="constant")
    labels, count = _labelled(grown > 0)
    held = _empty_points()
    for look, where in fast.items():
        held = _joined(held, labels[where], smooth[look][where], look)
    table = _summary(held, count)
    table["geometry"] = _outlines(labels, grids[0])
    table["area_km2"] = _cells(labels, count) * grids[0].pixel_m ** 2 / 1e6
    table["direction"] = np.where(table["velocity_median_mm_yr"] > 0, "uplift", "subsidence")
    table = table[table["n_points"] >= settings.min_points]
    table = table.sort_values("area_km2", ascending=False, kind="stable").reset_index(drop=True)
    return geopandas.GeoDataFrame(
        table[list(THRESHOLD_COLUMNS)], geometry="geometry", crs=grids[0].crs
    )


# --- scores by object ---------------------------------------------------------------------------


def match_areas(
    found: geopandas.GeoDataFrame, truth: geopandas.GeoDataFrame, settings: MatchSettings
) -> ObjectScores:
    """Compare areas with the truth by overlap, not by number alone.

    Two shares guard against two ways to cheat: a speck inside a bowl finds it no more than one
    area over the whole map does.

    Parameters
    ----------
    found, truth
        Polygons in the same CRS.
    settings
        See :class:`MatchSettings`.
    """
    moving = shapely.union_all(truth.geometry.to_numpy())
    areas = shapely.make_valid(found.geometry.to_numpy())
    inside = shapely.area(shapely.intersection(areas, moving)) / shapely.area(areas)
    right = inside >= settings.min_area_in_truth
    covered = shapely.union_all(areas[right])
    truths = truth.geometry.to_numpy()
    shares = shapely.area(shapely.intersection(truths, covered)) / shapely.area(truths)
    true_found = int((shares >= settings.min_truth_covered).sum())
    precision = float(right.mean()) if len(areas) else float("nan")
    recall = true_found / len(truths) if len(truths) else float("nan")
    total = precision + recall
    f1 = 2 * precision * recall / total if total > 0 else (0.0 if total == 0 else float("nan"))
    return ObjectScores(
        areas=len(areas),
        true_found=true_found,
        true_total=len(truths),
        false_areas=int((~right).sum()),
        precision=precision,
        recall=recall,
        f1=f1,
    )
