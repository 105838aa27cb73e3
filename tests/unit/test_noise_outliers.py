import numpy as np
import pytest
from noisy_ground import scattered

from groundmotion.noise.outliers import Neighbours

LIMIT = np.full(900, 3.5)
#: Of a point's own noise and of the median of ten neighbours.
REACH = 3.5 * np.sqrt(1 + np.pi / 20)


@pytest.fixture(scope="module")
def places():
    return scattered(np.random.default_rng(4), 900, 2000.0)


@pytest.fixture(scope="module")
def neighbours(places):
    return Neighbours(*places.T)


def test_neighbours_are_the_ten_nearest_without_the_point_itself(places, neighbours):
    for index in (0, 17, 899):
        away = np.hypot(*(places - places[index]).T)
        assert neighbours.nearest[index].tolist() == np.argsort(away)[1:11].tolist()


@pytest.mark.parametrize("height", [60.0, -60.0])
def test_a_single_wrong_point_is_drawn_in_and_its_neighbours_are_left(neighbours, height):
    values = np.zeros(900)
    values[100] = height
    drawn = neighbours.drawn_in(values, LIMIT)
    assert drawn[100] == pytest.approx(np.sign(height) * REACH)
    assert np.count_nonzero(drawn) == 1


def test_a_fast_bowl_is_not_drawn_in(places, neighbours):
    away = np.hypot(*(places - 1000.0).T)
    bowl = -25.0 * np.exp(-((away / 400.0) ** 2) / 2)
    np.testing.assert_array_equal(neighbours.drawn_in(bowl, LIMIT), bowl)


def test_limits_are_each_points_own_and_a_constant_changes_nothing(neighbours):
    rng = np.random.default_rng(6)
    values, limit = 5 * rng.normal(size=900), rng.uniform(0.5, 3.0, 900)
    drawn = neighbours.drawn_in(values, limit)
    median = np.array([np.median(values[near]) for near in neighbours.nearest])
    assert np.all(np.abs(drawn - median) <= limit * np.sqrt(1 + np.pi / 20) + 1e-12)
    inside = np.abs(values - median) <= limit
    np.testing.assert_array_equal(drawn[inside], values[inside])
    np.testing.assert_allclose(neighbours.drawn_in(values + 7.0, limit), drawn + 7.0)


def test_half_squares_of_white_noise_are_its_variance(neighbours):
    values = 2.0 * np.random.default_rng(7).normal(size=900)
    halves = neighbours.half_squares(values)
    assert halves.mean() == pytest.approx(4.0, rel=0.15)
    nearest = neighbours.nearest[:, 0]
    assert halves[5] == pytest.approx((values[5] - values[nearest[5]]) ** 2 / 2)


def test_two_points_are_each_others_neighbour():
    pair = Neighbours(np.array([0.0, 1.0]), np.zeros(2))
    assert pair.nearest.tolist() == [[1], [0]]
