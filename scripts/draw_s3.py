"""Fig. S3: features activated by the first two convolutional layers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.arrays import read_arrays, read_extra
from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.features import draw_features, draw_image
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.workflow.job import run_job

COLUMNS = 8


def draw_s3(
    *, features: Path, settings: dict[str, Any], png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:
    """Draw the network's image and, per layer, the channels that answer most."""
    arrays, extra = read_arrays(features), read_extra(features)
    plotted = []
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.05)
        panels = figure.subplot_mosaic("abb;.cc", width_ratios=[1, 1, 1])
        draw_image(panels["a"], arrays["image"])
        label_panel(panels["a"], "a", f"image for {extra['network']}")
        label_simulated(panels["a"])
        for letter, name in (("b", "layer_1"), ("c", "layer_2")):
            answer = arrays[name]
            spread = answer.std((1, 2))
            chosen = np.argsort(-spread, kind="stable")[: settings["features"]]
            draw_features(panels[letter], answer[chosen], COLUMNS)
            size = " × ".join(map(str, answer.shape))
            label_panel(panels[letter], letter, f"layer {name[-1]}, of {size}")
            plotted += [
                {"layer": name, "channel": int(channel), "spread": float(spread[channel])}
                for channel in chosen
            ]
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s3, snakemake)  # type: ignore[name-defined]  # noqa: F821
