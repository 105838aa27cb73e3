"""Recall curves: recovered where known, finite where all is found, and honest where none is."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from groundmotion.errors import InputError
from groundmotion.scores.recall import RecallCurve, fit_recall, threshold_at, velocity_with_interval


def _drawn(curve: RecallCurve, n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    speed = np.exp(rng.uniform(np.log(0.5), np.log(15), n))
    return speed, rng.random(n) < curve.recall(speed)


def test_a_known_curve_is_found_again():
    truth = RecallCurve(-3.0, 2.5)
    speed, hit = _drawn(truth, 40_000)
    found = fit_recall(speed, hit)
    assert found.alpha == pytest.approx(-3.0, abs=0.1)
    assert found.beta == pytest.approx(2.5, abs=0.1)
    wanted = np.exp((np.log(9) + 3.0) / 2.5)
    assert truth.velocity_mm_yr(0.9) == pytest.approx(wanted)
    assert truth.recall(wanted) == pytest.approx(0.9)


def test_the_fit_is_that_of_another_library():
    speed, hit = _drawn(RecallCurve(-2.0, 1.5), 500)
    other = LogisticRegression(C=100.0, tol=1e-10, max_iter=1000)  # the same weak prior on β
    other.fit(np.log(speed)[:, None], hit)
    found = fit_recall(speed, hit)
    assert found.beta == pytest.approx(other.coef_[0, 0], rel=0.01)
    assert found.alpha == pytest.approx(other.intercept_[0], rel=0.01)


def test_curves_stay_finite_at_the_ends():
    speed = np.linspace(1, 10, 40)
    assert np.isfinite(fit_recall(speed, speed > 5).beta)
    assert fit_recall(speed, np.ones(40)).velocity_mm_yr(0.9) < 1
    assert fit_recall(speed, np.zeros(40)).velocity_mm_yr(0.9) > 10
    falling = fit_recall(speed, speed < 5)
    assert (falling.beta, falling.velocity_mm_yr(0.9)) == (0, float("inf"))


def test_thresholds_let_through_the_share_that_they_say():
    scores = np.random.default_rng(1).normal(size=1000)
    assert np.sum(scores > threshold_at(scores, 0.01)) == 10
    assert np.mean(scores > threshold_at(scores[:150], 0.01)) < 0.05
    with pytest.raises(InputError, match="too few"):
        threshold_at(scores[:50], 0.01)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    truth, inside = RecallCurve(-3.0, 2.5), 0
    for seed in range(30):
        speed, hit = _drawn(truth, 200, seed)
        best, low, high = velocity_with_interval(
            speed, hit, 0.9, np.random.default_rng(seed), draws=60, confidence=0.9
        )
        assert low <= best <= high
        inside += low <= truth.velocity_mm_yr(0.9) <= high
    assert inside >= 22


@pytest.mark.parametrize("confidence", [0.95, 0.5])
def test_intervals_leave_out_as_much_at_either_end(confidence):
    speed, hit = _drawn(RecallCurve(-3.0, 2.5), 150)
    _, low, high = velocity_with_interval(
        speed, hit, 0.9, np.random.default_rng(7), draws=200, confidence=confidence
    )
    rng, again = np.random.default_rng(7), []
    for _ in range(200):
        index = rng.integers(150, size=150)
        again.append(fit_recall(speed[index], hit[index]).velocity_mm_yr(0.9))
    tail = (1 - confidence) / 2
    assert np.mean(np.array(again) < low) == pytest.approx(tail, abs=0.006)
    assert np.mean(np.array(again) > high) == pytest.approx(tail, abs=0.006)


def test_velocities_that_are_not_positive_are_refused():
    with pytest.raises(InputError, match="positive"):
        fit_recall([0.0, 1.0], [0, 1])
