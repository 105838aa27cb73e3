"""Fill the velocity map of one look, tile by tile (paper §III-A, §IV-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid
from groundmotion.workflow.filling import fill_look
from groundmotion.workflow.job import run_job


def fill_scene(
    *,
    velocity: Path,
    variogram: list[Path],
    method: str,
    fills: dict[str, Any],
    simulated: bool,
    filled: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill what lies near points; the rest stays NaN."""
    grid = read_raster(velocity)
    values = fill_look(grid, method, fills, variogram, threads)
    write_raster(
        filled,
        Grid(values, grid.transform, grid.crs),
        stamp,
        description=f"LOS velocity, filled by {method}",
        unit="mm/yr",
        simulated=simulated,
    )
    logging.info("%.1f %% of cells filled", 100 * np.isfinite(values).mean())


if __name__ == "__main__":
    run_job(fill_scene, snakemake)  # type: ignore[name-defined]  # noqa: F821
