"""Search a batch of tiles of a scene too large for memory, one look (paper §IV-C)."""

import logging
import resource
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.search import gridded, search_tile
from groundmotion.detection.tiles.tiling import MapTile, tiling_from
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.nation.searching import finished_or_made, tile_search
from groundmotion.workflow.nation.tiles import tile_path, work_digest, write_batch
from groundmotion.workflow.nation.windows import window_points

#: What says which tiles a job takes, not what is found in them.
_APART = ("batch", "tiles.csv")


def search_batch(
    *,
    look: str,
    batch: str,
    tiles: Path,
    outline: list[Path],
    measured: list[Path],
    weights: Path,
    model: Path,
    calibration: Path,
    scene: dict[str, Any],
    simulation: dict[str, Any],
    settings: dict[str, Any],
    scores: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Search the tiles of a batch, but for those that an earlier, killed job has finished."""
    tiling, table = tiling_from(scene), read_table(tiles)
    search = tile_search(weights, model, calibration, {**settings, **scene}, threads)
    supply = window_points({**simulation, **scene}, outline, measured)
    run = work_digest(stamp, tiling, _APART)

    def find(tile: MapTile) -> Finding:
        points = supply(look, tiling.bounds(tile.read))
        return search_tile(tile, gridded(tiling, tile, points), search)

    places = table.loc[table["batch"] == int(batch), ["row", "col"]].to_numpy()
    findings: dict[str, Finding] = {}
    for row, col in progress_bar(places, f"{look}, batch {batch}"):
        tile, start = tiling.tile(int(row), int(col)), perf_counter()
        path = tile_path(scores, tile.name)
        findings[tile.name] = finished_or_made(path, tile, run, stamp, partial(find, tile))
        logging.info(
            "%s: %d windows scored, %.1f s, %d MB at most", tile.name,
            findings[tile.name].scored, perf_counter() - start,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )  # fmt: skip
    write_batch(scores, findings, tiling, stamp)
    for name in findings:
        tile_path(scores, name).unlink(missing_ok=True)


if __name__ == "__main__":
    run_job(search_batch, snakemake)  # type: ignore[name-defined]  # noqa: F821
