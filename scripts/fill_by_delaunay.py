"""Fill one look of a scene by Delaunay triangulation, for Fig. 2."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid
from groundmotion.interpolation.filler import Filler
from groundmotion.workflow.job import run_job


def fill_by_delaunay(
    *,
    velocity: Path,
    filled: Path,
    fills: dict[str, Any],
    simulated: bool,
    stamp: Stamp,
) -> None:
    """Fill the whole extent, farther from points than the scene's own fill reaches too."""
    grid = read_raster(velocity)
    values = Filler.from_config("delaunay", fills, grid.pixel_m)(grid.values)
    write_raster(
        filled,
        Grid(values, grid.transform, grid.crs),
        stamp,
        description="velocity, filled by Delaunay triangulation after a median of 3 × 3",
        unit="mm/yr",
        simulated=simulated,
    )


if __name__ == "__main__":
    run_job(fill_by_delaunay, snakemake)  # type: ignore[name-defined]  # noqa: F821
