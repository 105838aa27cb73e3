"""Fig. 1: variogram and covariance of velocity, measured and simulated."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, label_panel, new_figure, style
from groundmotion.plotting.variograms import SpatialStatistics, draw_covariance, draw_variogram
from groundmotion.variogram.model import model_variogram
from groundmotion.workflow.job import run_job


def draw_fig1(
    *, variograms: list[Path], names: list[str], png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:
    """Draw (a) the variograms of some looks, (b) the covariances that follow from them."""
    looks = []
    for path, name in zip(variograms, names, strict=True):
        fit = read_json(path)
        lag = np.array([row["lag_km"] for row in fit["bins"]])
        fine = np.linspace(0.0, lag.max(), 400)
        looks.append(
            SpatialStatistics(
                name=name,
                lag_km=lag,
                gamma_mm2_yr2=np.array([row["gamma_mm2_yr2"] for row in fit["bins"]]),
                fine_km=fine,
                model_mm2_yr2=model_variogram(fine, fit["nugget"], fit["a"], fit["b_per_km"]),
                nugget=fit["nugget"],
                sill=fit["sill"],
            )
        )
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 2.5)
        left, right = figure.subplots(1, 2)
        draw_variogram(left, looks)
        draw_covariance(right, looks)
        label_panel(left, "a", "variogram")
        label_panel(right, "b", "covariance")
        plotted = pd.concat(
            pd.DataFrame(
                {
                    "look": look.name,
                    "lag_km": look.lag_km,
                    "gamma_mm2_yr2": look.gamma_mm2_yr2,
                    "covariance_mm2_yr2": look.sill - look.gamma_mm2_yr2,
                    "nugget_mm2_yr2": look.nugget,
                    "sill_mm2_yr2": look.sill,
                }
            )
            for look in looks
        )
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig1, snakemake)  # type: ignore[name-defined]  # noqa: F821
