from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine

from groundmotion.areas.polygons import (
    AREA_COLUMNS,
    AreaSettings,
    level_polygons,
    probability_areas,
)
from groundmotion.areas.thresholds import ThresholdSettings, threshold_areas
from groundmotion.errors import InputError
from groundmotion.grid import Grid, pixel_centres

TRANSFORM = Affine(10.0, 0.0, 1000.0, 0.0, -10.0, 5000.0)
CRS = "EPSG:27700"
SETTINGS = AreaSettings(levels=(0.5, 0.75, 0.9), ring_px=5, min_points=4)
KEEP_ALL = replace(SETTINGS, min_points=0)
THRESHOLDS = ThresholdSettings(dilation_px=18, min_points=4)


def grid(values):
    return Grid(np.asarray(values, np.float32), TRANSFORM, CRS)


def points_on_every_cell(velocity):
    easting, northing = pixel_centres(TRANSFORM, velocity.shape)
    east, north = np.meshgrid(easting, northing)
    table = {"easting_m": east.ravel(), "northing_m": north.ravel()}
    return pd.DataFrame({**table, "velocity_mm_yr": velocity.ravel()})


@pytest.fixture
def probability():
    values = np.full((60, 80), 0.1, np.float32)
    values[:10] = np.nan
    values[20:30, 10:30] = 0.6  # 200 cells
    values[24:26, 15:17] = 0.95
    values[40:50, 50:60] = 0.8  # 100 cells
    values[55:57, 70:72] = 0.55
    return grid(values)


@pytest.fixture
def velocity():
    values = np.full((60, 80), 0.5)
    values[20:30, 10:30] = -4.0
    values[40:50, 50:60] = 3.5
    return values


def test_areas_say_how_large_and_how_certain_they_are(probability, velocity):
    found = probability_areas(probability, {"asc": points_on_every_cell(velocity)}, SETTINGS)
    assert tuple(found.columns) == AREA_COLUMNS
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["level"].tolist() == [0.9, 0.75, 0.5]
    assert found["area_km2"].to_numpy() == pytest.approx([0.02, 0.01, 0.0004])
    assert found["p_max"].to_numpy() == pytest.approx([0.95, 0.8, 0.55])
    assert found["p_mean"][0] == pytest.approx((196 * 0.6 + 4 * 0.95) / 200)
    assert found.geometry[0].bounds == (1100.0, 4700.0, 1300.0, 4800.0)
    assert found.area.to_numpy() / 1e6 == pytest.approx(found["area_km2"].to_numpy())
    assert found["n_points"].tolist() == [200, 100, 4]
    assert found.crs == CRS


def test_a_narrow_trough_in_a_wide_area_is_subsidence_on_rising_ground(probability, velocity):
    # 200 cells of the first area rise by 0.5 but for a trough of 20; its surroundings do not.
    noise = np.random.default_rng(1).normal(0, 0.5, velocity.shape)
    inside = probability.values > 0.5
    values = np.where(inside, 0.5, 0.0) + noise
    trough = np.flatnonzero(inside & (probability.values < 0.61))[:20]
    values.ravel()[trough] -= 4
    points = points_on_every_cell(values.astype(np.float32))
    found = probability_areas(probability, {"asc": points}, SETTINGS)
    assert found["direction"][0] == "subsidence"
    assert found["velocity_relative_mm_yr"][0] < -2


def test_areas_without_measurements_are_left_out(probability, velocity):
    points = points_on_every_cell(velocity)
    west = points[points["easting_m"] < 1500]
    found = probability_areas(probability, {"asc": west}, SETTINGS)
    assert found["n_points"].tolist() == [200]
    assert found["rank"].tolist() == [1]


def test_direction_comes_from_the_surroundings_not_from_the_sign(probability, velocity):
    # The whole look is offset by −10: uplift is still uplift.
    points = points_on_every_cell(velocity - 10)
    found = probability_areas(probability, {"asc": points}, SETTINGS)
    assert found["direction"].tolist() == ["subsidence", "uplift", "subsidence"]
    assert found["velocity_relative_mm_yr"].to_numpy() == pytest.approx([-4.5, 3.0, 0.0])
    assert found["velocity_median_mm_yr"].to_numpy() == pytest.approx([-14.0, -6.5, -9.5])


def test_only_the_surroundings_count_not_the_whole_map(probability, velocity):
    far = np.full(velocity.shape, -20.0)
    far[12:38, 2:38] = velocity[12:38, 2:38]  # the first area and 8 cells around it
    found = probability_areas(probability, {"asc": points_on_every_cell(far)}, SETTINGS)
    assert found["velocity_relative_mm_yr"][0] == pytest.approx(-4.5)


def test_looks_with_different_offsets_are_compared_each_with_its_own_surroundings(
    probability, velocity
):
    first = points_on_every_cell(velocity + 8)
    second = points_on_every_cell(velocity - 8)
    # The second look sees little inside but much around.
    second = second[(second["velocity_mm_yr"] > -10) | (second.index % 10 == 0)]
    found = probability_areas(probability, {"asc": first, "desc022": second}, SETTINGS)
    assert found["velocity_relative_mm_yr"].to_numpy()[:2] == pytest.approx([-4.5, 3.0])
    assert found["passes"].tolist()[:2] == ["asc+desc", "asc+desc"]


def test_the_surroundings_reach_as_far_as_the_ring_says_and_no_farther():
    values = np.zeros((40, 40))
    values[15:25, 15:25] = 0.9
    for away, expected in ((5, -3.0), (6, np.nan)):
        # Points inside, which move by −4, and a column of them so many cells east of the area.
        east = 1000.0 + 10.0 * np.repeat([20.5, 24 + away + 0.5], 10)
        north = 5000.0 - 10.0 * np.tile(np.arange(15, 25) + 0.5, 2)
        points = pd.DataFrame(
            {"easting_m": east, "northing_m": north, "velocity_mm_yr": np.repeat([-4.0, -1.0], 10)}
        )
        areas = probability_areas(grid(values), {"asc": points}, SETTINGS)
        assert areas["velocity_relative_mm_yr"].tolist() == pytest.approx([expected], nan_ok=True)


