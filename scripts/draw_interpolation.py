"""How well the fills do, by density and size of a bowl, and on points held out of real scenes."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.plotting.scores import draw_scores, draw_scores_by_group, scores_of
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
)
from groundmotion.scores.repetitions import summarise
from groundmotion.workflow.job import run_job

LABELS = {
    "density": "Share of cells with a point", "bowl_m": "Full width of the bowl (m)",
    "rmse_mm_yr": "RMSE (mm/yr)", "peak_share": "Share of the peak left",
    "spike_gain": "Share of spikes passed",
}  # fmt: skip


def draw_interpolation(
    *,
    simulated: Path,
    measured: list[Path],
    names: dict[str, str],
    peak_mm_yr: float,
    confidence: float,
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw RMSE, what is left of a bowl's peak, what passes of the spikes, and held-out points."""
    table = read_table(simulated)
    table["peak_share"] = 1 - table["peak_bias_mm_yr"] / peak_mm_yr
    sizes = sorted(set(table["bowl_m"]))
    middle = min(sorted(set(table["density"])), key=lambda d: abs(np.log(d / 0.03)))
    bowls = table[(table["density"] == middle) & (table["bowl_m"] > 0)]
    titles = {
        size: f"bowl of {size:g} m" if size else "no deformation"
        for size in (sizes[0], sizes[len(sizes) // 2], sizes[-1])
    }
    panels = [(t, table[table["bowl_m"] == s], "density", "rmse_mm_yr") for s, t in titles.items()]
    panels += [(f"bowls at {middle:.0%} of cells", bowls, "bowl_m", "peak_share")]
    panels += [("spikes", table, "density", "spike_gain")]
    plotted = []
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.9, compress=False)
        axes = figure.subplots(2, 3).ravel()
        for ax, letter, (title, rows, along, column) in zip(axes, "abcde", panels, strict=False):
            summary = summarise(rows, ["fill", along], column, confidence)
            draw_scores(ax, scores_of(summary, names, along))
            ax.set(xscale="log", xlabel=LABELS[along], ylabel=LABELS[column], ylim=(0, None))
            label_panel(ax, letter, title)
            label_simulated(ax, "lower left")
            plotted.append(summary.assign(panel=letter))
        if measured:
            real = pd.concat(map(read_table, measured))
            real["look"] = real["scene"] + "\n" + real["look"]
            summary = summarise(real, ["fill", "look"], "rmse_mm_yr", confidence)
            draw_scores_by_group(axes[-1], scores_of(summary, names, "look"))
            axes[-1].set(ylabel=LABELS["rmse_mm_yr"])
            label_panel(axes[-1], "f", "held-out points, measured")
            plotted.append(summary.assign(panel="f"))
        else:
            axes[-1].set_axis_off()
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        save_figure(figure, pd.concat(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_interpolation, snakemake)  # type: ignore[name-defined]  # noqa: F821
