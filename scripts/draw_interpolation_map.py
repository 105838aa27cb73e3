"""One simulated bowl as truth, as points, and filled in every way."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from affine import Affine

from groundmotion.artefacts.arrays import read_arrays, read_extra
from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid
from groundmotion.plotting.furniture import dress_map
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.preparing import describe
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_std, draw_velocity, draw_velocity_bar
from groundmotion.workflow.job import run_job


def draw_interpolation_map(
    *,
    maps: Path,
    names: dict[str, str],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw the maps on one colour scale, fills with their RMSE, and kriging's own uncertainty."""
    arrays, extra = read_arrays(maps), read_extra(maps)
    truth = arrays["truth"]
    place = Affine.translation(0, truth.shape[0] * extra["pixel_m"]) * Affine.scale(
        extra["pixel_m"], -extra["pixel_m"]
    )
    grids = {name: Grid(values, place, "EPSG:27700") for name, values in arrays.items()}
    titles = {"truth": "truth D + T", "points": f"points, {extra['density']:.0%} of cells"}
    for name in extra["fills"]:
        rmse = np.sqrt(np.mean((arrays[name] - truth) ** 2))
        titles[name] = f"{names[name].replace('convolution', 'conv.')}, {rmse:.2f}"
    limit = symmetric_limit(truth, share=settings["velocity_share"])
    plotted = []
    with style():
        rows = -(-(len(titles) + 1) // 4)
        figure = new_figure(DOUBLE_COLUMN_IN, 0.3 + 1.75 * rows)
        axes = figure.subplots(rows, 4).ravel()
        for ax, letter, (name, title) in zip(axes, ascii_lowercase, titles.items(), strict=False):
            picture = draw_velocity(ax, grids[name], limit)
            dress_map(ax, letter, title, simulated=True)
            plotted.append({"panel": letter, "map": name, **describe(arrays[name])})
        last = axes[len(titles)]
        spread = draw_std(last, grids["std"])
        dress_map(last, ascii_lowercase[len(titles)], "standard deviation", simulated=True)
        for ax in axes[len(titles) + 1 :]:
            ax.set_axis_off()
        draw_velocity_bar(picture, list(axes[:4]))
        draw_colour_bar(spread, list(axes[4:]), "Std (mm/yr)", "max")
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_interpolation_map, snakemake)  # type: ignore[name-defined]  # noqa: F821
