import numpy as np
import pytest
from noisy_ground import TOWARD, scattered

from groundmotion.detection.shapes import FROM_ABOVE, HALF_WIDTH, unit_profile
from groundmotion.detection.significance.templates import Templates, template_sizes
from groundmotion.noise.cells import CellGrid, CellPoints
from groundmotion.noise.whitening import Whitener
from groundmotion.variogram.nested import NestedCovariance

CELL_M = 40.0
GRID = CellGrid.over((0.0, 0.0, 1600.0, 1200.0), CELL_M)
LAW = NestedCovariance(1.0, (300.0,), (1.5,))
SIZES_M = np.array([60.0, 100.0])
VIEWS = [TOWARD, TOWARD, FROM_ABOVE, FROM_ABOVE]


def whitener_at(east, north):
    return Whitener(CellPoints(GRID, east, north, np.ones(len(east))), LAW)


@pytest.fixture(scope="module")
def sparse():
    places = scattered(np.random.default_rng(0), 150, 1200.0)
    return Templates(whitener_at(*places.T), SIZES_M, TOWARD)


@pytest.fixture(scope="module")
def even():
    """One point in every cell."""
    east, north = (x.ravel() for x in np.meshgrid(*GRID.centres()))
    return Templates(whitener_at(east, north), SIZES_M, TOWARD)


def test_sizes_rise_by_a_ratio_up_to_a_share_of_the_side():
    sizes = template_sizes(5000.0, 20.0, 1.4, 0.3)
    assert sizes[0] == 30.0
    np.testing.assert_allclose(sizes[1:] / sizes[:-1], 1.4)
    assert sizes[-1] <= 0.3 * 5000.0 / HALF_WIDTH < 1.4 * sizes[-1]
    assert template_sizes(50.0, 20.0, 1.4, 0.3).tolist() == [30.0]


def test_sizes_come_as_lopsided_and_as_even_templates(sparse):
    assert sparse.sizes_m.tolist() == [60.0, 100.0, 60.0, 100.0]


def test_numerators_are_a_slow_sum_over_cells(sparse):
    white = np.random.default_rng(1).normal(size=GRID.shape).astype(np.float32)
    # Beyond half the torus a template comes around from the other side, faintly.
    white[:, 35:] = 0
    numerators = sparse.numerators(white)
    east, north = np.meshgrid(*GRID.centres())
    for size, view, numerator in zip(sparse.sizes_m, VIEWS, numerators, strict=True):
        for row, col in ((10, 10), (14, 20), (20, 15)):
            away = east - east[row, col], north - north[row, col]
            expected = (white * unit_profile("point", *away, size, view)).sum()
            assert numerator[row, col] == pytest.approx(expected, abs=1e-3)
    assert np.abs(numerators[0] - numerators[2]).max() > 0.5


def test_weights_are_means_under_the_square_of_the_template(sparse):
    information = sparse.whitener.information
    east, north = np.meshgrid(*GRID.centres())
    # Far off the sides, where the template and the points lie on the map.
    row, col = 14, 16
    for size, view, weights in zip(sparse.sizes_m, VIEWS, sparse.log_weights(), strict=True):
        square = (
            unit_profile("point", east - east[row, col], north - north[row, col], size, view) ** 2
        )
        mean = (information * square).sum() / square.sum()
        assert np.exp(weights[row, col]) == pytest.approx(mean, rel=0.01)


def test_evenly_dense_points_tell_what_the_table_says(even):
    east, north = np.meshgrid(*GRID.centres())
    row, col = 15, 20
    denominators = even.even_denominators(even.log_weights())
    for size, view, denominator in zip(even.sizes_m, VIEWS, denominators, strict=True):
        g = unit_profile("point", east - east[row, col], north - north[row, col], size, view)
        exact = (even.whitener.solve(g.ravel())[0] * g).sum()
        assert denominator[row, col] == pytest.approx(exact, rel=0.15)


def test_denser_points_tell_more(even, sparse):
    for many, few in zip(
        even.even_denominators(even.log_weights()),
        sparse.even_denominators(sparse.log_weights()), strict=True,
    ):  # fmt: skip
        assert np.median(few) < np.median(many)


def test_points_within_a_size_are_counted(sparse):
    cells = sparse.whitener.points.counts
    rows, cols = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    for size, count in zip(sparse.sizes_m, sparse.points_within(), strict=True):
        for row, col in ((0, 0), (14, 20), (29, 39)):
            inside = CELL_M * np.hypot(rows - row, cols - col) <= size
            assert count[row, col] == pytest.approx(cells[inside].sum(), abs=1e-3)
