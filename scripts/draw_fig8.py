"""Fig. 8: speed against probability, and three places where they agree or do not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.closeups import draw_close_up
from groundmotion.plotting.contrasts import contrasts
from groundmotion.plotting.furniture import dress_map
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.preparing import coarsen, crop
from groundmotion.plotting.speeds import draw_histogram, draw_place, draw_thresholds
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
    symmetric_limit,
)
from groundmotion.plotting.velocities import draw_velocity_bar
from groundmotion.workflow.job import run_job


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
    limit = symmetric_limit(raw.values, share=settings["velocity_share"])
    places = contrasts(raw, scored, settings["zoom_m"], limits["slow"], levels[0])
    speed = np.abs(raw.values)
    both = np.isfinite(speed) & np.isfinite(scored.values)
    edges = np.linspace(0, symmetric_limit(speed, share=1.0), 81), np.linspace(0, 1, 41)
    counts, *_ = np.histogram2d(speed[both], scored.values[both], bins=edges)
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.7, compress=False)
        panels = figure.subplot_mosaic([["a", "a", "a"], ["b", "c", "d"]])
        mesh = draw_histogram(panels["a"], *edges, counts)
        draw_thresholds(panels["a"], limits, levels)
        label_panel(panels["a"], "a", "cells with a point")
        draw_colour_bar(mesh, [panels["a"]], "Cells")
        for letter, place in zip("bcd", places, strict=True):
            points = coarsen(crop(raw, place.window), settings["zoom_cells"])
            probabilities = crop(scored, place.window)
            picture = draw_close_up(panels[letter], points, probabilities, limit, Overlays(levels))
            title = f"{place.name}: {place.speed_mm_yr:.1f}, P {place.probability:.2f}"
            dress_map(panels[letter], letter, title, simulated=simulated)
            draw_place(panels["a"], place.speed_mm_yr, place.probability, letter)
        if simulated:
            label_simulated(panels["a"])
        draw_velocity_bar(picture, [panels[letter] for letter in "bcd"])
        table = pd.DataFrame(counts, index=edges[0][:-1], columns=edges[1][:-1])
        table = table.rename_axis("speed_from_mm_yr").reset_index()
        table = table.melt("speed_from_mm_yr", var_name="probability_from", value_name="cells")
        save_figure(figure, table[table.cells > 0], png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig8, snakemake)  # type: ignore[name-defined]  # noqa: F821
