"""Polygons of high probability, and what the points in them do (§IV-C)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.areas.labelling import (
    Labels,
    cell_counts,
    empty_points,
    joined,
    labelled,
    outlines,
    velocity_summary,
)
from groundmotion.grid import Grid, cells_of

#: Columns of the layer "areas", in order.
AREA_COLUMNS = (
    "rank", "level", "area_km2", "p_max", "p_mean", "direction", "velocity_median_mm_yr",
    "velocity_min_mm_yr", "velocity_max_mm_yr", "velocity_relative_mm_yr", "n_points", "passes",
    "trend", "geometry",
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
    labels, count = labelled(np.greater(probability.values, settings.levels[0]))
    ids = np.arange(1, count + 1)
    table = pd.DataFrame({"geometry": outlines(labels, probability)}, index=ids)
    table["area_km2"] = cell_counts(labels, count) * probability.pixel_m**2 / 1e6
    values = np.nan_to_num(probability.values)
    table["p_max"] = np.asarray(ndimage.maximum(values, labels, ids), np.float64)
    table["p_mean"] = np.asarray(ndimage.mean(values, labels, ids), np.float64)
    levels = np.asarray(settings.levels)
    table["level"] = levels[np.searchsorted(levels, table["p_max"], side="left") - 1]
    velocities = _velocities(points, labels, _surroundings(labels, settings.ring_px), probability)
    table = table.join(velocities)
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
        labels, count = labelled(np.greater(probability.values, level))
        size_km2 = cell_counts(labels, count) * probability.pixel_m**2 / 1e6
        polygons = outlines(labels, probability).to_list()
        parts.append(
            pd.DataFrame({"level": float(level), "area_km2": size_km2, "geometry": polygons})
        )
    table = pd.concat(parts, ignore_index=True)
    return geopandas.GeoDataFrame(table, geometry="geometry", crs=probability.crs)


def areas_above(
    probability: NDArray[np.floating], pixel_m: float, levels: Sequence[float]
) -> list[dict[str, float]]:
    """Count the areas of a probability map above some levels.

    Parameters
    ----------
    probability
        (rows, cols), NaN where nothing was scored.
    pixel_m
        Side of a cell.
    levels
        Probabilities.

    Returns
    -------
    list of dict
        Per level: ``level``; ``areas``, regions of cells at or above it that share an edge;
        ``scored_km2``, the area that has a probability; ``area_share`` of it in such regions, and
        ``p_max``, the largest probability (NaN if nothing was scored).
    """
    has_score = np.isfinite(probability)
    rows = []
    for level in levels:
        mask = has_score & (np.nan_to_num(probability) >= level)
        share = mask.sum() / has_score.sum() if has_score.any() else float("nan")
        rows.append(
            {
                "level": float(level),
                "areas": int(ndimage.label(mask)[1]),
                "scored_km2": float(has_score.sum() * pixel_m**2 / 1e6),
                "area_share": float(share),
                "p_max": float(probability[has_score].max()) if has_score.any() else float("nan"),
            }
        )
    return rows


def _surroundings(labels: Labels, ring_px: int) -> Labels:
    """Give the cells within a distance of areas the number of the nearest; 0 elsewhere."""
    if not labels.any():
        return labels
    away, (row, col) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    return np.where((away > 0) & (away <= ring_px), labels[row, col], 0).astype(np.int32)


def _velocities(
    points: Mapping[str, pd.DataFrame], inside: Labels, ring: Labels, grid: Grid
) -> pd.DataFrame:
    """Summarise the points of each label: velocities, number, passes, change to surroundings."""
    inner, outer = empty_points(), empty_points()
    for look, table in points.items():
        cell, within = cells_of(
            table["easting_m"].to_numpy(), table["northing_m"].to_numpy(),
            grid.transform, grid.shape,
        )  # fmt: skip
        velocity = table["velocity_mm_yr"].to_numpy(np.float64)[within]
        inner = joined(inner, inside.ravel()[cell[within]], velocity, look)
        outer = joined(outer, ring.ravel()[cell[within]], velocity, look)
    count = int(inside.max(initial=0))
    summary = velocity_summary(inner, count)
    relative = _strongest_change(inner, outer)
    summary["velocity_relative_mm_yr"] = relative.reindex(summary.index).astype(np.float64)
    return summary


def _strongest_change(inner: pd.DataFrame, outer: pd.DataFrame) -> pd.Series:
    """Compare areas with their surroundings: the largest change of three quantiles, by label.

    The median tells where most of an area moves; the tails also tell of a narrow trough in a wide
    area. Taking like quantiles of the surroundings off leaves nothing of the noise. Looks count by
    their points.
    """
    groups = [part.groupby(["label", "look"])["v"] for part in (inner, outer)]
    change = pd.DataFrame(
        {q: groups[0].quantile(q) - groups[1].quantile(q) for q in (0.05, 0.5, 0.95)}
    ).dropna()
    weight = inner.groupby(["label", "look"]).size().reindex(change.index)
    mean = change.mul(weight, axis=0).groupby("label").sum()
    mean = mean.div(weight.groupby("label").sum(), axis=0)
    largest = np.abs(mean.to_numpy()).argmax(axis=1) if len(mean) else np.empty(0, np.int64)
    return pd.Series(mean.to_numpy()[np.arange(len(mean)), largest], index=mean.index)
