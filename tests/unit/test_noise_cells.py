import numpy as np
import pytest

from groundmotion.noise.cells import CellGrid, CellPoints

GRID = CellGrid.over((1000.0, 2000.0, 1450.0, 2310.0), 50.0)


@pytest.fixture
def points():
    rng = np.random.default_rng(1)
    east, north = rng.uniform(1000.0, 1450.0, 200), rng.uniform(2000.1, 2310.0, 200)
    return CellPoints(GRID, east, north, rng.uniform(0.5, 2.0, 200))


def test_cells_cover_an_extent():
    assert GRID.shape == (7, 9)
    assert CellGrid.over((0.0, 0.0, 100.0, 100.0), 20.0).shape == (5, 5)
    assert CellGrid.over((0.0, 0.0, 1.0, 1.0), 20.0).shape == (1, 1)


def test_each_centre_lies_in_its_own_cell_and_row_0_is_the_northernmost():
    east, north = np.meshgrid(*GRID.centres())
    assert GRID.index(east.ravel(), north.ravel()).tolist() == list(range(63))
    assert north[0, 0] == 2310.0 - 25.0
    assert east[0, 0] == 1025.0


@pytest.mark.parametrize(
    ("east", "north"),
    [(999.9, 2200.0), (1450.1, 2200.0), (1200.0, 2310.1), (1200.0, 1959.9)],
)
def test_places_outside_have_no_cell(east, north):
    assert GRID.index(np.array([east]), np.array([north])).tolist() == [-1]


def test_counts_weights_and_means_are_those_of_a_loop(points):
    values = np.random.default_rng(2).normal(size=200)
    counts, weights, total = np.zeros((3, *GRID.shape))
    for east, north, level, value in zip(
        points.easting_m, points.northing_m, points.level, values, strict=True
    ):
        cell = int((2310.0 - north) // 50), int((east - 1000.0) // 50)
        counts[cell] += 1
        weights[cell] += 1 / level**2
        total[cell] += value / level**2
    np.testing.assert_array_equal(points.counts, counts)
    np.testing.assert_allclose(points.weights, weights)
    np.testing.assert_allclose(points.means(values) * weights, total, atol=1e-12)


def test_a_cell_without_points_has_mean_0_and_equal_values_are_their_mean(points):
    sparse = CellPoints(GRID, points.easting_m[:5], points.northing_m[:5], points.level[:5])
    means = sparse.means(np.full(5, 3.0))
    assert set(np.unique(means).round(12)) == {0.0, 3.0}
    np.testing.assert_array_equal(means > 0, sparse.counts > 0)
    np.testing.assert_allclose(sparse.at_points(means), 3.0)
