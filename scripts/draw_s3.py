"""Fig. S3: features activated by the first two convolutional layers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion import artefacts, plotting
from groundmotion.job import run_job
from groundmotion.provenance import Stamp

COLUMNS = 8


def draw_s3(
    *, features: Path, settings: dict[str, Any], png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:
    """Draw the network's image and, per layer, the channels that answer most."""
    arrays, extra = artefacts.read_arrays(features), artefacts.read_extra(features)
    layers = {name: arrays[name] for name in ("layer_1", "layer_2")}
    chosen, plotted = {}, []
    for name, answer in layers.items():
        spread = answer.std((1, 2))
        chosen[name] = np.argsort(-spread, kind="stable")[: settings["features"]]
        plotted += [
            {"layer": name, "channel": int(channel), "spread": float(spread[channel])}
            for channel in chosen[name]
        ]
    rows = [-(-len(channels) // COLUMNS) for channels in chosen.values()]
    with plotting.style():
        width = plotting.DOUBLE_COLUMN_IN
        figure = plotting.new_figure(width, 0.45 + sum(rows) * width / (COLUMNS + 3.2))
        layout = figure.add_gridspec(sum(rows), COLUMNS + 3)
        shown = figure.add_subplot(layout[:3, :3])
        plotting.draw_image(shown, arrays["image"])
        plotting.label_panel(shown, "a", f"image, {extra['network']}")
        plotting.label_simulated(shown)
        first = 0
        for letter, (name, channels), count in zip("bc", chosen.items(), rows, strict=True):
            for place, channel in enumerate(channels):
                row, col = divmod(place, COLUMNS)
                ax = figure.add_subplot(layout[first + row, 3 + col])
                plotting.draw_feature(ax, layers[name][channel])
                if place == 0:
                    size = " × ".join(map(str, layers[name].shape))
                    plotting.label_panel(ax, letter, f"{name.replace('_', ' ')}, {size}")
            first += count
        artefacts.save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s3, snakemake)  # type: ignore[name-defined]  # noqa: F821
