"""Fig. S1: the same place at the two resolutions, from afar and close."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.furniture import draw_north, draw_window, dress_map
from groundmotion.plotting.places import bounds_around, moving_place
from groundmotion.plotting.preparing import coarsen, crop, describe
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_velocity, draw_velocity_bar
from groundmotion.workflow.job import run_job


def draw_s1(
    *,
    velocity: Path,
    simulated: bool,
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw the map's own cells and cells of twice their side, of which each is the mean of four."""
    fine = read_raster(velocity)
    coarse = coarsen(fine, -(-max(fine.shape) // 2))
    limit = symmetric_limit(fine.values, share=settings["velocity_share"])
    plotted = []
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 6.4)
        axes = figure.subplots(2, 2)
        for row, side_m in enumerate((settings["zoom_m"], settings["zoom_m"] / 8)):
            window = bounds_around(moving_place(fine, settings["zoom_m"] / 8), side_m, fine.bounds)
            for col, grid in enumerate((fine, coarse)):
                part = crop(grid, window)
                letter, share = "abcd"[2 * row + col], describe(part.values)
                filled = share["with_data"] / share["cells"]
                picture = draw_velocity(axes[row, col], part, limit)
                title = f"cells of {part.pixel_m:g} m, {100 * filled:.0f} % with points"
                dress_map(axes[row, col], letter, title, simulated=simulated)
                plotted.append({"panel": letter, "pixel_m": part.pixel_m, **share})
            if row == 1:
                for ax in axes[0]:
                    draw_window(ax, window, "")
        draw_north(axes[0, 0])
        draw_velocity_bar(picture, list(axes.flat))
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s1, snakemake)  # type: ignore[name-defined]  # noqa: F821
