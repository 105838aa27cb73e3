"""Fill one look of a scene by Delaunay triangulation, for Fig. 2."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid
from groundmotion.interpolation.fills import fill
from groundmotion.interpolation.settings import FillSettings
from groundmotion.workflow.job import run_job


def fill_by_delaunay(
    *,
    velocity: Path,
    filled: Path,
    interpolation: dict[str, Any],
    simulated: bool,
    stamp: Stamp,
) -> None:
    """Fill the whole extent, farther from points than the scene's own fill reaches too."""
    grid = read_raster(velocity)
    settings = FillSettings.from_config(interpolation, None)
    values = fill("delaunay", grid.values, settings)
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
