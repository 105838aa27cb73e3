"""Sort the files of one look into tiles, however many points they hold."""

import logging
from pathlib import Path

from groundmotion.aliases import Bounds
from groundmotion.artefacts.provenance import Stamp
from groundmotion.points.partition import Partition
from groundmotion.points.reading import stream_look
from groundmotion.points.schema import ReadRequest
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.nation.points import Sorting, write_partition


def partition_points(
    *,
    files: list[Path],
    look: str,
    bounds: Bounds,
    crs: str,
    columns: dict[str, str],
    files_crs: str | None,
    tile_m: float,
    min_distance_m: float,
    index: Path,
    stamp: Stamp,
) -> None:
    """Stream the files, carry points into the scene's system, clip, sort, drop repeated points.

    Series stay in the files. The tiles lie in the folder of the index.
    """
    request = ReadRequest(
        crs=crs,
        bounds_m=bounds,
        columns=columns,
        files_crs=files_crs,
        keep_series=False,
    )
    sorting = Sorting(Partition(bounds, tile_m), crs, min_distance_m)
    pieces = progress_bar(stream_look(files, request, look), "pieces")
    tiles = write_partition(index.parent, pieces, sorting, stamp)
    total = int(tiles["n_points"].sum())
    logging.info("%d points of %d files in %d tiles", total, len(files), len(tiles))


if __name__ == "__main__":
    run_job(partition_points, snakemake)  # type: ignore[name-defined]  # noqa: F821
