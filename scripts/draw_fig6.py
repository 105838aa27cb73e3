"""Fig. 6: where the network for point sources finds deformation, and three places from near."""

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


def draw_fig6(
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
    """Draw centres of (a) small and (b) large areas, (c–e) the first areas of the list."""
    scene = read_overview(velocity, probability, areas, truth)
    maps, listed = scene.maps, scene.areas
    overlays, simulated = Overlays.of_truth(levels, scene.truth), bool(truth)
    limit = symmetric_limit(maps[0].values, share=settings["velocity_share"])
    overview, split = coarsen(maps[0], settings["max_cells"]), settings["area_split_km2"]
    shown = close_ups(
        maps, listed, "cde", lambda area: f"P {area.p_max:.2f}, {area.direction}", settings
    )
    small = (listed.area_km2 < split).to_numpy()
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 6.2)
        panels = figure.subplot_mosaic("aaabbb;ccddee", height_ratios=[3.5, 2.35])
        for letter, chosen, name in (("a", small, "smaller"), ("b", ~small, "larger")):
            ax = panels[letter]
            draw_overview(ax, overview, overlays)
            draw_centres(ax, listed[chosen], levels)
            dress_map(ax, letter, f"areas {name} than {split:g} km²", simulated=simulated)
            for one in shown:
                if chosen[one.row]:
                    draw_window(ax, one.window, one.letter)
        draw_north(ax)
        draw_legend(figure, level_names(levels), truth=simulated, dots=True)
        lower = [panels[letter] for letter in "cde"]
        draw_gallery(lower, shown, limit, overlays, simulated=simulated)
        save_figure(figure, area_table(listed), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig6, snakemake)  # type: ignore[name-defined]  # noqa: F821
