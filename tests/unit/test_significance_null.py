import json

import numpy as np
import pytest
from noisy_ground import LAW, NOISE, TOWARD, known_noise, look_points, scattered
from scipy import ndimage

from groundmotion.detection.significance.looks import strongest
from groundmotion.detection.significance.null import FalseAreaLaw, Null, draw_null
from groundmotion.detection.significance.scan import LookScan, LookStatistics
from groundmotion.noise.cells import CellGrid

SIDE_M, CELL_M, MIN_POINTS = 3000.0, 40.0, 4
GRID = CellGrid.over((0.0, 0.0, SIDE_M, SIDE_M), CELL_M)
SIZES_M = np.array([60.0, 90.0, 135.0, 200.0])


@pytest.fixture(scope="module")
def scan():
    rng = np.random.default_rng(0)
    # Half of the ground is five times as dense as the other.
    places = np.concatenate([scattered(rng, 700, SIDE_M), scattered(rng, 1400, SIDE_M) * [0.5, 1]])
    # What the levels of the ground are told from; noise alone is drawn.
    points = look_points(places, rng.normal(size=len(places)))
    bank = (SIZES_M, TOWARD)
    return LookScan(points, known_noise(LAW, len(places)), GRID, bank, NOISE)


@pytest.fixture(scope="module")
def null(scan):
    return draw_null([{"asc": scan}], 12, MIN_POINTS, 1)


@pytest.fixture(scope="module")
def fresh(scan, null):
    """Statistics of noise that the null has not seen."""
    denominators = scan.denominators(list(null.spread["asc"]), scan.judged(MIN_POINTS))
    return [
        LookStatistics(scan.draw(np.random.default_rng((77, i))), denominators) for i in range(25)
    ]


def test_the_statistic_has_unit_variance_on_fresh_noise(fresh):
    for size in range(len(fresh[0].numerators)):
        judged = fresh[0].denominators[size] > 0
        squares = [s.numerators[size][judged] ** 2 / s.denominators[size][judged] for s in fresh]
        assert np.mean(squares) == pytest.approx(1.0, abs=0.15), size
    everything = [
        np.mean(n[d > 0] ** 2 / d[d > 0])
        for s in fresh for n, d in zip(s.numerators, s.denominators, strict=True)
    ]  # fmt: skip
    assert 0.93 < np.mean(everything) < 1.07


def test_it_has_so_where_points_are_dense_and_where_they_are_sparse(fresh):
    size = 1
    denominator = fresh[0].denominators[size]
    west = np.arange(GRID.shape[1]) < GRID.shape[1] // 2
    for side in (west, ~west):
        judged = (denominator > 0) & side
        mean = np.mean([s.numerators[size][judged] ** 2 / denominator[judged] for s in fresh])
        assert mean == pytest.approx(1.0, abs=0.15)
    assert denominator[:, west].mean() > 2 * denominator[:, ~west].mean()


def test_thresholds_let_through_as_many_false_areas_as_asked_for(fresh, null):
    asked = 150.0
    thresholds = null.thresholds(asked)
    excess = [strongest([s], thresholds).excess for s in fresh]
    number = sum(ndimage.label(e > 0)[1] for e in excess)
    judged = np.any([d > 0 for d in fresh[0].denominators], axis=0).sum() * CELL_M**2 / 1e6
    rate = 1000 * number / judged / len(fresh)
    assert asked / 2 < rate < asked * 2


def test_drawn_ground_is_what_could_be_judged(null, fresh):
    judged = np.any([d > 0 for d in fresh[0].denominators], axis=0)
    assert null.drawn_km2 == pytest.approx(12 * judged.sum() * CELL_M**2 / 1e6)
    assert null.each_size_m().tolist() == SIZES_M.tolist()
    assert 1.0 <= null.sharing <= len(null.laws) == 2 * len(SIZES_M)


def test_fewer_false_areas_need_a_higher_threshold(null):
    few, more = null.thresholds(1.0), null.thresholds(30.0)
    assert np.all(few > more)
    assert np.all((few > 3.0) & (few < 8.0))


def test_the_same_seed_draws_the_same_null_and_another_does_not(scan):
    first, second, other = (
        draw_null([{"asc": scan}], 2, MIN_POINTS, seed) for seed in (5, 5, 6)
    )  # fmt: skip
    assert first == second
    assert first != other


def test_a_null_survives_json(null):
    again = Null.from_dict(json.loads(json.dumps(null.as_dict())))
    assert again == null
    assert again.thresholds(1.0).tolist() == null.thresholds(1.0).tolist()


@pytest.mark.parametrize("tail", [0.5, 1.0])
def test_a_threshold_is_the_inverse_of_the_rate(tail):
    law = FalseAreaLaw(9.0, tail)
    for rate in (0.01, 1.0, 50.0):
        assert law.rate(law.threshold(rate)) == pytest.approx(rate)
    assert law.threshold(1e9) == 3.0
    assert law.rate(2.0) == pytest.approx(2 * np.exp(9.0 - 2 * tail))
