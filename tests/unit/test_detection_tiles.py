"""A map searched tile by tile against the same map searched in one piece."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import ndimage

from groundmotion.detection.detector import Detector
from groundmotion.detection.looks import merge_looks
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.detection.tiles.mosaic import tile_probability
from groundmotion.detection.tiles.search import TileSearch, gridded, search_tile
from groundmotion.detection.tiles.tiling import tiling_from, within
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap
from groundmotion.networks.building import build_network
from groundmotion.patches.lattice import Lattice, Smoothing
from groundmotion.patches.wrapping import ImageSettings, WrapSet

torch.set_num_threads(1)

SHAPE = (605, 700)
SCENE = {
    "bounds": (1000, 0, 1000 + 10 * SHAPE[1], 10 * SHAPE[0]),
    "pixel_m": 10, "crs": "EPSG:27700", "tile_px": 280, "halo_px": 60, "size_px": 224,
    "stride_px": 28,
}  # fmt: skip
SMOOTHING = Smoothing(20, 5.0)
GAP_PX = 40.0


def _blurred(sparse):
    """A fill that reaches 41 pixels and no farther, to the last bit the same in every window."""
    known = np.isfinite(sparse)
    kernel = np.bartlett(85)[1:-1]
    parts = (np.where(known, sparse, 0.0), known.astype(np.float64))
    total, weight = (
        ndimage.correlate1d(ndimage.correlate1d(part, kernel, 0, mode="constant"), kernel, 1,
                            mode="constant") for part in parts
    )  # fmt: skip
    return (total / np.maximum(weight, 1e-9)).astype(np.float32)


@pytest.fixture(scope="module")
def search():
    network = build_network("compact", 1, difference=True, seed=2).eval()
    image = ImageSettings("unwrapped", 5.0)
    detector = Detector(network, image, (WrapSet(1.0, (0.0,)),), torch.device("cpu"), None)
    how = DetectionSettings(Lattice(224, 28), SMOOTHING, 20, block_windows=5, batch_windows=8)
    return TileSearch(_blurred, detector, how, GAP_PX, SCENE["halo_px"])


@pytest.fixture(scope="module")
def looks():
    """Points of two looks: dense in the west, none in the middle, few in the east."""
    rng = np.random.default_rng(5)
    row, col = np.mgrid[: SHAPE[0], : SHAPE[1]]
    share = np.select([col < 330, col < 520], [0.03, 0.0], 0.002)
    made = {}
    for look in ("asc", "desc"):
        values = 6 * np.exp(-((row - 285) ** 2 + (col - 275) ** 2) / 900) + rng.normal(0, 1, SHAPE)
        made[look] = np.where(rng.random(SHAPE) < share, values, np.nan).astype(np.float32)
    made["desc"][:300] = np.nan
    return made


def _untiled(sparse, search):
    far = beyond_gap(np.isfinite(sparse), GAP_PX)
    filled = np.where(far, np.float32(np.nan), _blurred(sparse))
    found = detect(filled, np.isfinite(sparse), search.detector, search.settings, lambda i, _: i)
    return np.where(far, np.float32(np.nan), found)


def _findings(tiling, sparse, search):
    found = {}
    for tile in tiling:
        if np.isfinite(sparse[tile.read]).any():
            found[tile.row, tile.col] = search_tile(tile, sparse[tile.read], search)
    return lambda row, col: found.get((row, col))


def test_tiles_and_windows_cover_the_map_once():
    tiling = tiling_from(SCENE)
    pixels, windows = np.zeros(SHAPE, int), np.zeros(tiling.lattice.windows(SHAPE), int)
    for tile in tiling:
        pixels[tile.own] += 1
        windows[tile.windows] += 1
        for own, seen, read in zip(tile.own, tile.extent, tile.read, strict=True):
            assert read.start <= seen.start == own.start
            assert own.stop <= seen.stop <= read.stop
    assert (pixels == 1).all()
    assert (windows == 1).all()


def test_a_tile_sees_all_that_its_windows_cover():
    tiling = tiling_from(SCENE)
    for tile in tiling:
        for part, seen, length in zip(tile.windows, tile.extent, SHAPE, strict=True):
            if part.stop > part.start:
                assert seen.stop == min((part.stop - 1) * 28 + 224, length)


def test_coordinates_of_a_part_of_the_map():
    tiling = tiling_from(SCENE)
    part = (slice(10, 20), slice(5, 8))
    assert tiling.bounds(part) == (1050, 5850, 1080, 5950)
    assert tiling.transform_of(part) @ (0, 0) == (1050, 5950)


def test_tiles_must_share_the_lattice():
    with pytest.raises(InputError, match=r"multiple of windows\.stride_px"):
        tiling_from({**SCENE, "tile_px": 250})


def test_tiles_give_the_map_of_one_piece_to_the_last_bit(looks, search):
    tiling = tiling_from(SCENE)
    expected = merge_looks({look: _untiled(sparse, search) for look, sparse in looks.items()})
    found = {look: _findings(tiling, sparse, search) for look, sparse in looks.items()}
    made = np.zeros(SHAPE, np.float32)
    for tile in tiling:
        made[tile.own] = tile_probability(tiling, tile, found, SMOOTHING)
    np.testing.assert_array_equal(made, expected)
    assert np.isnan(made).any()
    assert np.isfinite(made).mean() > 0.4


def test_a_track_that_does_not_see_a_tile_takes_no_part(looks, search):
    tiling = tiling_from(SCENE)
    findings = _findings(tiling, looks["asc"], search)
    alone = tile_probability(tiling, tiling.tile(1, 1), {"asc117": findings}, SMOOTHING)

    def blind(_row, _col):
        return None

    other = {"asc117": findings, "asc015": blind, "desc022": blind}
    both = tile_probability(tiling, tiling.tile(1, 1), other, SMOOTHING)
    np.testing.assert_array_equal(both, alone)
    none = tile_probability(tiling, tiling.tile(1, 1), {"asc": blind}, SMOOTHING)
    assert np.isnan(none).all()
    assert none.shape == alone.shape


@pytest.mark.parametrize("where", [(300, 300), (250, 300)], ids=["one inside", "one in the halo"])
def test_a_tile_with_a_single_point_scores_nothing_and_is_not_filled(search, where):
    def never(_):
        raise AssertionError("filled in vain")

    tile = tiling_from(SCENE).tile(1, 1)
    sparse = np.full(SHAPE, np.nan, np.float32)
    sparse[where] = 1.0
    found = search_tile(tile, sparse[tile.read], replace(search, filler=never))
    assert found.scored == 0
    away = np.hypot(*np.mgrid[-where[0] : SHAPE[0] - where[0], -where[1] : SHAPE[1] - where[1]])
    np.testing.assert_array_equal(found.near, (away <= GAP_PX)[tile.own])


def test_only_the_ground_around_points_is_filled(search):
    shapes = []

    def watched(sparse):
        shapes.append(sparse.shape)
        return _blurred(sparse)

    tile = tiling_from(SCENE).tile(0, 1)
    sparse = np.full(SHAPE, np.nan, np.float32)
    sparse[100:130, 400:470] = 1.0
    found = search_tile(tile, sparse[tile.read], replace(search, filler=watched))
    whole = search_tile(tile, sparse[tile.read], replace(search, halo_px=9999))
    np.testing.assert_array_equal(found.scores, whole.scores)
    assert found.scored > 0
    assert shapes == [(150, 192)]  # 30 + 2 · 60 and 70 + 2 · 60, the latter rounded up


def test_a_map_narrower_than_a_window_has_one_tile_and_one_column_of_windows(search):
    tiling = tiling_from({**SCENE, "bounds": (0, 0, 900, 4000)})
    assert tiling.counts == (2, 1)
    sparse = np.random.default_rng(0).normal(0, 1, (400, 90)).astype(np.float32)
    sparse[np.random.default_rng(1).random((400, 90)) > 0.05] = np.nan
    found = _findings(tiling, sparse, search)
    made = [tile_probability(tiling, t, {"asc": found}, SMOOTHING) for t in tiling]
    np.testing.assert_array_equal(np.concatenate(made), _untiled(sparse, search))


def test_a_tile_refuses_the_map_of_another(search):
    with pytest.raises(InputError, match="r000_c000"):
        search_tile(tiling_from(SCENE).tile(0, 0), np.zeros((3, 3), np.float32), search)


def test_points_fall_into_the_cells_that_a_tile_reads():
    tiling = tiling_from(SCENE)
    tile = tiling.tile(1, 1)
    points = pd.DataFrame(
        {
            "easting_m": [3205.0, 3199.0],
            "northing_m": [3845.0, 3845.0],
            "velocity_mm_yr": [2.5, 9.0],
        }
    )
    sparse = gridded(tiling, tile, points)
    assert sparse.shape == tuple(part.stop - part.start for part in tile.read)
    assert sparse[0, 0] == 2.5
    assert np.isfinite(sparse).sum() == 1


def test_cutting_a_part_out_of_another():
    part, outer = (slice(5, 9), slice(7, 8)), (slice(4, 20), slice(7, 30))
    assert within(part, outer) == (slice(1, 5), slice(0, 1))
