"""Outline the areas of a scene too large for memory, across its tiles (paper §IV-C)."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.areas.polygons import AreaSettings, level_polygons, probability_areas
from groundmotion.areas.probability import with_probability
from groundmotion.areas.regions import coarse_maximum, joined_areas, joined_levels, regions
from groundmotion.artefacts.layers import read_layer, write_layers
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.detection.tiles.tiling import tiling_from
from groundmotion.grid import Grid
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.nation.mosaic import read_window
from groundmotion.workflow.nation.windows import window_points
from groundmotion.workflow.sources import area_layers


def outline_regions(
    *,
    sources: Path,
    probability: Path,
    tiles: Path,
    outline: list[Path],
    measured: list[Path],
    looks: list[str],
    scene: dict[str, Any],
    simulation: dict[str, Any],
    settings: dict[str, Any],
    simulated: bool,
    areas: Path,
    stamp: Stamp,
) -> None:
    """Write the layers that :mod:`outline_areas` does."""
    tiling, cell_px = tiling_from(scene), scene["stride_px"]
    area_settings = AreaSettings(
        tuple(settings["levels"]), settings["ring_px"], settings["min_points"]
    )
    supply = window_points({**simulation, **scene}, outline, measured)
    mask = np.zeros([-(-length // cell_px) for length in tiling.shape], bool)
    for row, col in read_table(tiles)[["row", "col"]].to_numpy():
        own = tiling.tile(int(row), int(col)).own
        highest = coarse_maximum(read_window(probability, own).values, cell_px)
        place = tuple(slice(p.start // cell_px, -(-p.stop // cell_px)) for p in own)
        mask[place] = highest > area_settings.levels[0]
    empty = Grid(np.full((1, 1), np.nan, np.float32), tiling.transform, tiling.crs)
    window_tables = [probability_areas(empty, {}, area_settings)]
    levels = [level_polygons(empty, area_settings.levels)]
    parts = list(regions(mask, tiling.shape, cell_px, area_settings.ring_px, tiling.tile_px))
    for region in progress_bar(parts, "regions"):
        window = read_window(probability, region.window)
        grid = Grid(region.keep(window.values), window.transform, tiling.crs)
        points = {look: supply(look, tiling.bounds(region.window)) for look in looks}
        window_tables.append(probability_areas(grid, points, area_settings))
        levels.append(level_polygons(grid, area_settings.levels))
    frame, read = (tiling.transform, tiling.shape), partial(read_window, probability)
    found = {
        name: with_probability(read_layer(sources, name), frame, read, settings["levels"])
        for name in ("areas", "structures")
    }
    layers = {
        **area_layers(found),
        "windows": joined_areas(window_tables),
        "levels": joined_levels(levels),
    }
    data = "SIMULATED" if simulated else "measured"
    write_layers(areas, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp)
    logging.info("%s", ", ".join(f"{len(layer)} {name}" for name, layer in layers.items()))


if __name__ == "__main__":
    run_job(outline_regions, snakemake)  # type: ignore[name-defined]  # noqa: F821
