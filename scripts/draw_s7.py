"""Fig. S7: what thresholds on the speed find, beside what the network finds."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion import artefacts, plotting
from groundmotion.display import coarsen
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
        coarsen(artefacts.read_raster(path), settings["max_cells"])
        for path in (velocity, probability)
    )
    setting = plotting.Setting(
        levels,
        1.0,
        [shape for path in truth for shape in artefacts.read_layer(path, "land").geometry],
        [shape for path in truth for shape in artefacts.read_layer(path, "truth").geometry],
    )
    found = {name: artefacts.read_layer(thresholds, name) for name in limits}
    network = artefacts.read_layer(areas, "areas")
    none = np.zeros((0, 2))
    with plotting.style():
        ratio = scored.shape[0] / scored.shape[1]
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, 0.65 + 3.5 * ratio)
        left, right = figure.subplots(1, 2)
        plotting.draw_overview(left, raw, none, [], setting)
        for layer, colour in zip(found.values(), plotting.LEVEL_COLOURS, strict=False):
            plotting.draw_areas(left, layer.geometry, colour)
        names = [f"{name}, > {limits[name]:g} mm/yr: {len(layer)}" for name, layer in found.items()]
        plotting.draw_legend(left, names, truth=bool(truth))
        plotting.draw_overview(right, raw, none, [], setting)
        plotting.draw_areas(right, network.geometry, plotting.LEVEL_COLOURS[0])
        plotting.draw_levels(right, scored, levels)
        plotting.draw_legend(right, [f"P > {x:g}" for x in levels], truth=bool(truth))
        plotting.dress_map(left, "a", "areas over a threshold", simulated=bool(truth))
        plotting.dress_map(
            right, "b", f"areas found by the network: {len(network)}", simulated=bool(truth)
        )
        plotting.draw_north(left)
        plotted = pd.DataFrame(
            [
                {"detector": name, "areas": len(layer), "area_km2": layer.area.sum() / 1e6}
                for name, layer in {**found, "network": network}.items()
            ]
        )
        artefacts.save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s7, snakemake)  # type: ignore[name-defined]  # noqa: F821
