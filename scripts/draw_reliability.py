"""Reliability diagram of every arm of Table I, before and after calibration."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame
from groundmotion.plotting.reliability import ReliabilityCurve, draw_frequencies, draw_shares
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.scores.reliability import reliability_table
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
            for name, score in (("before", "probability_raw"), ("after", "probability")):
                table = reliability_table(seeds, score, bins, confidence)
                parts = (table[c].to_numpy() for c in table.columns[:5])
                legend = f"{name}, ECE {table['ece'][0]:.3f}"
                curves.append(ReliabilityCurve(legend, *parts))
                plotted.append(table.assign(**arm, seeds=len(seeds), calibration=name))
            above.set_axis_on()
            below.set_axis_on()
            draw_frequencies(above, curves)
            draw_shares(below, curves)
            label_panel(above, ascii_lowercase[number % 26], _title(arm)).set_fontsize(7)
            label_simulated(above, "lower right")
        save_figure(figure, pd.concat(plotted), png, pdf, csv, stamp)


def _title(arm: dict[str, Any]) -> str:
    fill = "no fill" if arm["fill"] == "none" else arm["fill"]
    lines = f"{fill}\n{arm['network']}, {arm['input']}\n{arm['source']}, {arm['preset']}"
    return f"{lines.replace('_', ' ')}, {arm['pixel_m']} m"


if __name__ == "__main__":
    run_job(draw_reliability, snakemake)  # type: ignore[name-defined]  # noqa: F821
