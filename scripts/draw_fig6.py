"""Fig. 6: where the network for point sources finds deformation, and three places from near."""

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
    raw, scored = read_raster(velocity), read_raster(probability)
    found, split = read_layer(areas, "areas"), settings["area_split_km2"]
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
        for letter, (number, window) in zip("cde", windows.items(), strict=False)
    ]
    small = found.area_km2.to_numpy() < split
    shown, simulated = coarsen(raw, settings["max_cells"]), bool(truth)
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 6.2)
        panels = figure.subplot_mosaic("aaabbb;ccddee", height_ratios=[3.5, 2.35])
        for letter, chosen, name in (("a", small, "smaller"), ("b", ~small, "larger")):
            ax = panels[letter]
            draw_overview(ax, shown, centres[chosen], found.p_max[chosen], setting)
            dress_map(ax, letter, f"areas {name} than {split:g} km²", simulated=simulated)
            for detail, (number, window) in zip(details, windows.items(), strict=False):
                if chosen[number]:
                    draw_window(ax, window, detail.letter)
        draw_north(ax)
        draw_legend(figure, [f"P > {x:g}" for x in levels], truth=simulated, dots=True)
        lower = [panels[letter] for letter in "cde"]
        picture = draw_gallery(lower, details, setting, simulated=simulated)
        if picture is not None:
            draw_colour_bar(picture, lower, "Velocity (mm/yr)", "both")
        plotted = pd.DataFrame(found.drop(columns="geometry"))
        plotted[["easting_m", "northing_m"]] = centres
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig6, snakemake)  # type: ignore[name-defined]  # noqa: F821
