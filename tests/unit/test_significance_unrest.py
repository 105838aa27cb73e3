import numpy as np
import pytest

from groundmotion.detection.significance.scan import LookStatistics
from groundmotion.detection.significance.unrest import scaled, unrest

CELL_M, SIZES_M = 20.0, np.array([30.0, 45.0])
SHAPE = (300, 200)


def statistics(spread, judged=True):
    """White noise of a spread, as the scan gives it for two sizes."""
    rng = np.random.default_rng(0)
    denominators = [np.full(SHAPE, d, np.float32) * judged for d in (0.5, 2.0)]
    numerators = [
        (spread * rng.standard_normal(SHAPE) * np.sqrt(d)).astype(np.float32) for d in denominators
    ]
    return LookStatistics(numerators, denominators)


def wild():
    """Twice as wild in the northern third: one of three blocks down."""
    spread = np.ones(SHAPE)
    spread[:100] = 2.0
    return spread


def test_quiet_ground_is_left_exactly():
    for spread in unrest(statistics(np.ones(SHAPE)), SIZES_M, CELL_M):
        assert spread.shape == SHAPE
        assert np.all(spread == 1.0)


def test_a_block_twice_as_wild_is_measured_in_twice_the_spread():
    for spread in unrest(statistics(wild()), SIZES_M, CELL_M):
        assert np.median(spread[20:50]) == pytest.approx(2.0, abs=0.2)
        assert spread.max() <= 2.1
        np.testing.assert_allclose(spread[160:], 1.0, atol=1e-6)


def test_unrest_is_told_with_caution_and_never_below_1():
    calm = unrest(statistics(0.5 * np.ones(SHAPE)), SIZES_M, CELL_M)
    assert all(np.all(s == 1.0) for s in calm)
    # Of blocks of few places a little unrest is not believed: sizes of 260 m leave one block.
    large = unrest(statistics(1.2 * np.ones(SHAPE)), np.array([260.0, 500.0]), CELL_M)
    assert all(np.all(s == 1.0) for s in large)
    small = unrest(statistics(1.2 * np.ones(SHAPE)), SIZES_M, CELL_M)
    assert all(np.all(s > 1.05) for s in small)


def test_a_source_in_a_quiet_block_is_no_unrest():
    noise = statistics(np.ones(SHAPE))
    noise.numerators[0][40:60, 40:60] -= 20.0
    assert np.all(unrest(noise, SIZES_M, CELL_M)[0] == 1.0)


def test_ground_that_is_not_judged_tells_nothing():
    judged = np.ones(SHAPE, bool)
    judged[:100] = False
    noise = statistics(wild(), judged)
    noise.numerators[0][:100] = 50.0
    assert all(np.all(s == 1.0) for s in unrest(noise, SIZES_M, CELL_M))


def test_scaled_statistics_are_smaller_by_the_spread():
    noise = statistics(np.ones(SHAPE))
    spreads = [np.full(SHAPE, 2.0, np.float32), np.full(SHAPE, 1.0, np.float32)]
    after = scaled(noise, spreads)
    for index, factor in enumerate((2.0, 1.0)):
        before = noise.numerators[index] / np.sqrt(noise.denominators[index])
        now = after.numerators[index] / np.sqrt(after.denominators[index])
        np.testing.assert_allclose(now, before / factor, rtol=1e-5)
