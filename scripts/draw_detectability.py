"""What detectors can see: recall by velocity, and the velocity it takes, by size and density."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.plotting.scores import draw_scores_apart, scale_by_edges, scores_of
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job


def draw_detectability(
    *,
    table: Path,
    recalls: Path,
    dataset: dict[str, object],
    confidence: float,
    recall: float,
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw recall above and the velocity it takes below, a column for each class of density."""
    tables = (read_table(path) for path in (recalls, table))
    upper, lower = (t[(t[list(dataset)] == pd.Series(dataset)).all(axis=1)].copy() for t in tables)
    upper["mean"] = upper["found"] / upper["n"]
    upper["low"], upper["high"] = metrics.wilson_interval(upper["mean"], upper["n"], confidence)
    upper["x"] = np.sqrt(upper["peak_mm_yr_from"] * upper["peak_mm_yr_to"])
    lower["x"] = np.sqrt(lower["size_m_from"] * lower["size_m_to"])
    lower["mean"] = lower["velocity_mm_yr"]
    plotted = pd.concat([upper.assign(panel="recall"), lower.assign(panel="velocity")])
    plotted = plotted[["panel", "detector", "density_from", "density_to", "x", "n", "mean", "low",
                       "high"]]  # fmt: skip
    names = {name: name for name in lower["detector"].unique()}
    densities = lower[["density_from", "density_to"]].drop_duplicates().to_numpy()
    speeds, sizes = _edges(upper, "peak_mm_yr"), _edges(lower, "size_m")
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.2)
        axes = figure.subplots(2, len(densities), sharey="row", sharex="row", squeeze=False)
        for col, (low, high) in enumerate(densities):
            title = f"{100 * low:g}–{100 * high:g} % of cells"
            for row, panel in enumerate(("recall", "velocity")):
                part = plotted[(plotted["panel"] == panel) & (plotted["density_from"] == low)]
                # Where a velocity is beyond all examples the line ends at the upper edge.
                detectors = scores_of(part.replace(np.inf, speeds[-1]), names, "x", by="detector")
                draw_scores_apart(axes[row, col], detectors, spread=0.3)
                letter = "abcdefgh"[row * len(densities) + col]
                label_panel(axes[row, col], letter, title)
            axes[0, col].axhline(recall, color="0.6", linewidth=0.6, linestyle="--")
            axes[0, col].set(ylim=(-0.02, 1.02), xlabel="peak (mm/yr)")
            axes[1, col].set(ylim=(speeds[0], speeds[-1]), xlabel="size (m)")
            scale_by_edges(axes[0, col].xaxis, speeds)
            scale_by_edges(axes[1, col].xaxis, sizes)
            scale_by_edges(axes[1, col].yaxis, speeds)
        axes[0, 0].set_ylabel("recall")
        axes[1, 0].set_ylabel(f"peak for recall {recall:g} (mm/yr)")
        figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        label_simulated(axes[0, -1], "lower right")
        save_figure(figure, plotted, png, pdf, csv, stamp)


def _edges(rows: pd.DataFrame, name: str) -> list[float]:
    return sorted({*rows[f"{name}_from"], *rows[f"{name}_to"]})


if __name__ == "__main__":
    run_job(draw_detectability, snakemake)  # type: ignore[name-defined]  # noqa: F821
