"""Fig. S1: the same place at the two resolutions, from afar and close."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion import artefacts, plotting
from groundmotion.display import bounds_around, coarsen, crop, describe, moving_place
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
    fine = artefacts.read_raster(velocity)
    coarse = coarsen(fine, -(-max(fine.shape) // 2))
    limit = plotting.symmetric_limit(fine.values, share=settings["velocity_share"])
    plotted = []
    with plotting.style():
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, 6.4)
        axes = figure.subplots(2, 2)
        for row, side_m in enumerate((settings["zoom_m"], settings["zoom_m"] / 8)):
            window = bounds_around(moving_place(fine, settings["zoom_m"] / 8), side_m, fine.bounds)
            for col, grid in enumerate((fine, coarse)):
                part = crop(grid, window)
                letter, share = "abcd"[2 * row + col], describe(part.values)
                filled = share["with_data"] / share["cells"]
                picture = plotting.draw_velocity(axes[row, col], part, limit)
                title = f"cells of {part.pixel_m:g} m, {100 * filled:.0f} % with points"
                plotting.dress_map(axes[row, col], letter, title, simulated=simulated)
                plotted.append({"panel": letter, "pixel_m": part.pixel_m, **share})
            if row == 1:
                for ax in axes[0]:
                    plotting.draw_window(ax, window, "")
        plotting.draw_north(axes[0, 0])
        plotting.draw_colour_bar(picture, list(axes.flat), "Velocity (mm/yr)", "both")
        artefacts.save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s1, snakemake)  # type: ignore[name-defined]  # noqa: F821
