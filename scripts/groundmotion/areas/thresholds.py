"""The threshold baseline: where |velocity| is large (paper §IV-C, Fig. S7)."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas
import numpy as np
from scipy import ndimage

from groundmotion.areas.labelling import (
    cell_counts,
    empty_points,
    joined,
    labelled,
    outlines,
    velocity_summary,
)
from groundmotion.grid import Grid, check_same_grid
from groundmotion.interpolation.median import nan_median_3x3

THRESHOLD_COLUMNS = (
    "area_km2", "direction", "velocity_median_mm_yr", "velocity_min_mm_yr", "velocity_max_mm_yr",
    "n_points", "passes", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class ThresholdSettings:
    """Side of the square that joins fast pixels, and the fewest of them an area must hold."""

    dilation_px: int
    min_points: int


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
        Columns :data:`THRESHOLD_COLUMNS`, of the fast pixels; largest areas first. ``direction`` is
        the sign of their median velocity about the median of their look.

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
    is_fast = np.logical_or.reduce(list(fast.values()))
    squares = ndimage.maximum_filter(is_fast.view(np.uint8), settings.dilation_px, mode="constant")
    labels, count = labelled(squares > 0)
    points, changes = empty_points(), empty_points()
    for look, mask in fast.items():
        velocities = smooth[look][mask]
        points = joined(points, labels[mask], velocities, look)
        changes = joined(changes, labels[mask], velocities - np.nanmedian(smooth[look]), look)
    table = velocity_summary(points, count)
    table["geometry"] = outlines(labels, grids[0])
    table["area_km2"] = cell_counts(labels, count) * grids[0].pixel_m ** 2 / 1e6
    change = changes.groupby("label")["v"].median().reindex(table.index)
    table["direction"] = np.where(change > 0, "uplift", "subsidence")
    table = table[table["n_points"] >= settings.min_points]
    table = table.sort_values("area_km2", ascending=False, kind="stable").reset_index(drop=True)
    return geopandas.GeoDataFrame(
        table[list(THRESHOLD_COLUMNS)], geometry="geometry", crs=grids[0].crs
    )
