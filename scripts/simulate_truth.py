"""Write what is true of a simulated scene."""

import logging
from pathlib import Path
from typing import Any

import geopandas
import shapely

from groundmotion.aliases import Bounds
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.simulation.lattice import window_over
from groundmotion.simulation.scene import land_over, scene_settings
from groundmotion.simulation.truth import known_artefacts, points_within, true_areas
from groundmotion.workflow.job import run_job
from groundmotion.workflow.nation.coast import coast_of


def simulate_truth(
    *,
    points: list[Path],
    outline: list[Path],
    looks: list[str],
    shared: dict[str, Any],
    own: dict[str, Any],
    seed: int,
    bounds: Bounds,
    pixel_m: float,
    crs: str,
    truth: Path,
    stamp: Stamp,
) -> None:
    """Outline the moving ground (with its number of points), what looks like it, and land."""
    scene = scene_settings(shared, own, seed)
    window = window_over(bounds, pixel_m)
    land = land_over(scene, window.bounds, crs, coast_of(outline))
    areas = true_areas(scene, looks, window, land, crs)
    tables = [read_point_table(path)[0] for path in points]
    areas["n_points"] = sum(points_within(areas, table) for table in tables)
    ground = shapely.clip_by_rect(land, *window.bounds)
    layers = {
        "truth": areas,
        "artefacts": known_artefacts(scene, looks, window, land, crs),
        "land": geopandas.GeoDataFrame(geometry=list(shapely.get_parts(ground)), crs=crs),
    }
    tagged = {name: layer.assign(data="SIMULATED") for name, layer in layers.items()}
    write_layers(truth, tagged, stamp)
    logging.info("SIMULATED: %d places move", len(areas))


if __name__ == "__main__":
    run_job(simulate_truth, snakemake)  # type: ignore[name-defined]  # noqa: F821
