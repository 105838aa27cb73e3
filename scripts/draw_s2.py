"""Fig. S2: wrapping filled and raw velocities, at every wrap interval."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion import artefacts, plotting
from groundmotion.display import bounds_around, coarsen, crop, describe, moving_place
from groundmotion.grid import Grid
from groundmotion.job import run_job
from groundmotion.provenance import Stamp
from groundmotion.wrapping import wrap


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
    raw = artefacts.read_raster(velocity)
    window = bounds_around(moving_place(raw, settings["zoom_m"]), settings["zoom_m"], raw.bounds)
    maps = {
        name: coarsen(crop(grid, window), settings["zoom_cells"])
        for name, grid in (("filled", artefacts.read_raster(filled)), ("raw", raw))
    }
    plotted = []
    with plotting.style():
        width = plotting.DOUBLE_COLUMN_IN
        figure = plotting.new_figure(width, 2 * width / len(intervals) + 0.1)
        axes = figure.subplots(2, len(intervals), squeeze=False)
        for row, (name, grid) in enumerate(maps.items()):
            for col, interval in enumerate(intervals):
                phase = Grid(wrap(grid.values, interval, 0.0), grid.transform, grid.crs)
                letter = "abcdefghijklmnopqrstuvwxyz"[row * len(intervals) + col]
                picture = plotting.draw_phase(axes[row, col], phase)
                title = f"{name}, µ = {interval:g} mm/yr"
                plotting.dress_map(axes[row, col], letter, title, simulated=simulated)
                plotted.append(
                    {"panel": letter, "map": name, "interval_mm_yr": interval}
                    | describe(phase.values)
                )
        plotting.draw_north(axes[0, 0])
        plotting.draw_phase_bar(picture, list(axes.flat))
        artefacts.save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s2, snakemake)  # type: ignore[name-defined]  # noqa: F821
