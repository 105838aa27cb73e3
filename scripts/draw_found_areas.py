"""Figs. S4, S5: the areas that a network finds, each from near."""

from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundmotion.artefacts.layers import read_layer, save_figure
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.maps import draw_colour_bar, draw_legend, draw_north
from groundmotion.plotting.panels import Detail, Setting, draw_gallery
from groundmotion.plotting.places import detail_windows
from groundmotion.plotting.preparing import coarsen, crop
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.workflow.job import run_job

COLUMNS, MOST = 4, 12


def draw_found_areas(
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
    raw, scored = read_raster(velocity), read_raster(probability)
    found = read_layer(areas, "areas")
    centres = shapely.get_coordinates(found.geometry.representative_point())
    windows = detail_windows(map(tuple, centres), settings["zoom_m"], raw.bounds, MOST)
    rows = max(-(-len(windows) // COLUMNS), 1)
    setting = Setting(
        levels,
        symmetric_limit(raw.values, share=settings["velocity_share"]),
        truth=[shape for path in truth for shape in read_layer(path, "truth").geometry],
    )
    details = [
        Detail(
            letter,
            f"P {found.p_max[number]:.2f}, {found.area_km2[number]:.2g} km²",
            coarsen(crop(raw, window), settings["zoom_cells"]),
            crop(scored, window),
        )
        for letter, (number, window) in zip("abcdefghijkl", windows.items(), strict=False)
    ]
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 0.4 + 1.75 * rows)
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        picture = draw_gallery(axes.flat, details, setting, simulated=bool(truth))
        if picture is not None:
            draw_north(axes[0, 0])
            draw_colour_bar(picture, list(axes.flat), "Velocity (mm/yr)", "both")
        draw_legend(figure, [f"P > {x:g}" for x in levels], truth=bool(truth))
        plotted = pd.DataFrame(found.drop(columns="geometry")).iloc[list(windows)]
        plotted[["easting_m", "northing_m"]] = centres[list(windows)]
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_found_areas, snakemake)  # type: ignore[name-defined]  # noqa: F821
