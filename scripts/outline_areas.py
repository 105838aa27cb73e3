"""Outline the areas that a network finds, and say what moves there (paper §IV-C)."""

import logging
from pathlib import Path
from typing import Any

from groundmotion.areas.polygons import AreaSettings, level_polygons, probability_areas
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.workflow.job import run_job


def outline_areas(
    *,
    probability: Path,
    points: list[Path],
    settings: dict[str, Any],
    simulated: bool,
    areas: Path,
    stamp: Stamp,
) -> None:
    """Write the layers ``areas`` (ranked) and ``levels`` (the outline of every level)."""
    grid = read_raster(probability)
    area_settings = AreaSettings(
        tuple(settings["levels"]), settings["ring_px"], settings["min_points"]
    )
    tables = {path.stem: read_point_table(path)[0] for path in points}
    layers = {
        "areas": probability_areas(grid, tables, area_settings),
        "levels": level_polygons(grid, area_settings.levels),
    }
    data = "SIMULATED" if simulated else "measured"
    write_layers(areas, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp)
    logging.info(
        "%d areas: %s", len(layers["areas"]), layers["areas"]["level"].value_counts().to_dict()
    )


if __name__ == "__main__":
    run_job(outline_areas, snakemake)  # type: ignore[name-defined]  # noqa: F821
