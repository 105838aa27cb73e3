"""Estimate the error of a filled map: the standard deviation of kriging."""

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


def estimate_fill_error(
    *,
    velocity: Path,
    variogram: Path,
    fills: dict[str, Any],
    simulated: bool,
    filled_std: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Krige with the fitted variogram; NaN where nothing is filled."""
    grid = read_raster(velocity)
    covariance = Covariance.from_variogram(read_json(variogram), grid.pixel_m)
    filler = Filler.from_config("kriging", fills, grid.pixel_m, covariance, threads)
    values = in_tiles(
        grid.values,
        filler.std,
        TileSettings.from_config(fills, grid.pixel_m),
        progress_bar,
    )
    write_raster(
        filled_std,
        Grid(values, grid.transform, grid.crs),
        stamp,
        description="standard deviation of a velocity kriged from the same points",
        unit="mm/yr",
        simulated=simulated,
    )
    if np.isfinite(values).any():
        logging.info("median %.2f mm/yr", np.nanmedian(values))


if __name__ == "__main__":
    run_job(estimate_fill_error, snakemake)  # type: ignore[name-defined]  # noqa: F821
