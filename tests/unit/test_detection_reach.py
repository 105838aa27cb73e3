"""What the windows of a map hold, and what is said of it."""

import numpy as np
import pytest

from groundmotion.detection.reach import reach_of
from groundmotion.grid import beyond_gap
from groundmotion.patches.lattice import Lattice

LATTICE = Lattice(224, 28)
TRAINED = [0.01, 0.3]


def _raster(step_px, shape=(600, 500)):
    has_point = np.zeros(shape, bool)
    has_point[::step_px, ::step_px] = True
    return has_point


def _reach(has_point, pixel_m=10.0, min_points=20):
    return reach_of(has_point, ~beyond_gap(has_point, 50.0), LATTICE, min_points, pixel_m)


def _densities(has_point, min_points):
    """Loop over the windows one by one."""
    near, found = ~beyond_gap(has_point, 50.0), []
    rows, cols = LATTICE.windows(has_point.shape)
    for row in range(0, rows * 28, 28):
        for col in range(0, cols * 28, 28):
            window = (slice(row, row + 224), slice(col, col + 224))
            if has_point[window].sum() >= min_points:
                found.append(has_point[window].sum() / near[window].sum())
    return found


def test_no_window_holds_enough_and_what_it_takes_is_said():
    reach = _reach(_raster(100))
    assert reach.is_empty
    assert reach.fullest == 9
    (words,) = reach.warnings(TRAINED)
    for part in (
        "no window of 2.24 km holds 20 points: at most 9;",
        "about 1000 m apart",
        "at most 500 m;",
        "this does not mean that nothing moves",
    ):
        assert part in words


def test_the_posting_that_is_asked_for_does():
    assert not _reach(_raster(44)).is_empty  # 440 m: 25 or 36 in a window
    assert "at most 250 m" in _reach(_raster(100), pixel_m=5.0).emptiness()


def test_a_map_without_points_is_empty():
    reach = _reach(np.zeros((300, 300), bool))
    assert reach.is_empty
    assert reach.unsearched == 1.0
    assert "at most 0;" in reach.emptiness()


def test_nothing_is_said_of_what_networks_know():
    has_point = np.random.default_rng(1).random((600, 500)) < 0.05
    assert _reach(has_point).warnings(TRAINED) == []


@pytest.mark.parametrize("min_points", [20, 200])
def test_densities_are_those_of_a_loop_over_windows(min_points):
    has_point = np.random.default_rng(2).random((600, 500)) < 0.01
    has_point[:, 250:] = False  # sea: cells there are not ground
    reach = _reach(has_point, min_points=min_points)
    assert reach.densities == pytest.approx(_densities(has_point, min_points))


def test_points_sparser_than_in_training_are_told_with_both_numbers():
    has_point = np.random.default_rng(3).random((600, 500)) < 0.0063
    reach = _reach(has_point)
    assert np.median(reach.densities) == pytest.approx(0.0063, rel=0.05)
    (words,) = reach.warnings(TRAINED)
    assert "fewer than 1 % of cells hold a point" in words
    assert f"{100 * np.median(reach.densities):.2g} %" in words
    assert "1 to 30 %" in words


def test_the_sea_is_not_told_as_sparse():
    has_point = np.random.default_rng(4).random((800, 800)) < 0.05
    has_point[:, 300:] = False
    assert _reach(has_point).warnings(TRAINED) == []


def test_ground_without_windows_is_told_by_its_share():
    has_point = np.random.default_rng(5).random((1200, 1000)) < 0.05
    has_point[:, 300:] = False
    has_point[::90, 610::90] = True  # sparser than any window takes
    reach = _reach(has_point)
    words = reach.warnings(TRAINED)[0]
    near = ~beyond_gap(has_point, 50.0)
    searched = np.zeros(near.shape, bool)
    for row in range(0, 1200, 28):
        for col in range(0, 1000, 28):
            window = (slice(row, row + 224), slice(col, col + 224))
            if has_point[window].sum() >= 20:
                searched[window] = True
    assert reach.unsearched == pytest.approx(1 - searched[near].mean(), abs=0.01)
    assert f"{reach.unsearched:.0%} of the ground near points was not searched" in words
