"""Fill the velocity map of one look, tile by tile (paper §III-A, §IV-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.grid import Grid, beyond_gap
from groundmotion.interpolation.fills import fill
from groundmotion.interpolation.matrix_completion import matrix_completion_bounds
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.interpolation.tiled import TileSettings, in_tiles
from groundmotion.workflow.job import run_job


def fill_scene(
    *,
    velocity: Path,
    variogram: list[Path],
    method: str,
    interpolation: dict[str, Any],
    tiles: dict[str, float],
    simulated: bool,
    filled: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill what lies near points; the rest stays NaN."""
    grid = read_raster(velocity)
    known = [Covariance.from_variogram(read_json(v), grid.pixel_m) for v in variogram]
    settings = FillSettings.from_config(interpolation, known[0] if known else None)
    cut = TileSettings(
        int(tiles["tile_px"]), int(tiles["halo_px"]), tiles["max_gap_m"] / grid.pixel_m
    )

    def make(sparse: NDArray[np.float32]) -> NDArray[np.float32]:
        made = fill(method, sparse, settings, threads)
        if method == "matrix_completion":
            near = ~beyond_gap(np.isfinite(sparse), cut.max_gap_px)
            bounds = matrix_completion_bounds(sparse, made, settings, near, threads)
            logging.info(
                "at most %.3f (solver) and %.3f mm/yr (SVD left out) from Algorithm 1",
                bounds.solver_mm_yr,
                bounds.threshold_mm_yr,
            )
        return made

    values = in_tiles(
        grid.values,
        make,
        cut,
        lambda items: tqdm(items, "tiles", mininterval=10),
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
