"""How well the fills do, by density and size of a bowl, and on points held out of real scenes."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.layers import save_figure
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

AXES = {"density": "Share of cells with a point", "bowl_m": "Full width of the bowl (m)"}
RMSE = "RMSE (mm/yr)"


def draw_interpolation(
    *,
    simulated: Path,
    held_out: list[Path],
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
    table["kept"] = 1 - table["peak_bias_mm_yr"] / peak_mm_yr
    sizes, densities = sorted(set(table["bowl_m"])), sorted(set(table["density"]))
    middle = min(densities, key=lambda d: abs(np.log(d / 0.03)))
    panels = [
        (f"bowl of {size:g} m" if size else "no deformation",
         table[table["bowl_m"] == size], "density", "rmse_mm_yr", RMSE)
        for size in dict.fromkeys([sizes[0], sizes[len(sizes) // 2], sizes[-1]])
    ]  # fmt: skip
    bowls = table[(table["density"] == middle) & (table["bowl_m"] > 0)]
    panels += [
        (f"bowls at {middle:.0%} of cells", bowls, "bowl_m", "kept", "Share of the peak left"),
        ("spikes", table, "density", "spike_gain", "Share of spikes passed"),
    ]
    plotted = []
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 4.9, compress=False)
        axes = figure.subplots(2, 3).ravel()
        for ax, letter, (title, rows, along, column, label) in zip(
            axes, "abcdef", panels, strict=False
        ):
            found = summarise(rows, ["fill", along], column, confidence)
            draw_scores(ax, scores_of(found, names, along))
            ax.set(xscale="log", xlabel=AXES[along], ylabel=label, ylim=(0, None))
            label_panel(ax, letter, title)
            label_simulated(ax, "lower left")
            plotted.append(found.assign(panel=letter))
        if held_out:
            real = pd.concat(map(read_table, held_out))
            real["look"] = real["scene"] + "\n" + real["look"]
            found = summarise(real, ["fill", "look"], "rmse_mm_yr", confidence)
            draw_scores_by_group(axes[-1], scores_of(found, names, "look"))
            axes[-1].set(ylabel=RMSE)
            label_panel(axes[-1], "f", "held-out points, measured")
            plotted.append(found.assign(panel="f"))
        else:
            axes[-1].set_axis_off()
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        save_figure(figure, pd.concat(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_interpolation, snakemake)  # type: ignore[name-defined]  # noqa: F821
