"""Fig. 2: a velocity map as points, filled in two ways, and wrapped."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.furniture import draw_north, dress_map
from groundmotion.plotting.phases import draw_phase, draw_phase_bar, wrapped_map
from groundmotion.plotting.preparing import coarsen, describe
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_velocity, draw_velocity_bar
from groundmotion.workflow.job import run_job


def draw_fig2(
    *,
    velocity: Path,
    delaunay: Path,
    filled: Path,
    fill_name: str,
    simulated: bool,
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw (a) sparse points, (b) Delaunay, (c) the scene's own fill, (d) that fill wrapped."""
    interval = settings["wrap_interval_mm_yr"]
    maps = {
        name: coarsen(read_raster(path), settings["max_cells"])
        for name, path in (("raw points", velocity), ("Delaunay", delaunay), (fill_name, filled))
    }
    limit = symmetric_limit(maps["raw points"].values, share=settings["velocity_share"])
    last = maps[fill_name]
    phase = wrapped_map(last, interval)
    with style():
        ratio = last.shape[0] / last.shape[1]
        figure = new_figure(DOUBLE_COLUMN_IN, 0.5 + 6.3 * ratio)
        axes = figure.subplots(2, 2)
        for ax, letter, (name, grid) in zip(axes.flat, "abc", maps.items(), strict=False):
            picture = draw_velocity(ax, grid, limit)
            dress_map(ax, letter, name, simulated=simulated)
        wrapped = draw_phase(axes[1, 1], phase)
        title = f"{fill_name}, wrapped at {interval:g} mm/yr"
        dress_map(axes[1, 1], "d", title, simulated=simulated)
        draw_north(axes[0, 0])
        draw_velocity_bar(picture, list(axes[0]))
        draw_phase_bar(wrapped, list(axes[1]))
        plotted = pd.DataFrame(
            {"panel": letter, "map": name, **describe(grid.values)}
            for letter, (name, grid) in zip("abcd", [*maps.items(), (title, phase)], strict=True)
        )
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig2, snakemake)  # type: ignore[name-defined]  # noqa: F821
