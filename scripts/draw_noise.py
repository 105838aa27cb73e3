"""The noise of every scene that was searched: its variogram and the covariance fitted to it."""

from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.noise.look import LookNoise
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.plotting.variograms import NestedVariogram, draw_nested
from groundmotion.workflow.job import run_job

COLUMNS, NEAREST_M = 3, 5.0


def draw_noise(
    *,
    noises: list[Path],
    titles: list[str],
    simulated: list[bool],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw a panel for each scene, its looks in colours; longest lags are those of the fit."""
    columns = min(COLUMNS, len(noises))
    rows = -(-len(noises) // columns)
    plotted = []
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 0.3 + 2.1 * rows)
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
        for number, (path, title) in enumerate(zip(noises, titles, strict=True)):
            content, ax = read_json(path), axes[number]
            looks = []
            for name, fields in content["looks"].items():
                bins, noise = content["bins"][name], LookNoise.from_dict(fields)
                lag, gamma = np.array(bins["lag_m"]), np.array(bins["gamma_mm2_yr2"])
                fine = np.geomspace(NEAREST_M, lag.max(), 300)
                model = noise.covariance.gamma(fine)
                looks.append(NestedVariogram(name, lag, gamma, fine, model))
                fitted = noise.covariance.gamma(lag)
                known = {
                    "scene": path.parent.name,
                    "look": name,
                    "threshold": content["threshold"][1],
                }
                columns_of = {"lag_m": lag, "gamma_mm2_yr2": gamma, "fitted_mm2_yr2": fitted}
                plotted.append(pd.DataFrame({**columns_of, "pairs": bins["pairs"]}).assign(**known))
            draw_nested(ax, looks, content["threshold"])
            label_panel(ax, ascii_lowercase[number % 26], title)
            if simulated[number]:
                label_simulated(ax, "lower right")
        for ax in axes[len(noises) :]:
            ax.set_axis_off()
        columns_named = ["lag_m", "gamma_mm2_yr2", "fitted_mm2_yr2", "pairs", "scene", "look"]
        table = pd.concat([pd.DataFrame(columns=[*columns_named, "threshold"]), *plotted])
        save_figure(figure, table, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_noise, snakemake)  # type: ignore[name-defined]  # noqa: F821
