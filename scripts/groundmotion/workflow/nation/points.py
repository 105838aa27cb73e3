"""Points of any number on disk: a folder with a file for each tile, and an index.

The files of a look are read once as a stream and sorted into tiles beside the folder to be; then
tile after tile is thinned and written. Memory holds one piece of the stream and one tile.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from groundmotion.aliases import Bounds
from groundmotion.artefacts.points import write_point_table
from groundmotion.artefacts.provenance import Stamp, sha256_of
from groundmotion.artefacts.tables import read_frame, write_frame
from groundmotion.errors import InputError
from groundmotion.points.partition import RECORD, Partition, Records, records_of, thin_tile

INDEX = "index.parquet"
_INDEX_COLUMNS = ["file", "row", "col", "n_points", "left", "bottom", "right", "top", "sha256"]

#: Points that wait in memory to be sorted; 50 bytes each. The result does not depend on it.
_WAITING_POINTS = 1 << 21

#: Points around a tile that thinning looks at, first try, in distances of thinning.
_REACH_DISTANCES = 32

#: Points lie in a file block by block (so many along a side), in groups of this size: readers of
#: a small window leave most of a file alone.
_BLOCKS = 8
_GROUP_ROWS = 1 << 16


@dataclass(frozen=True)
class Sorting:
    """How points are sorted: tiles, their coordinate system and the distance of thinning."""

    partition: Partition
    crs: str
    min_distance_m: float

    def __post_init__(self) -> None:
        if 2 * self.min_distance_m > self.partition.side_m:
            raise InputError(
                f"points.min_distance_m {self.min_distance_m}: expected at most half the side of "
                f"a tile, {self.partition.side_m} m"
            )


def write_partition(
    folder: Path, pieces: Iterable[pd.DataFrame], sorting: Sorting, stamp: Stamp
) -> pd.DataFrame:
    """Sort points into tiles, thin them, and write a GeoParquet file for each tile.

    The folder appears under its name when it is complete, or not at all.

    Parameters
    ----------
    folder
        To write; replaced if it is there.
    pieces
        Points within the partition's bounds, in the order of the files.
    sorting
        See :class:`Sorting`.
    stamp
        Of every file.

    Returns
    -------
    The index; see :func:`point_index`.
    """
    with _replacing_folder(folder) as partial:
        (partial / "waiting").mkdir()
        waiting = _Waiting(partial / "waiting", sorting)
        for piece in pieces:
            waiting.add(piece)
        waiting.flush()
        rows = []
        for tile in waiting.tiles():
            points = _thinned(waiting, tile, sorting)
            if not len(points):
                continue  # its neighbours have better ones
            row, col = divmod(tile, sorting.partition.counts[1])
            name = f"r{row:03d}_c{col:03d}.parquet"
            table = _in_blocks(points, sorting.partition, tile)[waiting.columns]
            write_point_table(partial / name, table, sorting.crs, stamp, (), _GROUP_ROWS)
            east, north = table["easting_m"], table["northing_m"]
            box = (east.min(), north.min(), east.max(), north.max())
            rows.append((name, row, col, len(table), *box, sha256_of(partial / name)))
        shutil.rmtree(partial / "waiting")
        index = pd.DataFrame(rows, columns=_INDEX_COLUMNS)
        write_frame(partial / INDEX, index, stamp)
    return index


def point_index(folder: Path) -> pd.DataFrame:
    """Return what is in a folder written by :func:`write_partition`, one row per file.

    Returns
    -------
    DataFrame
        ``file, row, col`` of the tile, ``n_points`` and the box around its points, ``left, bottom,
        right, top`` (metres, edges included), and the file's ``sha256``.

    Raises
    ------
    InputError
        If there is no readable index.
    """
    path = folder / INDEX
    try:
        return read_frame(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path}: expected the index of points by tile ({error}); delete {folder} and run "
            "again to have it made anew"
        ) from None


def read_points_window(folder: Path, bounds: Bounds) -> pd.DataFrame:
    """Read the points of a window from the files that touch it.

    Parameters
    ----------
    folder
        Written by :func:`write_partition`.
    bounds
        (left, bottom, right, top): a point on the left or the top edge is in the window.

    Returns
    -------
    DataFrame
        Columns as in ``results/points/{scene}/{look}.parquet``; tile after tile.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    left, bottom, right, top = bounds
    index = point_index(folder)
    touched = index[
        (index["right"] >= left) & (index["left"] < right)
        & (index["top"] > bottom) & (index["bottom"] <= top)
    ]  # fmt: skip
    within = [
        ("easting_m", ">=", left), ("easting_m", "<", right),
        ("northing_m", ">", bottom), ("northing_m", "<=", top),
    ]  # fmt: skip
    # Without any, the first file still says which columns there are.
    files = touched if len(touched) else index[:1]
    tables = [
        _read_file(folder / name, int(count), within)
        for name, count in zip(files["file"], files["n_points"], strict=True)
    ]
    return pa.concat_tables(tables).to_pandas()


