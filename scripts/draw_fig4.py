"""Fig. 4: one synthetic example in all its stages, unwrapped and wrapped."""

from pathlib import Path
from typing import Any

import pandas as pd
from affine import Affine

from groundmotion import artefacts, plotting
from groundmotion.display import coarsen, describe
from groundmotion.grid import Grid
from groundmotion.job import run_job
from groundmotion.provenance import Stamp
from groundmotion.wrapping import wrap

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
    arrays, extra = artefacts.read_arrays(stages), artefacts.read_extra(stages)
    interval, pixel_m = settings["wrap_interval_mm_yr"], extra["pixel_m"]
    limit = plotting.symmetric_limit(arrays["sum"], share=0.999)
    plotted = []
    with plotting.style():
        width = plotting.DOUBLE_COLUMN_IN
        figure = plotting.new_figure(width, 0.45 + 2 * (width - 0.7) / len(TITLES))
        axes = figure.subplots(2, len(TITLES))
        for col, (name, title) in enumerate(TITLES.items()):
            transform = Affine(pixel_m, 0, 0, 0, -pixel_m, pixel_m * len(arrays[name]))
            velocity = Grid(arrays[name], transform, "")
            if name == "sparse":
                velocity = coarsen(velocity, settings["zoom_cells"] // 2)
            phase = Grid(wrap(velocity.values, interval, 0.0), velocity.transform, "")
            unwrapped = plotting.draw_velocity(axes[0, col], velocity, limit)
            wrapped = plotting.draw_phase(axes[1, col], phase)
            plotting.label_panel(axes[0, col], "abcdef"[col], title)
            plotting.label_panel(axes[1, col], "ghijkl"[col], "wrapped")
            plotted.append({"stage": name, "wrapped": False, **describe(velocity.values)})
            plotted.append({"stage": name, "wrapped": True, **describe(phase.values)})
            for ax in axes[:, col]:
                plotting.label_simulated(ax)
        plotting.draw_scale_bar(axes[0, 0])
        plotting.draw_north(axes[0, 0])
        plotting.draw_colour_bar(unwrapped, list(axes[0]), "mm/yr", "both")
        plotting.draw_phase_bar(wrapped, list(axes[1]))
        artefacts.save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig4, snakemake)  # type: ignore[name-defined]  # noqa: F821
