"""Fill the velocity map of one look, tile by tile (paper §III-A, §IV-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.grid import Grid
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance
from groundmotion.interpolation.tiled import TileSettings, in_tiles
from groundmotion.workflow.job import progress_bar, run_job


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
    covariances = [Covariance.from_variogram(read_json(v), grid.pixel_m) for v in variogram]
    filler = Filler.from_config(
        method, fills, grid.pixel_m, covariances[0] if covariances else None, threads
    )
    values = in_tiles(
        grid.values,
        filler,
        TileSettings.from_config(fills, grid.pixel_m),
        progress_bar,
    )
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
