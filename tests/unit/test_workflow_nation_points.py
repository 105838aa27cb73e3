import hashlib
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_points_partition import BOUNDS, PARTITION, some_points

from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.errors import InputError
from groundmotion.points.merging import thin_close
from groundmotion.points.partition import Partition
from groundmotion.points.schema import PointSet
from groundmotion.workflow.nation import points as pointfiles
from groundmotion.workflow.nation.points import (
    Sorting,
    point_index,
    read_points_window,
    write_partition,
)

STAMP = make_stamp(rule="partition_points", code="x", config={}, inputs=[], base=Path())
CRS = "EPSG:27700"


def pieces(table, size):
    return (table[first : first + size] for first in range(0, len(table), size))


def written(folder, table, size=700, distance=5.0):
    write_partition(folder, pieces(table, size), Sorting(PARTITION, CRS, distance), STAMP)
    return folder


def in_order(table):
    return table.sort_values(list(table.columns), ignore_index=True)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("distance", [0.0, 1.0, 5.0, 40.0])
def test_all_tiles_together_are_the_thinned_points_of_the_look(tmp_path, distance):
    table = some_points(5000)
    folder = written(tmp_path / "asc", table, distance=distance)
    found = read_points_window(folder, (0.0, 0.0, 9e9, 9e9))
    wanted = thin_close(PointSet(table, CRS, ()), distance).table
    pd.testing.assert_frame_equal(in_order(found), in_order(wanted))


def test_a_chain_across_tiles_is_followed(tmp_path):
    # Thinning at the left end hangs on the right end, four tiles away.
    count = 900
    table = some_points(count).assign(
        easting_m=1000.5 + np.arange(count), northing_m=2500.0,
        coherence=np.linspace(0.1, 0.9, count, dtype=np.float32),
    )  # fmt: skip
    folder = written(tmp_path / "asc", table, distance=1.5)
    found = read_points_window(folder, BOUNDS)
    assert in_order(found)["easting_m"].tolist() == (1001.5 + np.arange(0, count, 2)).tolist()


def test_bytes_depend_neither_on_pieces_nor_on_memory(tmp_path, monkeypatch):
    table = some_points(5000)
    one = contents(written(tmp_path / "one", table, size=5000))
    monkeypatch.setattr(pointfiles, "_WAITING_POINTS", 333)
    other = contents(written(tmp_path / "other", table, size=61))
    assert one == other


def test_a_window_holds_the_points_within_it_in_the_columns_of_all(tmp_path):
    table = some_points(4000)
    folder = written(tmp_path / "asc", table, distance=0.0)
    for window in ((1100.0, 2050.0, 1413.0, 2300.0), (1400.0, 2300.0, 1600.0, 2500.0)):
        left, bottom, right, top = window
        east, north = table["easting_m"], table["northing_m"]
        wanted = table[(east >= left) & (east < right) & (north > bottom) & (north <= top)]
        found = read_points_window(folder, window)
        assert len(wanted) > 50
        pd.testing.assert_frame_equal(in_order(found), in_order(wanted))
    nothing = read_points_window(folder, (0.0, 0.0, 10.0, 10.0))
    assert len(nothing) == 0
    assert list(nothing.dtypes.items()) == list(table.dtypes.items())


def test_only_the_files_that_touch_a_window_are_read(tmp_path):
    table = some_points(4000)
    folder = written(tmp_path / "asc", table)
    for path in folder.glob("r*_c*.parquet"):
        if path.name not in ("r001_c001.parquet", "r001_c002.parquet"):
            path.write_bytes(b"")
    assert len(read_points_window(folder, (1250.0, 2320.0, 1550.0, 2480.0)))


def test_the_index_says_where_points_are(tmp_path):
    table = some_points(4000)
    folder = written(tmp_path / "asc", table)
    index = point_index(folder)
    assert list(index.columns) == [
        "file", "row", "col", "n_points", "left", "bottom", "right", "top", "sha256",
    ]  # fmt: skip
    for row in index.itertuples():
        tile = geopandas.read_parquet(folder / row.file)
        assert hashlib.sha256((folder / row.file).read_bytes()).hexdigest() == row.sha256
        assert tile.crs == CRS and len(tile) == row.n_points
        assert tuple(tile.total_bounds) == (row.left, row.bottom, row.right, row.top)
        assert (tile.geometry.x == tile["easting_m"]).all()
        assert read_stamp(folder / row.file)["rule"] == "partition_points"
    assert read_stamp(folder / "index.parquet")["rule"] == "partition_points"


def test_points_of_a_cell_stay_in_the_order_of_the_files(tmp_path):
    # Sums of points that share a cell depend on their order.
    table = some_points(4000).assign(height_m=np.arange(4000, dtype=np.float32))
    folder = written(tmp_path / "asc", table, distance=0.0)
    found = read_points_window(folder, BOUNDS)
    cell = (found["easting_m"] // 5) * 1e6 + (BOUNDS[3] - found["northing_m"]) // 5
    assert found.groupby(cell)["height_m"].is_monotonic_increasing.all()


def test_columns_are_those_of_any_piece(tmp_path):
    one, other = some_points(300, 1), some_points(300, 2).drop(columns="coherence")
    parts = [one, other.assign(height_m=np.float32(7))]
    write_partition(tmp_path / "asc", parts, Sorting(PARTITION, CRS, 0.0), STAMP)
    found = read_points_window(tmp_path / "asc", BOUNDS)
    assert list(found.columns) == [*one.columns, "height_m"]
    assert found["height_m"].notna().sum() == 300


# --- when something goes wrong --------------------------------------------------------------------


def test_an_interrupted_partition_leaves_nothing(tmp_path):
    def broken():
        yield some_points(3000)
        raise InputError("line 3001: no number")

    with pytest.raises(InputError, match="line 3001"):
        write_partition(tmp_path / "asc", broken(), Sorting(PARTITION, CRS, 1.0), STAMP)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_does_not_matter(tmp_path):
    left_over = tmp_path / ".partial-asc"
    (left_over / "waiting").mkdir(parents=True)
    (left_over / "waiting/3.own").write_bytes(b"rest")
    (tmp_path / "asc").mkdir()
    (tmp_path / "asc/old.parquet").write_bytes(b"old")
    table = some_points(3000)
    again = contents(written(tmp_path / "asc", table))
    assert again == contents(written(tmp_path / "fresh", table))
    assert {path.name for path in tmp_path.iterdir()} == {"asc", "fresh"}


def damaged(kind, folder, path):
    if kind == "missing":
        path.unlink()
    elif kind == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "of another run":
        pq.write_table(pq.read_table(path)[:-1], path)
    elif kind == "no index":
        path = folder / "index.parquet"
        path.unlink()
    return path


@pytest.mark.parametrize("kind", ["missing", "truncated", "of another run", "no index"])
def test_a_missing_or_damaged_file_is_named(tmp_path, kind):
    folder = written(tmp_path / "asc", some_points(3000))
    path = damaged(kind, folder, folder / "r001_c002.parquet")
    with pytest.raises(InputError, match=rf"{path.name}: expected .* delete .*asc and run again"):
        read_points_window(folder, BOUNDS)


def test_a_distance_as_large_as_a_tile_is_refused():
    with pytest.raises(InputError, match=r"points\.min_distance_m 150\.0: expected at most half"):
        Sorting(Partition(BOUNDS, 200.0), CRS, 150.0)
