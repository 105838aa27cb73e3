"""Put the tiles of a scene together into one map, its looks merged (paper §III-D, §IV-C)."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table
from groundmotion.detection.tiles.mosaic import tile_probability
from groundmotion.detection.tiles.tiling import MapTile, tiling_from
from groundmotion.patches.lattice import Smoothing
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.nation.mosaic import Mosaic, write_mosaic
from groundmotion.workflow.nation.tiles import LookFindings


def mosaic_tiles(
    *,
    tiles: Path,
    scores: list[Path],
    looks: list[str],
    scene: dict[str, Any],
    smoothing: tuple[int, float],
    simulated: bool,
    probability: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Merge windows and looks tile by tile; the folder above each batch's names its look."""
    tiling, table = tiling_from(scene), read_table(tiles)
    map_tiles = [tiling.tile(int(row), int(col)) for row, col in table[["row", "col"]].to_numpy()]
    names = [tile.name for tile in map_tiles]
    findings = {
        look: LookFindings([p for p in scores if p.parent.parent.name == look], tiling, names)
        for look in looks
    }

    def values(tile: MapTile) -> NDArray[np.float32]:
        return tile_probability(tiling, tile, findings, Smoothing(*smoothing))

    tags = {
        "description": "probability of deformation, all looks",
        "unit": "1",
        "data": "SIMULATED" if simulated else "measured",
    }
    write_mosaic(
        probability, Mosaic(tiling, map_tiles, values), tags, stamp, threads,
        partial(progress_bar, total=len(map_tiles)),
    )  # fmt: skip
    logging.info("%d tiles of %d looks", len(map_tiles), len(looks))


if __name__ == "__main__":
    run_job(mosaic_tiles, snakemake)  # type: ignore[name-defined]  # noqa: F821
