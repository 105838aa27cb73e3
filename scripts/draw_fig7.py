"""Fig. 7: where the network for line sources finds deformation, and three places from near."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.closeups import close_ups, draw_gallery
from groundmotion.plotting.furniture import draw_north, draw_window, dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.overviews import draw_centres, draw_overview
from groundmotion.plotting.places import area_table
from groundmotion.plotting.preparing import coarsen
from groundmotion.plotting.probabilities import level_names
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.workflow.job import run_job
from groundmotion.workflow.overviews import read_overview


def draw_fig7(
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
    """Draw (a) the centres of all areas, (b–d) the first areas of the list."""
    scene = read_overview(velocity, probability, areas, truth)
    maps, listed = scene.maps, scene.areas
    overlays, simulated = Overlays.of_truth(levels, scene.truth), bool(truth)
    limit = symmetric_limit(maps[0].values, share=settings["velocity_share"])
    shown = close_ups(
        maps, listed, "bcd", lambda area: f"P {area.p_max:.2f}, {area.direction}", settings
    )
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 5.2)
        panels = figure.subplot_mosaic("ab;ac;ad", width_ratios=[3.2, 1])
        draw_overview(panels["a"], coarsen(maps[0], settings["max_cells"]), overlays)
        draw_centres(panels["a"], listed, levels)
        dress_map(panels["a"], "a", "areas found", simulated=simulated)
        for one in shown:
            draw_window(panels["a"], one.window, one.letter)
        draw_north(panels["a"])
        draw_legend(figure, level_names(levels), truth=simulated, dots=True)
        right = [panels[letter] for letter in "bcd"]
        draw_gallery(right, shown, limit, overlays, simulated=simulated)
        save_figure(figure, area_table(listed), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig7, snakemake)  # type: ignore[name-defined]  # noqa: F821
