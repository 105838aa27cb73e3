import numpy as np
import pytest
import rasterio

from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.detection.tiles.tiling import tiling_from
from groundmotion.workflow.nation.mosaic import Mosaic, read_window, write_mosaic

TILING = tiling_from(
    {"bounds": (1000, 0, 15000, 11050), "pixel_m": 10, "crs": "EPSG:27700", "tile_px": 560,
     "halo_px": 60, "size_px": 224, "stride_px": 28}
)  # fmt: skip
STAMP = Stamp(1, "mosaic_tiles", "abc", {}, {}, {}, "c")
TAGS = {"description": "probability, all looks", "unit": "1", "data": "SIMULATED"}


@pytest.fixture(scope="module")
def whole():
    values = np.random.default_rng(0).random(TILING.shape, np.float32)
    values[:600, :700] = np.nan
    return values


def _written(path, whole, threads=1, tiles=None):
    chosen = list(TILING) if tiles is None else tiles
    mosaic = Mosaic(TILING, chosen, lambda tile: whole[tile.own])
    write_mosaic(path, mosaic, TAGS, STAMP, threads)
    return path


def test_a_mosaic_holds_every_tile_in_its_place(tmp_path, whole):
    path = _written(tmp_path / "p.tif", whole)
    grid = read_raster(path)
    np.testing.assert_array_equal(grid.values, whole)
    assert (grid.transform, grid.crs) == (TILING.transform, TILING.crs)
    with rasterio.open(path) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1)
        assert dataset.descriptions == (TAGS["description"],)
        assert dataset.tags()["data"] == "SIMULATED"
    assert read_stamp(path)["rule"] == "mosaic_tiles"
    assert [p.name for p in tmp_path.iterdir()] == ["p.tif"]


def test_sea_is_no_data_and_takes_no_space(tmp_path, whole):
    tiles = [TILING.tile(1, 1)]
    path = _written(tmp_path / "one.tif", whole, tiles=tiles)
    values = read_raster(path).values
    np.testing.assert_array_equal(values[tiles[0].own], whole[tiles[0].own])
    assert np.isfinite(values).sum() == np.isfinite(whole[tiles[0].own]).sum()
    assert path.stat().st_size < 0.5 * _written(tmp_path / "all.tif", whole).stat().st_size


def test_bytes_do_not_depend_on_threads_or_on_a_run_that_was_killed(tmp_path, whole):
    one, other = tmp_path / "a/p.tif", tmp_path / "b/p.tif"
    (tmp_path / "b/.tiles-p").mkdir(parents=True)
    (tmp_path / "b/.tiles-p/r000_c000.tif").write_bytes(b"half a tile")
    assert _written(one, whole).read_bytes() == _written(other, whole, threads=3).read_bytes()


def test_a_tile_that_fails_leaves_nothing_behind(tmp_path):
    def fail(tile):
        raise ValueError(tile.name)

    with pytest.raises(ValueError, match="r000_c000"):
        write_mosaic(tmp_path / "p.tif", Mosaic(TILING, list(TILING), fail), TAGS, STAMP, 2)
    assert not list(tmp_path.iterdir())


def test_a_window_is_read_with_its_place(tmp_path, whole):
    part = (slice(590, 640), slice(650, 800))
    grid = read_window(_written(tmp_path / "p.tif", whole), part)
    np.testing.assert_array_equal(grid.values, whole[part])
    assert grid.bounds == TILING.bounds(part)
    assert grid.crs == "EPSG:27700"
