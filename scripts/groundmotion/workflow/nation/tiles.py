"""Files of what was found in tiles: one per tile while a job is at work, one per finished batch.

A killed job loses the tile it was at, no more: the next one reads the files of finished tiles, if
they are whole and come from the same code, settings and inputs.
"""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.artefacts.arrays import read_checked_arrays, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.tiling import MapTile, Tiling
from groundmotion.errors import InputError

Arrays = Mapping[str, NDArray[Any]]

#: Batches held in memory; a tile and its neighbours lie in fewer.
_BATCHES_HELD = 12


def work_digest(stamp: Stamp, tiling: Tiling, apart: Collection[str]) -> str:
    """Digest all that a tile's file depends on: code, settings, inputs, packages and the tiling.

    Parameters
    ----------
    stamp
        Of the job.
    tiling
        Of the whole map.
    apart
        Settings and inputs that do not matter to a single tile, such as the number of its batch.
        Inputs go by their file names.
    """
    content = asdict(replace(stamp, commit=""))
    content["config"] = {k: v for k, v in stamp.config.items() if k not in apart}
    content["inputs"] = {k: v for k, v in stamp.inputs.items() if Path(k).name not in apart}
    content["tiling"] = describe(tiling)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def describe(tiling: Tiling) -> dict[str, Any]:
    """Return a tiling as plain data, to be kept with files and compared."""
    return {
        "crs": tiling.crs,
        "transform": list(tiling.transform)[:6],
        "shape": list(tiling.shape),
        "tile_px": tiling.tile_px,
        "halo_px": tiling.halo_px,
        "window_px": tiling.lattice.size_px,
        "stride_px": tiling.lattice.stride_px,
    }


# --- tiles ----------------------------------------------------------------------------------------


def tile_path(batch: Path, name: str) -> Path:
    """Return where a tile's file lies while its batch is not finished: a hidden neighbour."""
    return batch.with_name(f".tile_{name}.safetensors")


def write_tile(path: Path, finding: Finding, run: str, stamp: Stamp) -> None:
    """Write what was found in one tile by the run with the digest ``run``."""
    write_arrays(path, _packed(finding), stamp, {"run": run})


def read_tile(path: Path, tile: MapTile, run: str) -> Finding | None:
    """Read what the same run found in a tile before it was stopped; None if there is nothing.

    Raises
    ------
    InputError
        If the file is damaged, or was made by other code or from other settings or inputs.
    """
    if not path.exists():
        return None
    arrays, extra = read_checked_arrays(path)
    if extra.get("run") != run:
        raise InputError(f"{path}: was made by other code, or from other settings or inputs")
    return _unpacked(arrays, tile)


def _packed(finding: Finding) -> dict[str, NDArray[Any]]:
    bits = zlib.compress(np.packbits(finding.near).tobytes(), 6)
    return {"scores": finding.scores, "near": np.frombuffer(bits, np.uint8)}


def _unpacked(arrays: Arrays, tile: MapTile) -> Finding:
    rows, cols = (part.stop - part.start for part in tile.own)
    bits = np.frombuffer(zlib.decompress(arrays["near"].tobytes()), np.uint8)
    near = np.unpackbits(bits, count=rows * cols).astype(bool).reshape(rows, cols)
    return Finding(arrays["scores"], near)


# --- batches --------------------------------------------------------------------------------------


def write_batch(path: Path, findings: Mapping[str, Finding], tiling: Tiling, stamp: Stamp) -> None:
    """Write what was found in all tiles of a batch, by the tiles' names."""
    arrays = {
        f"{name}/{part}": values
        for name, finding in findings.items()
        for part, values in _packed(finding).items()
    }
    extra = {"tiles": sorted(findings), "tiling": describe(tiling)}
    write_arrays(path, arrays, stamp, extra)


class LookFindings:
    """What one look found, read from its batches as it is asked for.

    Parameters
    ----------
    paths
        Files of all batches.
    tiling
        Of the whole map.
    listed
        Names of the tiles that must be there.

    Raises
    ------
    InputError
        If a batch is missing, damaged or of another map, or a tile is in none.
    """

    def __init__(self, paths: Sequence[Path], tiling: Tiling, listed: Iterable[str]) -> None:
        self._tiling = tiling
        self._place: dict[str, Path] = {}
        self._batch = lru_cache(maxsize=_BATCHES_HELD)(read_checked_arrays)
        for path in paths:
            _, extra = self._batch(path)
            if extra.get("tiling") != describe(tiling):
                raise InputError(
                    f"{path}: covers another map or other tiles: expected {describe(tiling)}, got "
                    f"{extra.get('tiling')}; all passes need the same extent, CRS and tiles: "
                    "delete it and run again"
                )
            self._place |= dict.fromkeys(extra["tiles"], path)
        missing = sorted(set(listed) - set(self._place))
        if missing:
            raise InputError(
                f"{paths[0].parent if paths else 'batches'}: tiles {', '.join(missing[:5])} are in "
                f"none of {len(paths)} batches ({len(missing)} missing); delete these batches and "
                "run again"
            )

    def __call__(self, row: int, col: int) -> Finding | None:
        """Return what was found in the tile of a row and column; None where it is not listed."""
        rows, cols = self._tiling.counts
        if not (0 <= row < rows and 0 <= col < cols):
            return None
        tile = self._tiling.tile(row, col)
        if tile.name not in self._place:
            return None
        arrays, _ = self._batch(self._place[tile.name])
        return _unpacked({part: arrays[f"{tile.name}/{part}"] for part in ("scores", "near")}, tile)
