"""Merge the probability maps of a scene's looks (paper §III-D)."""

from pathlib import Path

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection import looks as detection_looks
from groundmotion.grid import Grid, check_same_grid
from groundmotion.workflow.job import run_job


def merge_looks(*, looks: list[Path], simulated: bool, probability: Path, stamp: Stamp) -> None:
    """Average ascending and descending looks; the folder of each map names its look."""
    grids = {path.parent.name: read_raster(path) for path in looks}
    check_same_grid(grids)
    merged = detection_looks.merge_looks({look: grid.values for look, grid in grids.items()})
    first = grids[looks[0].parent.name]
    write_raster(
        probability,
        Grid(merged, first.transform, first.crs),
        stamp,
        description="probability of deformation, all looks",
        unit="1",
        simulated=simulated,
        cog=True,
    )


if __name__ == "__main__":
    run_job(merge_looks, snakemake)  # type: ignore[name-defined]  # noqa: F821
