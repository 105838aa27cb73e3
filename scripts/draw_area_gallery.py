"""Figs. S4, S5: the areas that a network finds, each from near."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.closeups import close_ups, draw_gallery
from groundmotion.plotting.furniture import draw_north
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.places import area_table
from groundmotion.plotting.probabilities import level_names
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.workflow.job import run_job
from groundmotion.workflow.overviews import read_overview

COLUMNS, LETTERS = 4, "abcdefghijkl"


def draw_area_gallery(
    *,
    velocity: Path,
    probability: Path,
    areas: Path,
    truth: list[Path],
    levels: list[float],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw velocity and contours of probability about the first areas of the list."""
    scene = read_overview(velocity, probability, areas, truth)
    maps, listed = scene.maps, scene.areas
    overlays, simulated = Overlays.of_truth(levels, scene.truth), bool(truth)
    limit = symmetric_limit(maps[0].values, share=settings["velocity_share"])
    shown = close_ups(
        maps, listed, LETTERS, lambda area: f"P {area.p_max:.2f}, {area.area_km2:.2g} km²", settings
    )
    rows = max(-(-len(shown) // COLUMNS), 1)
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 0.4 + 1.75 * rows)
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        draw_gallery(axes.flat, shown, limit, overlays, simulated=simulated)
        if shown:
            draw_north(axes[0, 0])
        draw_legend(figure, level_names(levels), truth=simulated)
        plotted = area_table(listed).iloc[[one.row for one in shown]]
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_area_gallery, snakemake)  # type: ignore[name-defined]  # noqa: F821
