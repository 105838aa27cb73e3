"""Fig. 7: where the network for line sources finds deformation, and three places from near."""

from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundmotion import artefacts, plotting
from groundmotion.display import coarsen, crop, detail_windows
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
    raw, scored = artefacts.read_raster(velocity), artefacts.read_raster(probability)
    found = artefacts.read_layer(areas, "areas")
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
        for letter, (number, window) in zip("bcd", windows.items(), strict=False)
    ]
    with plotting.style():
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, 5.2)
        places = figure.subplot_mosaic("ab;ac;ad", width_ratios=[3.2, 1])
        ax, panels = places["a"], [places[letter] for letter in "bcd"]
        shown = coarsen(raw, settings["max_cells"])
        plotting.draw_overview(ax, shown, centres, found.p_max, setting)
        plotting.dress_map(ax, "a", "areas found", simulated=bool(truth))
        for detail, window in zip(details, windows.values(), strict=False):
            plotting.draw_window(ax, window, detail.letter)
        plotting.draw_north(ax)
        plotting.draw_legend(figure, [f"P > {x:g}" for x in levels], truth=bool(truth), dots=True)
        picture = plotting.draw_gallery(panels, details, setting, simulated=bool(truth))
        if picture is not None:
            plotting.draw_colour_bar(picture, panels, "Velocity (mm/yr)", "both")
        plotted = pd.DataFrame(found.drop(columns="geometry"))
        plotted[["easting_m", "northing_m"]] = centres
        artefacts.save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig7, snakemake)  # type: ignore[name-defined]  # noqa: F821
