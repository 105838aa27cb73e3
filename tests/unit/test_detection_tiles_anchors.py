from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import ndimage

from groundmotion.detection.maps import DetectionSettings
from groundmotion.detection.tiles.anchors import anchored
from groundmotion.detection.tiles.search import TileSearch, search_tile
from groundmotion.detection.tiles.tiling import tiling_from
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import FillSettings
from groundmotion.patches.lattice import Smoothing

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
FILL = Filler("matrix_completion", FillSettings.from_config(CONFIG["fills"]))
GAP_PX, HOW = 8.0, (3, 24)


@pytest.fixture
def strait():
    """Two coasts with water of 100 px between them; points in a tenth of the land."""
    rng = np.random.default_rng(4)
    values = ndimage.gaussian_filter(rng.normal(0, 40, (240, 320)), 12).astype(np.float32)
    values[:, 220:] += 4.0
    values[rng.random(values.shape) > 0.1] = np.nan
    values[:, 120:220] = np.nan
    return values


def with_anchors(values, corner=(0, 0)):
    far = beyond_gap(np.isfinite(values), GAP_PX)
    return anchored(values, far, corner, *HOW)


def seam(values, use_anchors):
    """Largest difference of a tile with a halo of 60 px, which ends in the water, from the whole."""

    def made(part, corner):
        given = with_anchors(part, corner) if use_anchors else part
        return FILL(given)

    whole, tile = made(values, (0, 0)), made(values[:200, :170], (0, 0))
    near = ~beyond_gap(np.isfinite(values), GAP_PX)[:140, :110]
    return np.abs(tile[:140, :110] - whole[:140, :110])[near].max()


def test_a_tile_need_not_know_the_other_shore(strait):
    assert seam(strait[:, 20:], use_anchors=True) < 0.02 < seam(strait[:, 20:], use_anchors=False)


def test_anchors_stand_on_the_lattice_of_the_whole_map_where_it_is_far(strait):
    far = beyond_gap(np.isfinite(strait), GAP_PX)
    found = with_anchors(strait)
    added = np.isfinite(found) & np.isnan(strait)
    rows, cols = np.nonzero(added)
    assert added.any() and far[added].all()
    assert not (rows % 3).any() and not (cols % 3).any()
    assert added.sum() == far[::3, ::3].sum()
    known = np.isfinite(strait)
    assert np.array_equal(found[known], strait[known])
    # A part of the map has the same anchors; its own halo feels its edge.
    part = with_anchors(strait[50:, 31:], (50, 31))
    inner = (slice(30, 160), slice(30, 259))
    assert np.allclose(part[inner], found[50:, 31:][inner], atol=1e-5, equal_nan=True)


def test_an_anchor_is_the_mean_around_it():
    values = np.full((90, 90), np.nan, np.float32)
    values[:, :10] = 3.0
    found = with_anchors(values)
    held = np.isfinite(found) & np.isnan(values)
    near = held & (np.arange(90) <= 33)  # 24 px from the last point
    assert near.any() and found[near] == pytest.approx(3.0)
    assert found[held & (np.arange(90) > 34)] == pytest.approx(0.0)


def test_a_map_without_far_pixels_stays(strait):
    assert anchored(strait, np.zeros(strait.shape, bool), (0, 0), *HOW) is strait
    with pytest.raises(InputError, match="expected at least 3"):
        anchored(strait, np.ones(strait.shape, bool), (0, 0), 3, 2)


class _SeenError(Exception):
    """Ends a search once the map to fill has been seen."""


def test_a_tile_is_filled_with_anchors_on_the_lattice_of_the_whole_map(strait):
    tiling = tiling_from(
        {"bounds": (0, 0, 3200, 2400), "pixel_m": 10, "crs": "EPSG:27700", "tile_px": 140,
         "halo_px": 25, "size_px": 56, "stride_px": 28}
    )  # fmt: skip
    tile = tiling.tile(1, 1)
    seen = []

    def make(sparse):
        seen.append(sparse)
        raise _SeenError

    how = DetectionSettings(
        tiling.lattice, Smoothing(20, 5.0), 20, block_windows=5, batch_windows=8
    )
    search = TileSearch(make, None, how, GAP_PX, 9999, HOW)
    with pytest.raises(_SeenError):
        search_tile(tile, strait[tile.read], search)
    added = np.argwhere(np.isfinite(seen[0]) & np.isnan(strait[tile.read]))
    assert len(added)
    assert not ((added + [part.start for part in tile.read]) % HOW[0]).any()
