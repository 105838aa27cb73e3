"""Fig. 4: one synthetic example in all its stages, unwrapped and wrapped."""

from pathlib import Path
from typing import Any

import pandas as pd
from affine import Affine

from groundmotion.artefacts.arrays import read_arrays, read_extra
from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid
from groundmotion.plotting.furniture import draw_north, draw_scale_bar
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.phases import draw_phase, draw_phase_bar, wrapped_map
from groundmotion.plotting.preparing import coarsen, describe
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
    symmetric_limit,
)
from groundmotion.plotting.velocities import draw_velocity
from groundmotion.workflow.job import run_job

TITLES = {
    "deformation": "deformation D",
    "atmosphere": "atmosphere T",
    "sum": "sum D + T",
    "sparse": "sparse, spikes",
    "delaunay": "Delaunay",
    "matrix_completion": "matrix compl.",
}


def draw_fig4(
    *, stages: Path, settings: dict[str, Any], png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:
    """Draw deformation, atmosphere, their sum, its sparse sample and two fills of that."""
    arrays, extra = read_arrays(stages), read_extra(stages)
    interval, pixel_m = settings["wrap_interval_mm_yr"], extra["pixel_m"]
    limit = symmetric_limit(arrays["sum"], share=0.999)
    plotted = []
    with style():
        width = DOUBLE_COLUMN_IN
        figure = new_figure(width, 0.45 + 2 * (width - 0.7) / len(TITLES))
        axes = figure.subplots(2, len(TITLES))
        for col, (name, title) in enumerate(TITLES.items()):
            transform = Affine(pixel_m, 0, 0, 0, -pixel_m, pixel_m * len(arrays[name]))
            velocity = Grid(arrays[name], transform, "")
            if name == "sparse":
                velocity = coarsen(velocity, settings["zoom_cells"] // 2)
            phase = wrapped_map(velocity, interval)
            unwrapped = draw_velocity(axes[0, col], velocity, limit)
            wrapped = draw_phase(axes[1, col], phase)
            label_panel(axes[0, col], "abcdef"[col], title)
            label_panel(axes[1, col], "ghijkl"[col], "wrapped")
            plotted.append({"stage": name, "wrapped": False, **describe(velocity.values)})
            plotted.append({"stage": name, "wrapped": True, **describe(phase.values)})
            for ax in axes[:, col]:
                label_simulated(ax)
        draw_scale_bar(axes[0, 0])
        draw_north(axes[0, 0])
        draw_colour_bar(unwrapped, list(axes[0]), "mm/yr", "both")
        draw_phase_bar(wrapped, list(axes[1]))
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig4, snakemake)  # type: ignore[name-defined]  # noqa: F821
