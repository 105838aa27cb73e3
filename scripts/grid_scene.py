"""Put the points of one look on the scene's grid."""

import logging
from pathlib import Path

from groundmotion.aliases import Bounds
from groundmotion.artefacts.maps import write_raster
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid, grid_over, rasterise
from groundmotion.workflow.job import run_job


def grid_scene(
    *,
    points: Path,
    bounds: Bounds,
    pixel_m: float,
    simulated: bool,
    velocity: Path,
    stamp: Stamp,
) -> None:
    """Average points that share a cell; cells without one are NaN."""
    table, crs, _ = read_point_table(points)
    transform, shape = grid_over(bounds, pixel_m)
    east, north, velocities = (
        table[name].to_numpy() for name in ("easting_m", "northing_m", "velocity_mm_yr")
    )
    values, counts = rasterise(east, north, velocities, transform, shape)
    write_raster(
        velocity,
        Grid(values, transform, crs),
        stamp,
        description="LOS velocity of points, positive toward the satellite",
        unit="mm/yr",
        simulated=simulated,
    )
    logging.info("%d points in %d cells, %.2f %%", len(table), (counts > 0).sum(),
                 100 * (counts > 0).mean())  # fmt: skip


if __name__ == "__main__":
    run_job(grid_scene, snakemake)  # type: ignore[name-defined]  # noqa: F821
