"""Detectors on simulated trials: recall by peak, and false ground by the level of the noise."""

from pathlib import Path

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.plotting.scores import draw_scores_apart, scores_of
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.workflow.job import run_job

#: Less false ground than this is drawn here, km² per 100 km².
FLOOR = 1e-2


def draw_trials(
    *, table: Path, overlap: float, png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:
    """Draw recall of moving trials and false ground of still ones, a row for each noise."""
    rows = read_table(table)
    whole = rows.groupby(["noise", "peak_mm_yr", "noise_scale", "detector", "overlap"], sort=False)
    plotted = whole.head(1)  # before those of the classes
    plotted = plotted[plotted["overlap"] == overlap].reset_index(drop=True)
    moving = _panel(plotted[plotted["peak_mm_yr"] > 0], "recall", "peak_mm_yr", "recall")
    still = _panel(plotted[plotted["peak_mm_yr"] == 0], "false ground", "noise_scale",
                   "false_km2_per_100_km2")  # fmt: skip
    names = {name: name.replace("_", " ") for name in plotted["detector"].unique()}
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.2)
        axes = figure.subplots(plotted["noise"].nunique(), 2, sharex="col", squeeze=False)
        for (recall, ground), noise in zip(axes, plotted["noise"].unique(), strict=True):
            for ax, part in ((recall, moving), (ground, still)):
                shown = part[part["noise"] == noise]
                draw_scores_apart(ax, scores_of(shown, names, "x", by="detector"), spread=0.15)
                ax.set_xscale("log")
                ax.set_xticks(shown["x"].unique(), [f"{x:g}" for x in shown["x"].unique()])
                ax.set_xticks([], minor=True)
            recall.set(ylim=(-0.02, 1.02), ylabel="recall")
            ground.set(yscale="log", ylim=(0.7 * FLOOR, 700), ylabel="false km² per 100 km²")
            title = noise.replace("_", " ").replace("egms", "EGMS")
            for ax, letter in ((recall, "acegik"), (ground, "bdfhjl")):
                label_panel(ax, letter[list(plotted["noise"].unique()).index(noise)], title)
        axes[-1, 0].set_xlabel("peak (mm/yr)")
        axes[-1, 1].set_xlabel("noise of still ground, over that of the law")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
        label_simulated(axes[0, 1])
        save_figure(figure, pd.concat([moving, still]), png, pdf, csv, stamp)


def _panel(rows: pd.DataFrame, panel: str, along: str, column: str) -> pd.DataFrame:
    """Name what is plotted x, mean, low and high; false ground has no interval."""
    mean = rows[column].clip(lower=FLOOR) if column != "recall" else rows[column]
    ends = {end: rows.get(f"{column}_{end}", mean) for end in ("low", "high")}
    shown = rows[["noise", "detector", "overlap", "trials"]]
    return shown.assign(panel=panel, x=rows[along], mean=mean, **ends)


if __name__ == "__main__":
    run_job(draw_trials, snakemake)  # type: ignore[name-defined]  # noqa: F821