def test_looks_count_by_their_points(probability, velocity):
    every = points_on_every_cell(velocity)
    # The second look has a fifth of the points, which move by 1 instead of −4.5.
    few = points_on_every_cell(np.where(velocity == -4.0, 1.5, velocity))[::5]
    areas = probability_areas(probability, {"asc": every, "desc": few}, SETTINGS)
    assert areas["n_points"][0] == 200 + 40
    expected = (200 * -4.5 + 40 * 1.0) / 240
    assert areas["velocity_relative_mm_yr"][0] == pytest.approx(expected)


def test_an_area_without_points_can_be_kept(probability):
    empty = points_on_every_cell(np.zeros((60, 80))).iloc[:0]
    found = probability_areas(probability, {"asc": empty}, KEEP_ALL)
    assert found["n_points"].tolist() == [0, 0, 0]
    assert found["passes"].tolist() == ["", "", ""]
    assert found["velocity_median_mm_yr"].isna().all()


def test_no_area_gives_an_empty_layer_with_all_columns(velocity):
    found = probability_areas(grid(np.zeros((60, 80))), {"asc": points_on_every_cell(velocity)},
                              SETTINGS)  # fmt: skip
    assert len(found) == 0
    assert tuple(found.columns) == AREA_COLUMNS
    assert len(level_polygons(grid(np.full((60, 80), np.nan)), SETTINGS.levels)) == 0


def test_levels_are_nested(probability):
    levels = level_polygons(probability, SETTINGS.levels)
    assert levels.groupby("level").size().to_dict() == {0.5: 3, 0.75: 2, 0.9: 1}
    outer = shapely.union_all(levels.geometry[levels["level"] == 0.5].to_numpy())
    assert levels.geometry.within(outer.buffer(1e-6)).all()


def test_levels_say_how_large_they_are(probability):
    levels = level_polygons(probability, SETTINGS.levels)
    # 200, 100 and 4 cells above 0.5; 4 and 100 above 0.75; 4 above 0.9
    assert levels["area_km2"].to_numpy() == pytest.approx(levels.area.to_numpy() / 1e6)
    assert sorted(levels["area_km2"]) == pytest.approx([4e-4, 4e-4, 4e-4, 0.01, 0.01, 0.02])


def test_regions_that_touch_at_a_corner_are_two():
    values = np.zeros((10, 10))
    values[2:4, 2:4] = values[4:6, 4:6] = 0.9
    found = probability_areas(grid(values), {}, KEEP_ALL)
    assert len(found) == 2
    assert found.geometry.is_valid.all()


# --- threshold baseline -------------------------------------------------------------------------


def test_one_fast_pixel_grows_to_the_printed_area():
    values = np.full((60, 80), np.nan)
    values[30, 40] = -6.0
    loose = ThresholdSettings(dilation_px=18, min_points=1)
    found = threshold_areas({"asc": grid(values)}, 5.0, loose)
    assert found["area_km2"].to_numpy() == pytest.approx([0.0324])  # 32k m², §IV-C
    assert found["direction"].tolist() == ["subsidence"]
    assert len(threshold_areas({"asc": grid(values)}, 5.0, THRESHOLDS)) == 0


def test_the_median_takes_single_spikes_out():
    values = np.zeros((60, 80))
    values[30, 40] = 60.0
    assert len(threshold_areas({"asc": grid(values)}, 3.0, THRESHOLDS)) == 0
    values[10:14, 10:14] = 6.0
    found = threshold_areas({"asc": grid(values)}, 3.0, THRESHOLDS)
    # the corners of the patch fall to the median
    assert found["n_points"].tolist() == [12]
    assert found["direction"].tolist() == ["uplift"]


def test_the_direction_is_about_the_median_of_the_look():
    values = np.full((60, 80), np.nan)
    values[:5], values[26:31], values[52:] = -12.0, -8.0, -4.0
    found = threshold_areas({"asc": grid(values)}, 3.0, THRESHOLDS)
    directions = dict(zip(found["velocity_median_mm_yr"], found["direction"], strict=True))
    assert directions == {-12.0: "subsidence", -8.0: "subsidence", -4.0: "uplift"}


def test_looks_add_up_and_must_share_a_grid():
    one, other = np.full((60, 80), np.nan), np.full((60, 80), np.nan)
    one[30, 40:42], other[30, 46:48] = 6.0, 7.0
    found = threshold_areas({"asc": grid(one), "desc": grid(other)}, 5.0, THRESHOLDS)
    assert found["n_points"].tolist() == [4]
    assert found["passes"].tolist() == ["asc+desc"]
    assert found["velocity_max_mm_yr"].tolist() == [7.0]
    with pytest.raises(InputError, match="one and the same grid"):
        threshold_areas({"asc": grid(one), "desc": grid(other[:-1])}, 5.0, THRESHOLDS)


def test_slower_thresholds_cover_faster_ones():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 2.5, (200, 200))
    values[rng.random(values.shape) > 0.3] = np.nan
    layers = [threshold_areas({"asc": grid(values)}, t, THRESHOLDS) for t in (3.0, 4.5, 5.0)]
    unions = [shapely.union_all(layer.geometry.to_numpy()) for layer in layers]
    assert unions[0].area > unions[1].area > unions[2].area > 0
    assert unions[0].buffer(1e-6).contains(unions[1])
