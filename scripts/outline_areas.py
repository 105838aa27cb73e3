"""Outline what moves, with what a network says of it, and where the network finds something."""

import logging
from pathlib import Path
from typing import Any

from groundmotion.areas.polygons import AreaSettings, level_polygons, probability_areas
from groundmotion.areas.probability import part_of, with_probability
from groundmotion.artefacts.layers import read_layer, write_layers
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.workflow.job import run_job
from groundmotion.workflow.sources import area_layers


def outline_areas(
    *,
    sources: Path,
    probability: Path,
    points: list[Path],
    settings: dict[str, Any],
    simulated: bool,
    areas: Path,
    stamp: Stamp,
) -> None:
    """Write what moves, ``areas`` and ``structures``, and what the network finds (paper §IV-C).

    That is ``windows``, ranked, where it exceeds the lowest level, and ``levels``, the outline of
    every level.
    """
    grid = read_raster(probability)
    area_settings = AreaSettings(
        tuple(settings["levels"]), settings["ring_px"], settings["min_points"]
    )
    tables = {path.stem: read_point_table(path)[0] for path in points}
    frame = grid.transform, grid.shape
    found = {
        name: with_probability(
            read_layer(sources, name), frame, lambda part: part_of(grid, part), settings["levels"]
        )
        for name in ("areas", "structures")
    }
    layers = {
        **area_layers(found),
        "windows": probability_areas(grid, tables, area_settings),
        "levels": level_polygons(grid, area_settings.levels),
    }
    data = "SIMULATED" if simulated else "measured"
    write_layers(areas, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp)
    logging.info("%s", ", ".join(f"{len(layer)} {name}" for name, layer in layers.items()))


if __name__ == "__main__":
    run_job(outline_areas, snakemake)  # type: ignore[name-defined]  # noqa: F821
