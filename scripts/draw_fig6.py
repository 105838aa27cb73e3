"""Fig. 6: where the network for point sources finds deformation, and three places from near."""

from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundmotion import artefacts, plotting
from groundmotion.display import coarsen, crop, detail_windows
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
    raw, scored = artefacts.read_raster(velocity), artefacts.read_raster(probability)
    found, split = artefacts.read_layer(areas, "areas"), settings["area_split_km2"]
    centres = shapely.get_coordinates(found.geometry.representative_point())
    windows = detail_windows(map(tuple, centres), settings["zoom_m"], raw.bounds, 3)
    setting = plotting.Setting(
        levels,
        plotting.symmetric_limit(raw.values, share=settings["velocity_share"]),
        [shape for path in truth for shape in artefacts.read_layer(path, "land").geometry],
        [shape for path in truth for shape in artefacts.read_layer(path, "truth").geometry],
    )
    details = [
        plotting.Detail(
            letter,
            f"P {found.p_max[number]:.2f}, {found.direction[number]}",
            coarsen(crop(raw, window), settings["zoom_cells"]),
            crop(scored, window),
        )
        for letter, (number, window) in zip("cde", windows.items(), strict=False)
    ]
    small = found.area_km2.to_numpy() < split
    shown, simulated = coarsen(raw, settings["max_cells"]), bool(truth)
    with plotting.style():
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, 6.2)
        panels = figure.subplot_mosaic("aaabbb;ccddee", height_ratios=[3.5, 2.35])
        for letter, chosen, name in (("a", small, "smaller"), ("b", ~small, "larger")):
            ax = panels[letter]
            plotting.draw_overview(ax, shown, centres[chosen], found.p_max[chosen], setting)
            plotting.dress_map(ax, letter, f"areas {name} than {split:g} km²", simulated=simulated)
            for detail, (number, window) in zip(details, windows.items(), strict=False):
                if chosen[number]:
                    plotting.draw_window(ax, window, detail.letter)
        plotting.draw_north(ax)
        plotting.draw_legend(figure, [f"P > {x:g}" for x in levels], truth=simulated, dots=True)
        lower = [panels[letter] for letter in "cde"]
        picture = plotting.draw_gallery(lower, details, setting, simulated=simulated)
        if picture is not None:
            plotting.draw_colour_bar(picture, lower, "Velocity (mm/yr)", "both")
        plotted = pd.DataFrame(found.drop(columns="geometry"))
        plotted[["easting_m", "northing_m"]] = centres
        artefacts.save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig6, snakemake)  # type: ignore[name-defined]  # noqa: F821