def _read_file(path: Path, n_points: int, within: Sequence[tuple[str, str, float]]) -> pa.Table:
    try:
        rows = pq.read_metadata(path).num_rows
        columns = [name for name in pq.read_schema(path).names if name != "geometry"]
        table = pq.read_table(path, columns=columns, filters=list(within))
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path}: expected the points of a tile, as {INDEX} beside it says ({error}); delete "
            f"{path.parent} and run again to have it made anew"
        ) from None
    if rows != n_points:
        raise InputError(
            f"{path}: expected {n_points} points, as {INDEX} beside it says, found {rows}; delete "
            f"{path.parent} and run again to have it made anew"
        )
    return table.replace_schema_metadata(None)


class _Waiting:
    """Points on their way into tiles: in memory, and from time to time on disk."""

    def __init__(self, folder: Path, sorting: Sorting) -> None:
        self._folder, self._partition = folder, sorting.partition
        self.reach_m = min(_REACH_DISTANCES * sorting.min_distance_m, sorting.partition.side_m)
        self._pieces: list[Records] = []
        self._count = self._read = 0
        self._found: set[str] = set()

    @property
    def columns(self) -> list[str]:
        """Columns that any piece had, in their order."""
        return [name for name in RECORD.names or () if name in self._found]

    def add(self, piece: pd.DataFrame) -> None:
        """Take some points."""
        self._pieces.append(records_of(piece, self._read))
        self._found |= set(piece.columns)
        self._read += len(piece)
        self._count += len(piece)
        if self._count >= _WAITING_POINTS:
            self.flush()

    def flush(self) -> None:
        """Append what is in memory to the files of its tiles, and to those of tiles nearby."""
        if not self._pieces:
            return
        points = np.concatenate(self._pieces)
        self._pieces, self._count = [], 0
        self._append("own", points, self._partition.tiles_of(points))
        if self.reach_m > 0:
            for nearby, tiles in self._partition.near_tiles(points, self.reach_m):
                self._append("near", points[nearby], tiles)

    def _append(self, kind: str, points: Records, tiles: np.ndarray) -> None:
        order = np.argsort(tiles, kind="stable")
        numbers, starts = np.unique(tiles[order], return_index=True)
        ends = [*starts[1:], len(tiles)]
        for number, start, end in zip(numbers, starts, ends, strict=True):
            with (self._folder / f"{number}.{kind}").open("ab") as file:
                file.write(points[order[start:end]].tobytes())

    def tiles(self) -> list[int]:
        """Return the numbers of the tiles that have points."""
        return sorted(int(path.stem) for path in self._folder.glob("*.own"))

    def own(self, tile: int) -> Records:
        """Return the points of a tile."""
        return self._load(tile, "own")

    def near(self, tile: int) -> Records:
        """Return the points of other tiles within ``reach_m`` of a tile."""
        return self._load(tile, "near")

    def _load(self, tile: int, kind: str) -> Records:
        path = self._folder / f"{tile}.{kind}"
        return np.fromfile(path, RECORD) if path.is_file() else np.empty(0, RECORD)


def _thinned(waiting: _Waiting, tile: int, sorting: Sorting) -> Records:
    """Return the points of a tile that stay, having looked as far around as that takes."""
    own = waiting.own(tile)
    others, reach_m = waiting.near(tile), waiting.reach_m
    rings = 0
    while True:
        points = np.concatenate([own, others])
        inner = np.arange(len(points)) < len(own)
        extent = _extent(sorting.partition, tile, reach_m)
        survivors = thin_tile(points, inner, extent, sorting.min_distance_m)
        if survivors is not None:
            return survivors
        rings += 1
        reach_m = rings * sorting.partition.side_m
        around = sorting.partition.around(tile, rings)
        others = np.concatenate([waiting.own(other) for other in around] or [others[:0]])


def _extent(partition: Partition, tile: int, reach_m: float) -> Bounds:
    """Return a tile's box, widened; infinite where the extent ends, as there is nothing beyond."""
    left, bottom, right, top = partition.bounds_of(tile)
    first_left, last_bottom, last_right, first_top = partition.bounds_m
    return (
        left - reach_m if left - reach_m > first_left else -np.inf,
        bottom - reach_m if bottom - reach_m > last_bottom else -np.inf,
        right + reach_m if right + reach_m < last_right else np.inf,
        top + reach_m if top + reach_m < first_top else np.inf,
    )


def _in_blocks(points: Records, partition: Partition, tile: int) -> pd.DataFrame:
    """Order the points of a tile by blocks; within one they keep their order."""
    left, _, _, top = partition.bounds_of(tile)
    step = partition.side_m / _BLOCKS
    row = np.floor((top - points["northing_m"]) / step)
    col = np.floor((points["easting_m"] - left) / step)
    ordered = points[np.argsort(row * _BLOCKS + col, kind="stable")]
    return pd.DataFrame({name: ordered[name] for name in RECORD.names or ()})


@contextmanager
def _replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``folder``; move it there once the block has succeeded."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    partial.mkdir()
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
