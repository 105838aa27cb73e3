"""Sources of a scene: velocities of its looks, significance, and the outlines of what moves."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.plotting.furniture import dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.outlines import draw_outlines
from groundmotion.plotting.places import area_table
from groundmotion.plotting.preparing import coarsen
from groundmotion.plotting.significance import (
    draw_significance,
    draw_structures,
    label_sources,
    outline_sources,
)
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_velocity, draw_velocity_bar
from groundmotion.workflow.job import run_job

#: Sources that are labelled; and the end of the colours where there is no threshold.
LABELLED, LIMIT = 25, 10.0


def draw_sources(
    *,
    velocities: list[Path],
    significance: Path,
    sources: Path,
    noise: Path,
    truth: list[Path],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw a panel for each look, and one for all looks together, where sources have labels."""
    maps = [coarsen(read_raster(path), settings["max_cells"]) for path in velocities]
    limit = symmetric_limit(*(grid.values for grid in maps), share=settings["velocity_share"])
    known = coarsen(read_raster(significance), settings["max_cells"])
    threshold = (read_json(noise)["threshold"] or [0, LIMIT / 2])[1]
    layers = {name: read_layer(sources, name) for name in ("areas", "structures")}
    moving = [shape for path in truth for shape in read_layer(path, "truth").geometry]
    rows, columns = -(-(len(maps) + 1) // 3), min(len(maps) + 1, 3)
    with style():
        height = DOUBLE_COLUMN_IN / columns * known.shape[0] / known.shape[1]
        figure = new_figure(DOUBLE_COLUMN_IN, 0.75 + rows * (height + 0.05))
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
        for ax, grid in zip(axes, maps, strict=False):
            picture = draw_velocity(ax, grid, limit)
        shown = draw_significance(last := axes[len(maps)], known, 2 * threshold)
        words = f"all looks, above {threshold:.1f} σ: {len(layers['areas'])}"
        titles = [*(path.parent.name for path in velocities), words]
        for ax, letter, title in zip(axes, ascii_lowercase, titles, strict=False):
            draw_outlines(ax, moving)
            outline_sources(ax, layers["areas"])
            draw_structures(ax, layers["structures"])
            dress_map(ax, letter, title, simulated=bool(truth))
        for ax in axes[len(titles) :]:
            ax.set_axis_off()
        label_sources(last, layers["areas"], LABELLED)
        draw_legend(figure, [], truth=bool(truth), sources=True)
        draw_velocity_bar(picture, axes[: len(maps)], "bottom")
        draw_colour_bar(shown, [last], "Significance (σ of the noise)", "both", "bottom")
        plotted = pd.concat([area_table(t).assign(layer=n) for n, t in layers.items()])
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_sources, snakemake)  # type: ignore[name-defined]  # noqa: F821
