import numpy as np
import pytest
from noisy_ground import dense_noise, scattered

from groundmotion.variogram import lags
from groundmotion.variogram.lags import lag_variogram
from groundmotion.variogram.nested import NestedCovariance

SIDE_M, CELL_M, LONGEST_M = 1000.0, 30.0, 500.0
NEAR_M = 4 * CELL_M


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(3)
    places = scattered(rng, 600, SIDE_M)
    return places, dense_noise(rng, places, NestedCovariance(0.5, (200.0,), (1.5,)))


def slow_pairs(places, values):
    """(distance, half square) of near pairs by their own distance, then of far ones by cells'."""
    corner = places.min(axis=0)
    near, far = [], []
    cells = np.floor((places - corner) / CELL_M)
    for i in range(len(places)):
        for j in range(i):
            half_square = 0.5 * (values[i] - values[j]) ** 2
            distance = np.hypot(*(places[i] - places[j]))
            between_cells = CELL_M * np.hypot(*(cells[i] - cells[j]))
            if distance <= NEAR_M:
                near.append((distance, half_square))
            if NEAR_M <= between_cells < LONGEST_M:
                far.append((between_cells, half_square))
    return np.array([*sorted(near), *sorted(far)])


def test_bins_hold_what_a_loop_over_all_pairs_gives(points):
    places, values = points
    variogram = lag_variogram(places, values, CELL_M, LONGEST_M, robust=False)
    pairs = slow_pairs(places, values)
    assert variogram.pairs.sum() == len(pairs)
    # Bins are contiguous in distance, so their numbers of pairs cut the sorted list.
    ends = np.cumsum(variogram.pairs).astype(int)
    for start, end, lag, gamma in zip(
        [0, *ends[:-1]], ends, variogram.lag_m, variogram.gamma_mm2_yr2, strict=True
    ):
        assert (lag, gamma) == pytest.approx(tuple(pairs[start:end].mean(axis=0)), rel=1e-6)
    assert len(ends) >= 10


def test_a_constant_changes_nothing_and_a_factor_counts_squared(points):
    places, values = points
    first = lag_variogram(places, values, CELL_M, LONGEST_M, robust=True)
    moved = lag_variogram(places + 5e5, 3 * values + 40.0, CELL_M, LONGEST_M, robust=True)
    np.testing.assert_allclose(moved.gamma_mm2_yr2, 9 * first.gamma_mm2_yr2, rtol=1e-6)
    np.testing.assert_allclose(moved.lag_m, first.lag_m, rtol=1e-6)


def test_bins_of_few_pairs_are_left_out(points):
    places, values = points
    few = lag_variogram(places[:60], values[:60], CELL_M, LONGEST_M, robust=False)
    assert few.pairs.min() >= 30
    assert few.lag_m[0] > 25.0


def test_some_of_very_many_pairs_stand_for_all(points, monkeypatch):
    places, values = points
    everything = lag_variogram(places, values, CELL_M, LONGEST_M, robust=False)
    monkeypatch.setattr(lags, "_MOST_PAIRS", 6000)
    some = lag_variogram(places, values, CELL_M, LONGEST_M, robust=False)
    near = some.lag_m < NEAR_M
    assert some.pairs[near].sum() < 0.5 * everything.pairs[everything.lag_m < NEAR_M].sum()
    common = np.interp(some.lag_m[near], everything.lag_m, everything.gamma_mm2_yr2)
    assert np.average(some.gamma_mm2_yr2[near] / common, weights=some.pairs[near]) == pytest.approx(
        1.0, abs=0.12
    )


@pytest.fixture(scope="module")
def wide():
    rng = np.random.default_rng(9)
    places = scattered(rng, 2500, 4000.0)
    return places, dense_noise(rng, places, NestedCovariance(1.0, (400.0,), (1.0,)))


def rise(places, values, *, robust):
    """How much higher γ is beyond 1.2 km than at 0.3 km."""
    variogram = lag_variogram(places, values, 50.0, 2500.0, robust=robust)
    lag, gamma = variogram.lag_m, variogram.gamma_mm2_yr2
    return gamma[lag > 1200].mean() - np.interp(300.0, lag, gamma)


def test_ground_that_moves_hardly_lifts_the_robust_far_lags(wide):
    places, noise = wide
    away = np.hypot(*(places - 2000.0).T)
    radius = np.sqrt(0.10 * 4000.0**2 / np.pi)
    moving = noise - 12.0 * np.exp(-((away / radius) ** 6))
    lifted = {
        robust: rise(places, moving, robust=robust) - rise(places, noise, robust=robust)
        for robust in (False, True)
    }
    assert lifted[False] > 5.0
    assert lifted[True] < 0.25 * lifted[False]


def test_robust_far_lags_of_still_ground_are_nearly_the_classical_ones_and_never_above(wide):
    places, noise = wide
    robust, classical = (
        lag_variogram(places, noise, 50.0, 2500.0, robust=r).gamma_mm2_yr2 for r in (True, False)
    )
    assert np.all(robust <= classical + 1e-9)
    assert robust[-5:].mean() > 0.75 * classical[-5:].mean()
    assert rise(places, noise, robust=True) > 0.75 * rise(places, noise, robust=False)
