import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groundmotion.errors import InputError
from groundmotion.points.merging import thin_close
from groundmotion.points.partition import Partition, records_of, thin_tile
from groundmotion.points.reading import read_look, stream_look
from groundmotion.points.schema import PointSet, ReadRequest

BOUNDS = (1000.0, 2000.0, 1950.0, 2700.0)
PARTITION = Partition(BOUNDS, 200.0)


def some_points(count, seed=3):
    """Points of few coherences, many at the very same place, some on edges of tiles."""
    rng = np.random.default_rng(seed)
    east = rng.uniform(BOUNDS[0], BOUNDS[2], count).round(1)
    north = BOUNDS[3] - rng.uniform(0, BOUNDS[3] - BOUNDS[1] - 0.1, count).round(1)
    east[:20], north[20:40] = 1400.0, 2300.0
    again = rng.integers(0, count, count // 10)
    east[-len(again) :], north[-len(again) :] = east[again], north[again]
    coherence = rng.integers(3, 9, count) / np.float32(10)
    coherence[rng.random(count) < 0.05] = np.nan
    return pd.DataFrame(
        {
            "easting_m": east,
            "northing_m": north,
            "velocity_mm_yr": rng.normal(size=count).astype(np.float32),
            "coherence": coherence.astype(np.float32),
        }
    )


# --- tiles --------------------------------------------------------------------------------------


def test_every_point_is_in_the_box_of_its_tile():
    table = some_points(3000)
    tiles = PARTITION.tiles_of(records_of(table, 0))
    assert PARTITION.counts == (4, 5)
    for tile, east, north in zip(tiles, table["easting_m"], table["northing_m"], strict=True):
        left, bottom, right, top = PARTITION.bounds_of(int(tile))
        assert left <= east < right and bottom < north <= top


@pytest.mark.parametrize("reach_m", [0.5, 30.0, 200.0])
def test_near_tiles_are_those_within_reach(reach_m):
    records = records_of(some_points(300), 0)
    found = {
        (int(i), int(tile))
        for chosen, tiles in PARTITION.near_tiles(records, reach_m)
        for i, tile in zip(chosen, tiles, strict=True)
    }
    own = PARTITION.tiles_of(records)
    places = records[["easting_m", "northing_m"]].tolist()
    for (i, (east, north)), tile in itertools.product(enumerate(places), range(20)):
        left, bottom, right, top = PARTITION.bounds_of(tile)
        away = max(left - east, east - right, bottom - north, north - top)
        if abs(away - reach_m) > 1e-9 and tile != own[i]:  # at the very reach either will do
            assert ((i, tile) in found) == (away < reach_m)


def test_tiles_around_one_are_those_next_to_it():
    assert PARTITION.around(0, 1) == [1, 5, 6]
    assert len(PARTITION.around(7, 1)) == 8
    assert len(PARTITION.around(7, 9)) == 19


def test_a_partition_needs_a_side():
    with pytest.raises(InputError, match="expected a positive side"):
        Partition(BOUNDS, 0.0)


# --- thinning -----------------------------------------------------------------------------------


def test_a_tile_is_thinned_as_the_whole_or_says_that_it_cannot():
    table = some_points(6000)
    wanted = thin_close(PointSet(table, "EPSG:27700", ()), 5.0).table
    records = records_of(table, 0)
    tiles, decided = PARTITION.tiles_of(records), []
    for tile in range(20):
        left, bottom, right, top = PARTITION.bounds_of(tile)
        for reach in (5.0, 40.0):
            seen = (left - reach, bottom - reach, right + reach, top + reach)
            near = (records["easting_m"] >= seen[0]) & (records["easting_m"] < seen[2])
            near &= (records["northing_m"] > seen[1]) & (records["northing_m"] <= seen[3])
            found = thin_tile(records[near][::-1], (tiles == tile)[near][::-1], seen, 5.0)
            decided.append((reach, found is not None))
            if found is not None:
                own = PARTITION.tiles_of(records_of(wanted, 0)) == tile
                assert np.array_equal(found["velocity_mm_yr"], wanted["velocity_mm_yr"][own])
    assert all(done for reach, done in decided if reach == 40.0)
    assert not all(done for reach, done in decided if reach == 5.0)


def test_a_chain_of_ever_better_points_is_followed_to_its_end():
    # Each is better than the one to its left and 1 m from it: from the right end on every second
    # stays, so what happens at the left end hangs on how many there are.
    table = pd.DataFrame(
        {
            "easting_m": 1100.0 + np.arange(150.0),
            "northing_m": 2500.0,
            "velocity_mm_yr": np.arange(150, dtype=np.float32),
            "coherence": np.linspace(0.1, 0.9, 150, dtype=np.float32),
        }
    )
    records = records_of(table, 0)
    inner = PARTITION.tiles_of(records) == PARTITION.tiles_of(records)[0]
    far = (-np.inf, -np.inf, np.inf, np.inf)
    near = records["easting_m"] < 1240.0
    assert thin_tile(records[near], inner[near], (*far[:2], 1240.0, np.inf), 1.5) is None
    kept = thin_tile(records, inner, far, 1.5)
    assert kept["number"].tolist() == [n for n in range(100) if (149 - n) % 2 == 0]


# --- streaming ----------------------------------------------------------------------------------


def files_of(folder: Path) -> tuple[list[Path], ReadRequest]:
    paths = []
    for number, seed in enumerate((1, 2)):
        table = some_points(500, seed)
        if number:
            table = table.drop(columns="coherence")
        paths.append(folder / f"part{number}.csv")
        table.to_csv(paths[-1], index=False)
    bounds = (1100.0, 2100.0, 1900.0, 2600.0)
    return paths, ReadRequest("EPSG:27700", bounds, {}, "EPSG:27700", keep_series=False)


def test_the_stream_of_a_look_is_the_look(tmp_path):
    paths, request = files_of(tmp_path)
    whole = read_look(paths, request, "asc", 0.0).table
    stream = pd.concat(stream_look(paths, request, "asc"), ignore_index=True)
    pd.testing.assert_frame_equal(stream[whole.columns], whole)


def test_the_stream_of_files_that_lie_elsewhere_is_an_error(tmp_path):
    paths, request = files_of(tmp_path)
    away = ReadRequest("EPSG:27700", (0.0, 0.0, 10.0, 10.0), {}, "EPSG:27700", keep_series=False)
    with pytest.raises(InputError, match=r"none lies within bounds .*part1\.csv covers"):
        list(stream_look(paths, away, "asc"))
    with pytest.raises(InputError, match="at least one file"):
        list(stream_look([], request, "asc"))
    series = ReadRequest("EPSG:27700", None, {}, "EPSG:27700", keep_series=True)
    with pytest.raises(InputError, match="expected a crs and no series"):
        list(stream_look(paths, series, "asc"))


def test_passes_that_differ_between_pieces_are_refused(tmp_path):
    table = some_points(50)
    for name, east in (("one", -0.6), ("other", 0.6)):
        table.assign(los_east=east).to_csv(tmp_path / f"{name}.csv", index=False)
    paths = [tmp_path / "one.csv", tmp_path / "other.csv"]
    request = ReadRequest("EPSG:27700", None, {}, "EPSG:27700", keep_series=False)
    with pytest.raises(InputError, match=r"look asc: the files .* are of desc"):
        list(stream_look(paths, request, "asc"))
