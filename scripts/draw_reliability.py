"""Reliability diagram of every arm of Table I, before and after calibration."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.layers import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame
from groundmotion.plotting import charts
from groundmotion.plotting.charts import ReliabilityCurve, draw_shares
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job

COLUMNS = 4


def draw_reliability(
    *,
    scores: list[Path],
    arms: list[dict[str, Any]],
    bins: int,
    confidence: float,
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw one panel per arm, its seeds together; below it, how many examples each bin holds."""
    tables = [read_frame(path) for path in scores]
    groups = [arm for number, arm in enumerate(arms) if arm not in arms[:number]]
    columns, rows = min(COLUMNS, len(groups)), -(-len(groups) // COLUMNS)
    plotted = []
    with style():
        width = DOUBLE_COLUMN_IN * max(columns, 2) / COLUMNS
        figure = new_figure(width, 2.95 * rows, compress=False)
        axes = figure.subplots(2 * rows, columns, height_ratios=[4, 1] * rows, squeeze=False)
        for unused in axes.flat:
            unused.set_axis_off()
        for number, arm in enumerate(groups):
            row, column = divmod(number, columns)
            above, below = axes[2 * row : 2 * row + 2, column]
            seeds = [table for table, other in zip(tables, arms, strict=True) if other == arm]
            curves = []
            for name, said in (("before", "probability_raw"), ("after", "probability")):
                found = _counted(seeds, said, bins, confidence)
                parts = (found[c].to_numpy() for c in found.columns[:5])
                legend = f"{name}, ECE {found['ece'][0]:.3f}"
                curves.append(ReliabilityCurve(legend, *parts))
                plotted.append(found.assign(**arm, seeds=len(seeds), calibration=name))
            above.set_axis_on()
            below.set_axis_on()
            charts.draw_reliability(above, curves)
            draw_shares(below, curves)
            letter = "abcdefghijklmnopqrstuvwxyz"[number % 26]
            label_panel(above, letter, _title(arm)).set_fontsize(7)
            label_simulated(above, "lower right")
        save_figure(figure, pd.concat(plotted), png, pdf, csv, stamp)


def _counted(tables: list[pd.DataFrame], said: str, bins: int, confidence: float) -> pd.DataFrame:
    """One row per bin, all seeds together; the error is the mean over the seeds."""
    pairs = [(table[said].to_numpy(), table["label"].to_numpy(np.float64)) for table in tables]
    pooled = pd.concat(tables)
    curve = metrics.reliability(pooled[said].to_numpy(), pooled["label"].to_numpy(), bins)
    # All seeds are tested on the same examples: they say no more of the frequency than one.
    ends = metrics.wilson_interval(curve.frequency, curve.count / len(tables), confidence)
    parts = {"probability": curve.probability, "frequency": curve.frequency, "lower": ends[0],
             "upper": ends[1], "share": curve.count / curve.count.sum()}  # fmt: skip
    errors = [metrics.expected_calibration_error(*pair, bins) for pair in pairs]
    numbers = {"bin": np.arange(bins), "count": curve.count, "ece": np.mean(errors)}
    return pd.DataFrame({**parts, **numbers})


def _title(arm: dict[str, Any]) -> str:
    fill = "no fill" if arm["fill"] == "none" else arm["fill"]
    lines = f"{fill}\n{arm['network']}, {arm['input']}\n{arm['source']}, {arm['preset']}"
    return f"{lines.replace('_', ' ')}, {arm['pixel_m']} m"


if __name__ == "__main__":
    run_job(draw_reliability, snakemake)  # type: ignore[name-defined]  # noqa: F821
