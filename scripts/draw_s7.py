"""Fig. S7: what thresholds on the speed find, beside what the network finds."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.layers import read_layer, save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.maps import draw_areas, draw_legend, draw_levels, draw_north, dress_map
from groundmotion.plotting.panels import Setting, draw_overview
from groundmotion.plotting.preparing import coarsen
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, LEVEL_COLOURS, new_figure, style
from groundmotion.workflow.job import run_job


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
    raw, scored = (
        coarsen(read_raster(path), settings["max_cells"]) for path in (velocity, probability)
    )
    setting = Setting(
        levels,
        1.0,
        [shape for path in truth for shape in read_layer(path, "land").geometry],
        [shape for path in truth for shape in read_layer(path, "truth").geometry],
    )
    found = {name: read_layer(thresholds, name) for name in limits}
    network = read_layer(areas, "areas")
    none = np.zeros((0, 2))
    with style():
        ratio = scored.shape[0] / scored.shape[1]
        figure = new_figure(DOUBLE_COLUMN_IN, 0.65 + 3.5 * ratio)
        left, right = figure.subplots(1, 2)
        draw_overview(left, raw, none, [], setting)
        for layer, colour in zip(found.values(), LEVEL_COLOURS, strict=False):
            draw_areas(left, layer.geometry, colour)
        names = [f"{name}, > {limits[name]:g} mm/yr: {len(layer)}" for name, layer in found.items()]
        draw_legend(left, names, truth=bool(truth))
        draw_overview(right, raw, none, [], setting)
        draw_areas(right, network.geometry, LEVEL_COLOURS[0])
        draw_levels(right, scored, levels)
        draw_legend(right, [f"P > {x:g}" for x in levels], truth=bool(truth))
        dress_map(left, "a", "areas over a threshold", simulated=bool(truth))
        dress_map(right, "b", f"areas found by the network: {len(network)}", simulated=bool(truth))
        draw_north(left)
        plotted = pd.DataFrame(
            [
                {"detector": name, "areas": len(layer), "area_km2": layer.area.sum() / 1e6}
                for name, layer in {**found, "network": network}.items()
            ]
        )
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s7, snakemake)  # type: ignore[name-defined]  # noqa: F821
