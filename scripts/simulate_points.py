"""Simulate the points of one look of a scene."""

import logging
from pathlib import Path
from typing import Any

from groundmotion.aliases import Bounds
from groundmotion.artefacts.points import write_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.simulation.lattice import window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look
from groundmotion.workflow.job import run_job
from groundmotion.workflow.nation.coast import coast_of


def simulate_points(
    *,
    outline: list[Path],
    look: str,
    shared: dict[str, Any],
    own: dict[str, Any],
    seed: int,
    bounds: Bounds,
    pixel_m: float,
    crs: str,
    points: Path,
    stamp: Stamp,
) -> None:
    """Draw atmosphere, spikes, deformation and disturbances where points lie."""
    scene = scene_settings(shared, own, seed)
    window = window_over(bounds, pixel_m)
    land = land_over(scene, window.bounds, crs, coast_of(outline))
    table = simulate_look(scene, look, window, land)
    write_point_table(points, table, crs, stamp)
    share = 100 * len(table) / (window.rows * window.cols)
    logging.info("SIMULATED: %d points, %.2f %% of cells", len(table), share)


if __name__ == "__main__":
    run_job(simulate_points, snakemake)  # type: ignore[name-defined]  # noqa: F821
