"""Fig. S2: wrapping filled and raw velocities, at every wrap interval."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.furniture import draw_north, dress_map
from groundmotion.plotting.phases import draw_phase, draw_phase_bar, wrapped_map
from groundmotion.plotting.places import bounds_around, moving_place
from groundmotion.plotting.preparing import coarsen, crop, describe
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style
from groundmotion.workflow.job import run_job


def draw_s2(
    *,
    velocity: Path,
    filled: Path,
    intervals: list[float],
    simulated: bool,
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw the filled map wrapped (upper row) and the raw points wrapped (lower row)."""
    raw = read_raster(velocity)
    window = bounds_around(moving_place(raw, settings["zoom_m"]), settings["zoom_m"], raw.bounds)
    maps = {
        name: coarsen(crop(grid, window), settings["zoom_cells"])
        for name, grid in (("filled", read_raster(filled)), ("raw", raw))
    }
    plotted = []
    with style():
        width = DOUBLE_COLUMN_IN
        figure = new_figure(width, 2 * width / len(intervals) + 0.1)
        axes = figure.subplots(2, len(intervals), squeeze=False)
        for row, (name, grid) in enumerate(maps.items()):
            for col, interval in enumerate(intervals):
                phase = wrapped_map(grid, interval)
                letter = ascii_lowercase[row * len(intervals) + col]
                picture = draw_phase(axes[row, col], phase)
                title = f"{name}, µ = {interval:g} mm/yr"
                dress_map(axes[row, col], letter, title, simulated=simulated)
                plotted.append(
                    {"panel": letter, "map": name, "interval_mm_yr": interval}
                    | describe(phase.values)
                )
        draw_north(axes[0, 0])
        draw_phase_bar(picture, list(axes.flat))
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s2, snakemake)  # type: ignore[name-defined]  # noqa: F821
