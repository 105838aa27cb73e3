"""Nested models: a nugget and exponentials of several ranges, for noise of any origin.

γ(d) = nugget + Σ sill (1 − e^(−d / range)). One exponential (§II-B) cannot hold both what
neighbouring points share, over tens of metres, and the atmosphere, over kilometres.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from groundmotion.aliases import Floats, Reals
from groundmotion.errors import InputError
from groundmotion.variogram.lags import LagVariogram

#: What a bin is trusted to beyond its pairs, which share points and atmosphere: relative variances
#: of the shortest and, in addition, of the longest lag; and as many pairs as tell all they can.
_SHARED, _SHARED_FAR, _MOST_PAIRS = 0.002, 0.04, 3000

#: Least share of the sill that is nugget: without any, two near points would be one.
_LEAST_NUGGET = 1e-3


@dataclass(frozen=True)
class NestedCovariance:
    """C(d) = Σ sill e^(−d / range) between points, and ``nugget`` more at a point itself.

    Parameters
    ----------
    nugget
        mm²/yr².
    ranges_m, sills
        (components,) each, e-folding ranges in metres, ascending, and mm²/yr², > 0; may be empty.
    """

    nugget: float
    ranges_m: tuple[float, ...]
    sills: tuple[float, ...]

    @property
    def sill(self) -> float:
        """Variance of a point, mm²/yr²."""
        return self.nugget + sum(self.sills)

    def between(self, lag_m: Reals) -> Floats:
        """Return the covariance of different points so far apart, mm²/yr²."""
        lag = np.asarray(lag_m, np.float64)
        total = np.zeros(lag.shape)
        for range_m, sill in zip(self.ranges_m, self.sills, strict=True):
            total += sill * np.exp(-lag / range_m)
        return total

    def gamma(self, lag_m: Reals) -> Floats:
        """Return the variogram at lags > 0, mm²/yr².

        Examples
        --------
        >>> float(NestedCovariance(1.0, (100.0,), (2.0,)).gamma(np.array([1e6]))[0])
        3.0
        """
        return self.sill - self.between(lag_m)

    def split(self, range_m: float) -> tuple["NestedCovariance", "NestedCovariance"]:
        """Part the components with ranges up to ``range_m``, and the nugget, from the longer."""
        pairs = list(zip(self.ranges_m, self.sills, strict=True))
        short, long = ([p for p in pairs if (p[0] > range_m) == far] for far in (False, True))
        return _model(self.nugget, short), _model(0.0, long)


def _model(nugget: float, pairs: list[tuple[float, float]]) -> NestedCovariance:
    return NestedCovariance(nugget, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs))


def fit_nested(variogram: LagVariogram, ranges_m: tuple[float, ...]) -> NestedCovariance:
    """Fit nugget and sills by non-negative least squares.

    Parameters
    ----------
    variogram
        At least three bins.
    ranges_m
        Ranges that may occur; those beyond the longest lag are left out, since only their slope
        would show.

    Raises
    ------
    InputError
        With fewer than three bins, or where all velocities are equal.
    """
    lag, gamma = variogram.lag_m, variogram.gamma_mm2_yr2
    if len(lag) < 3 or not gamma.max(initial=0) > 0:
        raise InputError(
            f"variogram with {len(lag)} bins and largest value {gamma.max(initial=0):g} mm²/yr²: "
            "expected at least three bins and velocities that differ; more points are needed"
        )
    used = np.array([r for r in ranges_m if r <= lag[-1]])
    design = np.column_stack([np.ones(len(lag)), 1 - np.exp(-lag[:, None] / used)])
    doubt = 1 / np.minimum(variogram.pairs, _MOST_PAIRS) + _SHARED + _SHARED_FAR * lag / lag[-1]
    weight = 1 / (np.maximum(gamma, 1e-9 * gamma.max()) * np.sqrt(doubt))
    sills = optimize.nnls(design * weight[:, None], gamma * weight)[0]
    nugget = max(float(sills[0]), _LEAST_NUGGET * float(sills.sum()))
    parts = [(float(r), float(s)) for r, s in zip(used, sills[1:], strict=True) if s > 0]
    return _model(nugget, parts)
