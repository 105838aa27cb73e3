"""List the tiles of a scene too large for memory that hold anything (paper §IV-C)."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.detection.tiles.tiling import tiling_from
from groundmotion.workflow.job import run_job
from groundmotion.workflow.nation.windows import ground_of


def list_tiles(
    *,
    outline: list[Path],
    measured: list[Path],
    scene: dict[str, Any],
    simulation: dict[str, Any],
    tiles_per_job: int,
    tiles: Path,
    stamp: Stamp,
) -> None:
    """Write row, column and batch of every tile that reads a piece of land, or measured points.

    A tile at the coast without land of its own is listed where its windows or its fill reach land.
    """
    tiling = tiling_from(scene)
    land = ground_of({**simulation, **scene}, outline, measured)
    rows = []
    for tile in tiling:
        ground = shapely.clip_by_rect(land, *tiling.bounds(tile.read))
        if ground.area > 0:
            own = shapely.box(*tiling.bounds(tile.own))
            share = shapely.clip_by_rect(ground, *own.bounds).area / own.area
            rows.append({"row": tile.row, "col": tile.col, "land_share": share})
    table = pd.DataFrame(rows, columns=["row", "col", "land_share"])
    table.insert(2, "batch", table.index // tiles_per_job)
    write_table(tiles, table, stamp)
    logging.info("%d of %d tiles hold land, in %d batches", len(table),
                 tiling.counts[0] * tiling.counts[1], table["batch"].nunique())  # fmt: skip


if __name__ == "__main__":
    run_job(list_tiles, snakemake)  # type: ignore[name-defined]  # noqa: F821
