"""Simulate the points of one look of a scene."""

import logging
from pathlib import Path
from typing import Any

from groundmotion import artefacts, simulation
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


def simulate_points(
    *,
    outline: list[Path],
    look: str,
    shared: dict[str, Any],
    own: dict[str, Any],
    seed: int,
    bounds: tuple[float, float, float, float],
    pixel_m: float,
    crs: str,
    points: Path,
    stamp: Stamp,
) -> None:
    """Draw atmosphere, spikes, deformation and disturbances where points lie."""
    scene = simulation.scene_settings(shared, own, seed)
    window = simulation.window_over(bounds, pixel_m)
    found = [simulation.land_of_geojson(p.read_text("utf-8"), str(p)) for p in outline]
    coast = found[0] if found else simulation.coarse_land()
    land = simulation.land_over(scene, window.bounds, crs, coast)
    table = simulation.simulate_look(scene, look, window, land)
    artefacts.write_points(points, table, crs, stamp)
    share = 100 * len(table) / (window.rows * window.cols)
    logging.info("SIMULATED: %d points, %.2f %% of cells", len(table), share)


if __name__ == "__main__":
    run_job(simulate_points, snakemake)  # type: ignore[name-defined]  # noqa: F821
