"""Outline the areas that a network finds, and say what moves there (paper §IV-C)."""

import logging
from pathlib import Path
from typing import Any

from groundmotion import artefacts
from groundmotion.areas import AreaSettings, level_polygons, probability_areas
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


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
    grid = artefacts.read_raster(probability)
    how = AreaSettings(tuple(settings["levels"]), settings["ring_px"], settings["min_points"])
    tables = {path.stem: artefacts.read_points(path)[0] for path in points}
    layers = {
        "areas": probability_areas(grid, tables, how),
        "levels": level_polygons(grid, how.levels),
    }
    data = "SIMULATED" if simulated else "measured"
    artefacts.write_layers(
        areas, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp
    )
    logging.info(
        "%d areas: %s", len(layers["areas"]), layers["areas"]["level"].value_counts().to_dict()
    )


if __name__ == "__main__":
    run_job(outline_areas, snakemake)  # type: ignore[name-defined]  # noqa: F821
