"""Read the files of one look into the scene's table of points."""

import logging
from pathlib import Path

from groundmotion.aliases import Bounds
from groundmotion.artefacts.points import write_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.points.reading import read_look
from groundmotion.points.schema import ReadRequest
from groundmotion.workflow.job import run_job


def import_points(
    *,
    files: list[Path],
    look: str,
    bounds: Bounds,
    crs: str,
    columns: dict[str, str],
    files_crs: str | None,
    min_distance_m: float,
    keep_series: bool,
    points: Path,
    stamp: Stamp,
) -> None:
    """Merge the files, carry them into the scene's system, clip, and drop repeated points."""
    request = ReadRequest(
        crs=crs,
        bounds_m=bounds,
        columns=columns,
        files_crs=files_crs,
        keep_series=keep_series,
    )
    point_set = read_look(files, request, look, min_distance_m)
    write_point_table(points, point_set.table, point_set.crs, stamp, point_set.dates)
    logging.info(
        "%d points of %d files, %d dates", len(point_set), len(files), len(point_set.dates)
    )


if __name__ == "__main__":
    run_job(import_points, snakemake)  # type: ignore[name-defined]  # noqa: F821
