"""Fig. 5: the case studies, each from raw points to the probability of deformation."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.furniture import draw_north, dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.overlays import Overlays, draw_overlays
from groundmotion.plotting.phases import draw_phase, draw_phase_bar, wrapped_map
from groundmotion.plotting.preparing import coarsen, describe
from groundmotion.plotting.probabilities import draw_probability, level_names
from groundmotion.plotting.significance import outline_sources
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_velocity, draw_velocity_bar
from groundmotion.workflow.job import run_job


def draw_fig5(
    *,
    velocities: list[Path],
    fills: list[Path],
    probabilities: list[Path],
    sources: list[Path],
    truths: list[Path],
    titles: list[str],
    levels: list[float],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw one row per scene: raw velocity; filled and wrapped; probability, with sources.

    Scenes are told by their folders; those with a truth are simulated.
    """
    layers = {path.parent.name: {"truth": read_layer(path, "truth")} for path in truths}
    interval = settings["wrap_interval_mm_yr"]
    found = {path.parent.name: read_layer(path, "areas") for path in sources}
    rows = [
        [coarsen(read_raster(path), settings["max_cells"]) for path in paths]
        for paths in zip(velocities, fills, probabilities, strict=True)
    ]
    limit = symmetric_limit(*(row[0].values for row in rows), share=settings["velocity_share"])
    plotted = []
    with style():
        heights = [row[0].shape[0] / row[0].shape[1] for row in rows]
        figure = new_figure(DOUBLE_COLUMN_IN, 0.95 + 2.45 * sum(heights))
        axes = figure.subplots(len(rows), 3, squeeze=False, height_ratios=heights)
        for number, (velocity, fill, probability) in enumerate(rows):
            panels = axes[number]
            scene = velocities[number].parent.parent.name
            raw = draw_velocity(panels[0], velocity, limit)
            wrapped = draw_phase(panels[1], wrapped_map(fill, interval))
            scored = draw_probability(panels[2], probability)
            draw_overlays(panels[2], probability, Overlays.of_truth(levels, layers.get(scene, {})))
            outline_sources(panels[2], found[scene])
            names = (titles[number], f"filled, wrapped at {interval:g} mm/yr", "probability P")
            for ax, letter, name in zip(panels, ascii_lowercase[3 * number :], names, strict=False):
                dress_map(ax, letter, name, simulated=scene in layers)
            for name, grid in zip(("velocity", "fill", "probability"), rows[number], strict=True):
                plotted.append({"scene": scene, "map": name, **describe(grid.values)})
        draw_north(axes[0, 0])
        draw_legend(figure, level_names(levels), truth=bool(truths), sources=True)
        draw_velocity_bar(raw, list(axes[:, 0]), "bottom")
        draw_phase_bar(wrapped, list(axes[:, 1]), "bottom")
        draw_colour_bar(scored, list(axes[:, 2]), "P", location="bottom")
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig5, snakemake)  # type: ignore[name-defined]  # noqa: F821
