"""Fig. S7: what thresholds on the speed find, beside what the network finds."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.furniture import draw_north, dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.outlines import draw_areas
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.overviews import draw_overview
from groundmotion.plotting.preparing import coarsen
from groundmotion.plotting.probabilities import draw_levels, level_names
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, LEVEL_COLOURS, new_figure, style
from groundmotion.workflow.job import run_job
from groundmotion.workflow.overviews import read_overview


def draw_s7(
    *,
    thresholds: Path,
    areas: Path,
    velocity: Path,
    probability: Path,
    truth: list[Path],
    limits: dict[str, float],
    levels: list[float],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw (a) areas over the three thresholds, (b) areas that the network finds."""
    scene = read_overview(velocity, probability, areas, truth)
    raw, scored = (coarsen(grid, settings["max_cells"]) for grid in scene.maps)
    overlays, simulated = Overlays.of_truth(levels, scene.truth), bool(truth)
    faster = {name: read_layer(thresholds, name) for name in limits}
    network = scene.areas
    with style():
        ratio = scored.shape[0] / scored.shape[1]
        figure = new_figure(DOUBLE_COLUMN_IN, 0.65 + 3.5 * ratio)
        left, right = figure.subplots(1, 2)
        draw_overview(left, raw, overlays)
        for layer, colour in zip(faster.values(), LEVEL_COLOURS, strict=False):
            draw_areas(left, layer.geometry, colour)
        names = [f"{name}, > {limits[name]:g} mm/yr: {len(faster[name])}" for name in faster]
        draw_legend(left, names, truth=simulated)
        draw_overview(right, raw, overlays)
        draw_areas(right, network.geometry, LEVEL_COLOURS[0])
        draw_levels(right, scored, levels)
        draw_legend(right, level_names(levels), truth=simulated)
        dress_map(left, "a", "areas over a threshold", simulated=simulated)
        dress_map(right, "b", f"areas found by the network: {len(network)}", simulated=simulated)
        draw_north(left)
        plotted = pd.DataFrame(
            [
                {"detector": name, "areas": len(layer), "area_km2": layer.area.sum() / 1e6}
                for name, layer in {**faster, "network": network}.items()
            ]
        )
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s7, snakemake)  # type: ignore[name-defined]  # noqa: F821
