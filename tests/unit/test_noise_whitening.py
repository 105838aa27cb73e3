import numpy as np
import pytest
from noisy_ground import scattered
from scipy.spatial.distance import cdist

from groundmotion.noise.cells import CellGrid, CellPoints
from groundmotion.noise.whitening import SPIKE_SCORES, NestedTorus, Whitener
from groundmotion.variogram.nested import NestedCovariance

CELL_M = 50.0
GRID = CellGrid.over((0.0, 0.0, 1200.0, 1000.0), CELL_M)
#: The first range is within two cells: white among them.
LAW = NestedCovariance(0.7, (40.0, 150.0), (0.5, 1.4))


def points_of(places, level=None):
    level = np.ones(len(places)) if level is None else level
    return CellPoints(GRID, *places.T, level)


@pytest.fixture(scope="module")
def whitener():
    rng = np.random.default_rng(0)
    places = scattered(rng, 400, 1000.0)
    return Whitener(points_of(places, rng.uniform(0.6, 1.6, 400)), LAW)


def dense(whitener, lag):
    """Covariance of the cells that hold points, and of all cells with them."""
    held = whitener.points.weights.ravel() > 0
    field = 1.4 * np.exp(-lag / 150.0) + 100 * LAW.sill
    white = (0.7 + 0.5) / whitener.points.weights.ravel()[held]
    return held, field[np.ix_(held, held)] + np.diag(white), field[:, held]


def centres():
    east, north = np.meshgrid(*GRID.centres())
    return np.column_stack([east.ravel(), north.ravel()])


def torus_lags(size):
    """Distances of all cells, the shorter way around a torus of so many cells."""
    rows, cols = np.divmod(np.arange(GRID.shape[0] * GRID.shape[1]), GRID.shape[1])
    steps = [np.abs(x[:, None] - x[None]) for x in (rows, cols)]
    around = [np.minimum(s, n - s) for s, n in zip(steps, size, strict=True)]
    return CELL_M * np.hypot(*around)


def test_whitened_values_and_background_are_those_of_a_dense_solve(whitener):
    values = np.random.default_rng(1).normal(size=400) * 3 - 5
    white, background = whitener.solve(values)
    held, covariance, field = dense(whitener, torus_lags(whitener.torus.size))
    means = whitener.points.means(values).ravel()[held]
    expected = np.linalg.solve(covariance, means)
    assert np.abs(white.ravel()[held] - expected).max() < 5e-3 * np.abs(expected).max()
    assert np.all(white.ravel()[~held] == 0)
    expected = field @ expected
    assert np.abs(background.ravel() - expected).max() < 5e-3 * np.ptp(expected)


def test_the_torus_stands_for_the_plane(whitener):
    values = np.random.default_rng(1).normal(size=400) * 3
    held, covariance, _ = dense(whitener, cdist(centres(), centres()))
    expected = np.linalg.solve(covariance, whitener.points.means(values).ravel()[held])
    white = whitener.solve(values)[0].ravel()[held]
    assert np.abs(white - expected).max() < 0.02 * np.abs(expected).max()


def test_a_constant_is_taken_out_almost_whole(whitener):
    values = np.random.default_rng(2).normal(size=400)
    first, second = (whitener.solve(values + shift)[0] for shift in (0.0, 30.0))
    assert np.abs(first - second).max() < 0.1 * np.abs(first).max()
    assert abs(first.sum()) < 0.01 * np.abs(first).sum()


def test_synthesise_and_project_are_adjoint_halves_of_the_covariance():
    torus = NestedTorus((9, 14), CELL_M, LAW.split(100.0)[1])
    rng = np.random.default_rng(3)
    spike, other = np.zeros((9, 14)), rng.normal(size=(9, 14)).astype(np.float32)
    spike[4, 6] = 1.0
    column = torus.synthesise(torus.project(spike))
    rows, cols = np.mgrid[:9, :14]
    lag = CELL_M * np.hypot(rows - 4, cols - 6)
    np.testing.assert_allclose(column, 1.4 * np.exp(-lag / 150.0), atol=1e-3 * 1.4)
    there, back = (torus.synthesise(torus.project(v)) for v in (spike, other))
    assert (there * other).sum() == pytest.approx((back * spike).sum(), rel=1e-4)


def test_offsets_point_to_the_east_and_to_the_north():
    north, east = NestedTorus((9, 14), CELL_M, LAW).offsets_m()
    assert (east[0, 1], north[1, 0]) == (CELL_M, -CELL_M)
    assert (east[0, -1], north[-1, 0]) == (-CELL_M, CELL_M)


def test_drawn_noise_has_the_covariance_of_the_points():
    rng = np.random.default_rng(4)
    # Points of pairs so far apart, at any place and in any direction.
    lags = np.repeat([0.0, 60.0, 250.0], 150)
    first = rng.uniform(300.0, 700.0, (450, 2))
    angle = rng.uniform(0, 2 * np.pi, 450)
    second = first + lags[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    level = np.concatenate([np.full(450, 1.0), np.full(450, 1.5)])
    whitener = Whitener(points_of(np.concatenate([first, second]), level), LAW)
    draws = np.array([whitener.draw(np.random.default_rng((5, i))) for i in range(600)])
    own = LAW.nugget + 0.5
    assert (draws[:, :450] ** 2).mean() == pytest.approx(own + 1.4, rel=0.04)
    assert (draws[:, 450:] ** 2).mean() == pytest.approx(1.5**2 * own + 1.4, rel=0.04)
    products = (draws[:, :450] * draws[:, 450:]).mean(axis=0)
    for lag in (0.0, 60.0, 250.0):
        expected = 1.5 * 0.5 * np.exp(-lag / 40.0) + 1.4 * np.exp(-lag / 150.0)
        assert products[lags == lag].mean() == pytest.approx(expected, abs=0.13), lag


def test_spikes_reshape_the_points_own_noise_and_nothing_else():
    law = NestedCovariance(2.25, (), ())
    level = np.linspace(0.5, 2.0, 300)
    whitener = Whitener(points_of(scattered(np.random.default_rng(0), 300, 1000.0), level), law)
    spikes = np.sign(SPIKE_SCORES) * np.abs(SPIKE_SCORES) ** 1.7
    plain, spiky = (whitener.draw(np.random.default_rng(9), s) for s in (None, spikes))
    expected = 1.5 * level * np.interp(plain / level / 1.5, SPIKE_SCORES, spikes)
    np.testing.assert_allclose(spiky, expected, rtol=1e-6)
    same = whitener.draw(np.random.default_rng(9), SPIKE_SCORES)
    np.testing.assert_allclose(same, plain, rtol=1e-6)
