"""Fig. S6: horizontal motion and coasts, seen along the lines of sight of both passes."""

from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.plotting.closeups import draw_close_up
from groundmotion.plotting.furniture import dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.looks import draw_look
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.places import bounds_around, moving_place
from groundmotion.plotting.preparing import coarsen, crop, describe
from groundmotion.plotting.probabilities import level_names
from groundmotion.plotting.style import DOUBLE_COLUMN_IN, new_figure, style, symmetric_limit
from groundmotion.plotting.velocities import draw_velocity_bar
from groundmotion.workflow.job import run_job


def draw_s6(
    *,
    velocities: list[Path],
    probability: Path,
    truth: list[Path],
    levels: list[float],
    settings: dict[str, Any],
    png: Path,
    pdf: Path,
    csv: Path,
    stamp: Stamp,
) -> None:
    """Draw a landslide and a rocky coast (where there is neither, the liveliest place) by look."""
    looks = {path.parent.name: read_raster(path) for path in velocities}
    scored = read_raster(probability)
    places, shapes = {}, []
    for path in truth:
        moving, others = (read_layer(path, name) for name in ("truth", "artefacts"))
        shapes += [*moving.geometry, *others.geometry[others.kind == "rocky_coast"]]
        for name, layer in (("landslide", moving), ("rocky coast", others)):
            chosen = layer[layer.kind == name.replace(" ", "_")].geometry
            if len(chosen):
                middle = chosen.iloc[chosen.area.argmax()].centroid
                places[name] = (middle.x, middle.y)
    first = next(iter(looks.values()))
    places = places or {"liveliest place": moving_place(first, settings["zoom_m"])}
    values = [grid.values for grid in looks.values()]
    limit = symmetric_limit(*values, share=settings["velocity_share"])
    overlays, plotted = Overlays(levels, truth=shapes), []
    with style():
        wide = 0.75 * DOUBLE_COLUMN_IN
        figure = new_figure(wide, 0.5 + len(places) * wide / (len(looks) + 0.3))
        axes = figure.subplots(len(places), len(looks), squeeze=False)
        for row, (name, place) in enumerate(places.items()):
            window = bounds_around(place, settings["zoom_m"] / 2, first.bounds)
            for col, (look, grid) in enumerate(looks.items()):
                part = coarsen(crop(grid, window), settings["zoom_cells"] // 2)
                ax, letter = axes[row, col], "abcdefgh"[row * len(looks) + col]
                picture = draw_close_up(ax, part, crop(scored, window), limit, overlays)
                dress_map(ax, letter, f"{name}, {look}", simulated=bool(truth))
                draw_look(ax, look)
                plotted.append({"panel": letter, "look": look, **describe(part.values)})
        draw_velocity_bar(picture, list(axes.flat))
        draw_legend(figure, level_names(levels), truth=bool(truth))
        save_figure(figure, pd.DataFrame(plotted), png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_s6, snakemake)  # type: ignore[name-defined]  # noqa: F821
