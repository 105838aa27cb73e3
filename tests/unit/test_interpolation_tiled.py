from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import ndimage

from groundmotion.errors import InputError
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.interpolation.tiled import TileSettings, in_tiles

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
SMOOTH = Filler("normalised_convolution", FillSettings.from_config(CONFIG["fills"]))


@pytest.fixture
def sparse():
    rng = np.random.default_rng(5)
    values = ndimage.gaussian_filter(rng.normal(0, 30, (150, 190)), 8).astype(np.float32)
    values[rng.random(values.shape) > 0.15] = np.nan
    values[:, 120:] = np.nan  # sea
    return values


def test_tiles_agree_with_the_map_filled_in_one_piece(sparse):
    cut = TileSettings(tile_px=40, halo_px=40, max_gap_px=10.0)
    filled = in_tiles(sparse, SMOOTH, cut)
    whole = SMOOTH(sparse)
    known = np.isfinite(filled)
    assert np.abs(filled - whole)[known].max() < 1e-4


def test_cells_far_from_points_stay_empty(sparse):
    cut = TileSettings(tile_px=40, halo_px=40, max_gap_px=10.0)
    filled = in_tiles(sparse, SMOOTH, cut)
    distance = ndimage.distance_transform_edt(np.isnan(sparse))
    assert np.array_equal(np.isfinite(filled), distance <= 10)


def test_tiles_without_points_cost_nothing(sparse):
    seen = []

    def counted(values):
        seen.append(np.isfinite(values).any())
        return SMOOTH(values)

    in_tiles(sparse, counted, TileSettings(tile_px=30, halo_px=15, max_gap_px=5.0))
    assert len(seen) == 5 * 5 and all(seen)  # of 5 × 7 tiles; one more column feels the points
    empty = np.full((60, 60), np.nan, np.float32)
    assert np.isnan(in_tiles(empty, counted, TileSettings(30, 15, 5.0))).all()
    assert len(seen) == 25


def test_a_halo_narrower_than_the_gap_is_refused(sparse):
    with pytest.raises(InputError, match=r"expected at least fills\.max_gap_m"):
        in_tiles(sparse, SMOOTH, TileSettings(tile_px=40, halo_px=5, max_gap_px=10.0))


def test_a_fitted_variogram_is_a_covariance():
    fit = {"nugget": 0.9, "a": 1.1, "b_per_km": 1.3, "sill": 2.0}
    assert Covariance.from_variogram(fit, 10.0) == Covariance(0.9, 1.1, 1.3, 10.0)
    assert Covariance.from_variogram({**fit, "nugget": 0.0}, 10.0).nugget == pytest.approx(0.011)
