"""Accuracy of trained networks under changes of the law of examples."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.names import ARM
from groundmotion.plotting.scores import Scores, draw_scores_by_group
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, label_simulated, new_figure, style
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job


def draw_robustness(
    *,
    table: Path,
    confidence: float,
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw a dot per shift and model, its seeds averaged, with a binomial interval."""
    groups = read_table(table).groupby([*ARM, "shift"], sort=False)
    plotted = groups.agg(mean=("accuracy", "mean"), n_test=("n_test", "first")).reset_index()
    # All seeds are tested on the same examples: they say no more than one.
    plotted["low"], plotted["high"] = metrics.wilson_interval(
        plotted["mean"], plotted["n_test"], confidence
    )
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 2.9)
        ax = figure.subplots()
        models = []
        for number, (arm, rows) in enumerate(plotted.groupby(list(ARM), sort=False)):
            shifts = rows["shift"].str.replace("_", "\n").to_numpy(str)
            limits = (rows[name].to_numpy(np.float64) for name in ("mean", "low", "high"))
            models.append(Scores(_title(pd.Series(arm, list(ARM))), number, shifts, *limits))
        draw_scores_by_group(ax, models)
        ax.axhline(0.5, color="0.6", linewidth=0.6, linestyle="--")
        ax.set_ylim(min(0.4, plotted["low"].min()), 1.01)
        ax.set_ylabel("accuracy")
        ax.legend(loc="lower left", ncols=2)
        label_simulated(ax, "lower right")
        save_figure(figure, plotted, png, pdf, csv, stamp)


def _title(arm: pd.Series) -> str:
    dataset = f"{arm['source']}, {arm['preset']}, {arm['pixel_m']} m"
    return f"{dataset}: {arm['network']}, {arm['fill']}".replace("_", " ")


if __name__ == "__main__":
    run_job(draw_robustness, snakemake)  # type: ignore[name-defined]  # noqa: F821
