"""Fig. 7: where the network for line sources finds deformation, and three places from near."""

from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundmotion.artefacts.layers import read_layer, save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.maps import (
    draw_colour_bar,
    draw_legend,
    draw_north,
    draw_window,
    dress_map,
)
from groundmotion.plotting.panels import Detail, Setting, draw_gallery, draw_overview
from groundmotion.plotting.places import detail_windows
from groundmotion.plotting.preparing import coarsen, crop
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.workflow.job import run_job


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
    raw, scored = read_raster(velocity), read_raster(probability)
    found = read_layer(areas, "areas")
    centres = shapely.get_coordinates(found.geometry.representative_point())
    windows = detail_windows(map(tuple, centres), settings["zoom_m"], raw.bounds, 3)
    setting = Setting(
        levels,
        symmetric_limit(raw.values, share=settings["velocity_share"]),
        [shape for path in truth for shape in read_layer(path, "land").geometry],
        [shape for path in truth for shape in read_layer(path, "truth").geometry],
    )
    details = [
        Detail(
            letter,
            f"P {found.p_max[number]:.2f}, {found.direction[number]}",
            coarsen(crop(raw, window), settings["zoom_cells"]),
            crop(scored, window),
        )
        for letter, (number, window) in zip("bcd", windows.items(), strict=False)
    ]
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 5.2)
        places = figure.subplot_mosaic("ab;ac;ad", width_ratios=[3.2, 1])
        ax, panels = places["a"], [places[letter] for letter in "bcd"]
        shown = coarsen(raw, settings["max_cells"])
        draw_overview(ax, shown, centres, found.p_max, setting)
        dress_map(ax, "a", "areas found", simulated=bool(truth))
        for detail, window in zip(details, windows.values(), strict=False):
            draw_window(ax, window, detail.letter)
        draw_north(ax)
        draw_legend(figure, [f"P > {x:g}" for x in levels], truth=bool(truth), dots=True)
        picture = draw_gallery(panels, details, setting, simulated=bool(truth))
        if picture is not None:
            draw_colour_bar(picture, panels, "Velocity (mm/yr)", "both")
        plotted = pd.DataFrame(found.drop(columns="geometry"))
        plotted[["easting_m", "northing_m"]] = centres
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig7, snakemake)  # type: ignore[name-defined]  # noqa: F821
