import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundmotion.artefacts.arrays import read_checked_arrays, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.tiling import tiling_from
from groundmotion.errors import InputError
from groundmotion.workflow.nation.searching import finished_or_made
from groundmotion.workflow.nation.tiles import (
    LookFindings,
    read_tile,
    tile_path,
    work_digest,
    write_batch,
)

SCENE = {
    "bounds": (0, 0, 6000, 5000), "pixel_m": 10, "crs": "EPSG:27700", "tile_px": 280,
    "halo_px": 60, "size_px": 224, "stride_px": 28,
}  # fmt: skip
TILING = tiling_from(SCENE)
STAMP = Stamp(
    1, "search_batch", "abc", {"batch": "0", "look": "asc"}, {"a/tiles.csv": "1"}, {}, "c"
)


def _finding(tile, seed=0):
    rng = np.random.default_rng(seed)
    windows, own = ([p.stop - p.start for p in part] for part in (tile.windows, tile.own))
    scores = rng.random(windows, np.float32)
    scores[:1, :1] = np.nan
    return Finding(scores, rng.random(own) < 0.3)


def _same(one, other):
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.near, other.near)


@pytest.fixture
def batches(tmp_path):
    """The six tiles of a map in two batches."""
    found = {tile.name: _finding(tile, seed) for seed, tile in enumerate(TILING)}
    paths = [tmp_path / f"batch_{number}.safetensors" for number in (0, 1)]
    names = sorted(found)
    for path, part in zip(paths, (names[:4], names[4:]), strict=True):
        write_batch(path, {name: found[name] for name in part}, TILING, STAMP)
    return paths, found


def test_a_finished_tile_is_taken_and_not_made_again(tmp_path):
    tile = TILING.tile(1, 2)
    path, made = tile_path(tmp_path / "batch_0.safetensors", tile.name), []

    def make():
        made.append(tile.name)
        return _finding(tile)

    first = finished_or_made(path, tile, "run", STAMP, make)
    second = finished_or_made(path, tile, "run", STAMP, make)
    assert len(made) == 1
    _same(first, second)
    assert path.name.startswith(".")


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other run"])
def test_a_tile_of_no_use_is_named_and_made_anew(tmp_path, caplog, harm):
    tile = TILING.tile(0, 0)
    path, expected = tmp_path / "tile.safetensors", _finding(tile)
    run = "other" if harm == "other run" else "run"
    finished_or_made(path, tile, run, STAMP, lambda: _finding(tile, 9))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    if harm != "other run":
        path.write_bytes({"cut": content[:-40], "flipped": content, "empty": b""}[harm])
    with pytest.raises(InputError, match=re.escape(str(path))):
        read_tile(path, tile, "run")
    _same(finished_or_made(path, tile, "run", STAMP, lambda: expected), expected)
    assert str(path) in caplog.text
    assert "made anew" in caplog.text
    _same(read_tile(path, tile, "run"), expected)


def test_what_a_tile_depends_on():
    run = work_digest(STAMP, TILING, ("batch", "tiles.csv"))

    def other(**changes):
        return work_digest(replace(STAMP, **changes), TILING, ("batch", "tiles.csv"))

    assert run == other(
        config={"batch": "7", "look": "asc"}, inputs={"b/tiles.csv": "9"}, commit=""
    )
    assert run != other(config={"batch": "0", "look": "desc"})
    assert run != other(code="def")
    assert run != other(inputs={"model.json": "1"})
    assert run != work_digest(STAMP, tiling_from({**SCENE, "halo_px": 61}), ("batch", "tiles.csv"))


def test_batches_give_back_what_was_found(batches):
    paths, found = batches
    tiles = LookFindings(paths, TILING, found)
    for tile in TILING:
        _same(tiles(tile.row, tile.col), found[tile.name])
    assert tiles(-1, 0) is None
    assert tiles(0, 3) is None


def test_the_same_findings_give_the_same_bytes(batches, tmp_path):
    paths, found = batches
    again = tmp_path / "again.safetensors"
    part = {name: found[name] for name in sorted(found)[:4][::-1]}
    write_batch(again, part, TILING, STAMP)
    assert again.read_bytes() == paths[0].read_bytes()


def test_a_missing_or_damaged_batch_is_named(batches):
    paths, found = batches
    content = paths[1].read_bytes()
    paths[1].write_bytes(content[:-10])
    with pytest.raises(InputError, match=rf"{re.escape(str(paths[1]))}.*run again"):
        LookFindings(paths, TILING, found)
    paths[1].unlink()
    with pytest.raises(InputError, match=rf"{re.escape(str(paths[1]))}.*run again"):
        LookFindings(paths, TILING, found)


def test_a_tile_in_no_batch_is_named(batches):
    paths, found = batches
    with pytest.raises(InputError, match=r"r001_c001, r001_c002 are in none of 1 batches"):
        LookFindings(paths[:1], TILING, found)


@pytest.mark.parametrize("change", [{"bounds": (0, 0, 6000, 5010)}, {"crs": "EPSG:3035"}])
def test_batches_of_another_map_are_refused(batches, change):
    paths, found = batches
    with pytest.raises(InputError, match="same extent, CRS and tiles"):
        LookFindings(paths, tiling_from({**SCENE, **change}), found)


def test_arrays_are_checked_against_their_stamp(tmp_path):
    path = Path(tmp_path / "a.safetensors")
    write_arrays(path, {"a": np.arange(3)}, STAMP, {"b": 1})
    arrays, extra = read_checked_arrays(path)
    np.testing.assert_array_equal(arrays["a"], [0, 1, 2])
    assert extra == {"b": 1}
