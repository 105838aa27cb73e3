import gstools
import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.variogram.lags import LagVariogram
from groundmotion.variogram.nested import NestedCovariance, fit_nested

RANGES_M = (20.0, 50.0, 125.0, 300.0, 700.0, 1600.0, 4000.0)
LAG_M = np.geomspace(6.0, 6000.0, 30)
MIXTURE = NestedCovariance(0.8, (50.0, 700.0), (0.4, 1.3))


def exact(law, lag_m=LAG_M, pairs=1000.0):
    return LagVariogram(lag_m, law.gamma(lag_m), np.full(len(lag_m), pairs))


def test_a_mixture_is_recovered_from_its_exact_variogram():
    fit = fit_nested(exact(MIXTURE), RANGES_M)
    sills = dict.fromkeys(RANGES_M, 0.0) | dict(zip(fit.ranges_m, fit.sills, strict=True))
    expected = dict.fromkeys(RANGES_M, 0.0) | {50.0: 0.4, 700.0: 1.3}
    assert sills == pytest.approx(expected, abs=1e-6)
    assert fit.nugget == pytest.approx(0.8, rel=1e-6)


def test_a_covariance_is_the_sum_of_gstools_exponentials():
    lag = np.geomspace(1.0, 5000.0, 12)
    parts = [
        gstools.Exponential(dim=2, var=sill, len_scale=range_m)
        for range_m, sill in zip(MIXTURE.ranges_m, MIXTURE.sills, strict=True)
    ]
    np.testing.assert_allclose(MIXTURE.between(lag), sum(p.covariance(lag) for p in parts))
    np.testing.assert_allclose(
        MIXTURE.gamma(lag), MIXTURE.nugget + sum(p.variogram(lag) for p in parts)
    )


def test_sill_is_the_nugget_and_the_covariance_at_no_distance():
    assert MIXTURE.sill == pytest.approx(MIXTURE.nugget + MIXTURE.between(np.zeros(1))[0])
    assert MIXTURE.gamma(np.array([1e-9]))[0] == pytest.approx(MIXTURE.nugget)
    assert NestedCovariance(2.0, (), ()).between(np.array([0.0, 5.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("range_m", [10.0, 50.0, 200.0, 1e4])
def test_split_parts_add_up_and_the_nugget_goes_with_the_short(range_m):
    short, long = MIXTURE.split(range_m)
    np.testing.assert_allclose(short.between(LAG_M) + long.between(LAG_M), MIXTURE.between(LAG_M))
    assert (short.nugget, long.nugget) == (MIXTURE.nugget, 0.0)
    assert all(r <= range_m for r in short.ranges_m)
    assert all(r > range_m for r in long.ranges_m)


def test_no_sill_is_negative_where_the_variogram_falls():
    falling = LagVariogram(LAG_M, np.linspace(2.0, 1.0, len(LAG_M)), np.full(len(LAG_M), 500.0))
    fit = fit_nested(falling, RANGES_M)
    assert fit.nugget > 0
    assert all(s > 0 for s in fit.sills)
    assert fit.sill == pytest.approx(1.5, abs=0.3)


def test_some_nugget_is_left_where_the_variogram_starts_at_nothing():
    fit = fit_nested(exact(NestedCovariance(0.0, (700.0,), (2.0,))), RANGES_M)
    assert fit.nugget == pytest.approx(1e-3 * 2.0, rel=1e-2)


def test_ranges_beyond_the_longest_lag_are_left_out():
    lag = np.geomspace(6.0, 1500.0, 20)
    fit = fit_nested(exact(NestedCovariance(1.0, (4000.0,), (3.0,)), lag), RANGES_M)
    assert max(fit.ranges_m) <= lag[-1]


def test_a_bin_of_few_pairs_counts_little():
    gamma = MIXTURE.gamma(LAG_M)
    gamma[10] *= 3
    pairs = np.full(len(LAG_M), 3000.0)
    heavy = fit_nested(LagVariogram(LAG_M, gamma, pairs), RANGES_M)
    pairs[10] = 1.0
    light = fit_nested(LagVariogram(LAG_M, gamma, pairs), RANGES_M)
    off = [np.abs(fit.gamma(LAG_M) / MIXTURE.gamma(LAG_M) - 1).max() for fit in (heavy, light)]
    assert off[1] < 0.1 * off[0]


@pytest.mark.parametrize(
    ("lag", "gamma"), [(LAG_M[:2], np.ones(2)), (LAG_M[:0], np.ones(0)), (LAG_M, 0 * LAG_M)]
)
def test_too_few_bins_and_equal_velocities_are_refused(lag, gamma):
    with pytest.raises(InputError, match="at least three bins"):
        fit_nested(LagVariogram(lag, gamma, np.full(len(lag), 100.0)), RANGES_M)
