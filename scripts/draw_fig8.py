"""Fig. 8: speed against probability, and three places where they agree or do not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.layers import save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid, pixel_centres
from groundmotion.plotting.charts import draw_histogram, draw_place, draw_thresholds
from groundmotion.plotting.maps import draw_colour_bar, dress_map
from groundmotion.plotting.panels import Setting, draw_detail
from groundmotion.plotting.places import bounds_around
from groundmotion.plotting.preparing import coarsen, crop
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
    symmetric_limit,
)
from groundmotion.workflow.job import run_job

BLOCKS_PER_ZOOM, MIN_POINTS = 16, 10


def draw_fig8(
    *,
    velocity: Path,
    probability: Path,
    simulated: bool,
    levels: list[float],
    limits: dict[str, float],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw (a) the histogram of all cells with a point, (b–d) the velocity of three places."""
    raw, scored = read_raster(velocity), read_raster(probability)
    speed = Grid(np.abs(raw.values), raw.transform, raw.crs)
    seen = np.isfinite(speed.values) & np.isfinite(scored.values)
    limit = symmetric_limit(raw.values, share=settings["velocity_share"])
    fastest = symmetric_limit(speed.values, share=1.0)
    edges = np.linspace(0, fastest, 81), np.linspace(0, 1, 41)
    counts, *_ = np.histogram2d(speed.values[seen], scored.values[seen], bins=edges)
    # Places are blocks with points enough that a single spike does not make them fast.
    blocks = int(max(raw.shape) * raw.pixel_m / settings["zoom_m"] * BLOCKS_PER_ZOOM)
    p = coarsen(scored, blocks)
    share = coarsen(Grid(seen.astype(np.float32), raw.transform, raw.crs), blocks)
    enough = share.values * (p.pixel_m / raw.pixel_m) ** 2 >= MIN_POINTS
    v = np.where(enough, np.nan_to_num(coarsen(speed, blocks).values), 0)
    known, slow = np.nan_to_num(p.values), limits["slow"]
    places = {
        "fast and found": v * known**2,
        "slow but found": np.where((v > 0) & (v < slow), known + v / slow / 10, 0),
        "fast, not found": np.where(known < levels[0], v * (1 - known), 0),
    }
    (east, north), shown = pixel_centres(p.transform, p.shape), np.zeros(p.shape, bool)
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.7, compress=False)
        panels = figure.subplot_mosaic([["a", "a", "a"], ["b", "c", "d"]])
        here = Setting(levels, limit)
        mesh = draw_histogram(panels["a"], *edges, counts)
        draw_thresholds(panels["a"], limits, levels)
        label_panel(panels["a"], "a", "cells with a point")
        draw_colour_bar(mesh, [panels["a"]], "Cells")
        for letter, (name, score) in zip("bcd", places.items(), strict=True):
            row, col = np.unravel_index(int(np.argmax(np.where(shown, -1, score))), score.shape)
            window = bounds_around((east[col], north[row]), settings["zoom_m"], raw.bounds)
            left, bottom, right, top = window
            shown |= np.outer((north > bottom) & (north < top), (east > left) & (east < right))
            points = coarsen(crop(raw, window), settings["zoom_cells"])
            picture = draw_detail(panels[letter], points, crop(scored, window), here)
            title = f"{name}: {v[row, col]:.1f}, P {known[row, col]:.2f}"
            dress_map(panels[letter], letter, title, simulated=simulated)
            draw_place(panels["a"], v[row, col], known[row, col], letter)
        if simulated:
            label_simulated(panels["a"])
        draw_colour_bar(picture, [panels[k] for k in "bcd"], "Velocity (mm/yr)", "both")
        table = pd.DataFrame(counts, index=edges[0][:-1], columns=edges[1][:-1])
        table = table.rename_axis("speed_from_mm_yr").reset_index()
        table = table.melt("speed_from_mm_yr", var_name="probability_from", value_name="cells")
        save_figure(figure, table[table.cells > 0], png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig8, snakemake)  # type: ignore[name-defined]  # noqa: F821
