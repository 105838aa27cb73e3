import warnings

import numpy as np
import pandas as pd
import pytest
from affine import Affine

from groundmotion.errors import InputError
from groundmotion.grid import Grid
from groundmotion.plotting.places import bounds_around, detail_windows, moving_place
from groundmotion.plotting.preparing import coarsen, crop, describe
from groundmotion.scores.repetitions import summarise
from groundmotion.synthesis.choosing import clear_example


def grid_of(values: np.ndarray, pixel_m: float = 10.0) -> Grid:
    transform = Affine(pixel_m, 0, 1000, 0, -pixel_m, 2000)
    return Grid(values.astype(np.float32), transform, "EPSG:27700")


def test_coarsen_averages_valid_cells_as_a_slow_loop_does():
    rng = np.random.default_rng(1)
    values = np.where(rng.random((37, 50)) < 0.3, rng.normal(size=(37, 50)), np.nan)
    coarse = coarsen(grid_of(values), 13)
    assert coarse.pixel_m == 40.0
    assert coarse.bounds[0] == 1000.0 and coarse.bounds[3] == 2000.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow = [
            [np.nanmean(values[4 * r : 4 * r + 4, 4 * c : 4 * c + 4]) for c in range(13)]
            for r in range(10)
        ]
    np.testing.assert_allclose(coarse.values, slow, atol=1e-6)


def test_coarsen_leaves_a_small_map_alone():
    grid = grid_of(np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(coarsen(grid, 4).values, grid.values)


def test_crop_keeps_the_cells_whose_centres_are_inside():
    grid = grid_of(np.arange(20.0).reshape(4, 5))
    part = crop(grid, (1010, 1970, 1031, 1990))
    np.testing.assert_array_equal(part.values, [[6, 7], [11, 12]])
    assert part.bounds == (1010, 1970, 1030, 1990)
    with pytest.raises(InputError, match="nothing of the map"):
        crop(grid, (0, 0, 10, 10))


def test_windows_stay_inside_and_apart():
    within = (0.0, 0.0, 1000.0, 500.0)
    assert bounds_around((990.0, 10.0), 100.0, within) == (900.0, 0.0, 1000.0, 100.0)
    assert bounds_around((500.0, 250.0), 800.0, within) == (100.0, 0.0, 900.0, 500.0)
    places = [(100.0, 100.0), (120.0, 100.0), (800.0, 300.0), (400.0, 400.0)]
    assert list(detail_windows(places, 100.0, within, 2)) == [0, 2]
    assert detail_windows([], 100.0, within, 2) == {}


@pytest.mark.parametrize("side_m", [80.0, 250.0, 900.0])
def test_a_square_is_about_its_place_as_nearly_as_the_bounds_allow(side_m: float):
    left, bottom, right, top = within = (3000.0, 7000.0, 3400.0, 7300.0)
    wide, high = min(side_m, 400.0), min(side_m, 300.0)
    for east in (2900.0, 3010.0, 3200.0, 3390.0, 3500.0):
        for north in (6900.0, 7010.0, 7150.0, 7290.0, 7400.0):
            square = bounds_around((east, north), side_m, within)
            middle = (
                np.clip(east, left + wide / 2, right - wide / 2),
                np.clip(north, bottom + high / 2, top - high / 2),
            )
            expected = (
                middle[0] - wide / 2, middle[1] - high / 2,
                middle[0] + wide / 2, middle[1] + high / 2,
            )  # fmt: skip
            assert square == pytest.approx(expected)


@pytest.mark.parametrize("sign", [-1, 1])
def test_moving_place_is_where_points_move_together_not_where_one_spikes(sign: int):
    rng = np.random.default_rng(2)
    values = np.where(rng.random((60, 60)) < 0.5, rng.normal(3.0, 0.5, (60, 60)), np.nan)
    values[40:50, 10:20] += 4.0 * sign
    values[5, 55] = 30.0
    east, north = moving_place(grid_of(values), 100.0)
    assert abs(east - 1150) <= 20 and abs(north - 1550) <= 20


def test_clear_example_is_the_clearest_of_those_that_are_not_easy():
    rows = [  # label, density, nugget, d_prime, east, north
        (0, 0.01, 1.0, np.nan, np.nan, np.nan),
        (1, 0.01, 1.0, 99.0, 10.0, -500.0),  # at the rim
        (1, 0.30, 1.0, 50.0, 500.0, -500.0),  # dense
        (1, 0.02, 0.1, 40.0, 500.0, -500.0),  # quiet
        (1, 0.02, 1.0, 20.0, 500.0, -400.0),
        (1, 0.02, 1.0, 30.0, 600.0, -500.0),
    ]
    names = ["label", "density", "nugget", "d_prime", "centre_east_m", "centre_north_m"]
    table = pd.DataFrame(rows, columns=names)
    assert clear_example(table, 1000.0).d_prime == 30.0
    assert clear_example(table.iloc[:2], 1000.0).d_prime == 99.0


def test_describe_leaves_no_data_out_and_survives_an_empty_map():
    summary = describe(np.array([[1.0, 3.0], [np.nan, 2.0]]))
    assert (summary["cells"], summary["with_data"], summary["median"]) == (4, 3, 2)
    assert np.isnan(describe(np.full((2, 2), np.nan))["median"])


def test_summarise_gives_students_interval():
    table = pd.DataFrame({"fill": ["a"] * 4 + ["b"], "x": 1, "v": [1.0, 2.0, 3.0, np.nan, 5.0]})
    found = summarise(table, ["fill", "x"], "v", 0.95)
    assert found["n"].tolist() == [3, 1]
    assert found["mean"].tolist() == [2.0, 5.0]
    half = 4.302653 * 1.0 / np.sqrt(3)  # t of two degrees of freedom, from a table
    assert found["high"][0] - 2.0 == pytest.approx(half, rel=1e-5)
    assert found["low"][1] == found["high"][1] == 5.0
