"""The fitted model: nugget + exponential (paper §II-B, equation 1)."""

from dataclasses import dataclass

import numpy as np

from groundmotion.aliases import Floats
from groundmotion.errors import InputError
from groundmotion.variogram.pairs import EmpiricalVariogram

#: The numbers that describe the model, in the order used throughout.
PARAMETERS = ("nugget", "a", "sill", "b_per_km")


@dataclass(frozen=True)
class VariogramFit:
    """Fitted model, mm²/yr² and per km; ``on_bound`` names parameters stuck on a bound."""

    nugget: float
    a: float
    sill: float
    b_per_km: float
    on_bound: tuple[str, ...]


def exponential_covariance(lag_km: Floats, a: float, b_per_km: float) -> Floats:
    """Return C(d) = a e^(−b d) without the nugget (equation 1, d > 0).

    Examples
    --------
    >>> float(exponential_covariance(np.array([0.0]), 1.5, 1.0)[0])
    1.5
    """
    return np.asarray(a * np.exp(-b_per_km * np.asarray(lag_km, np.float64)))


def model_variogram(lag_km: Floats, nugget: float, a: float, b_per_km: float) -> Floats:
    """Return γ(d) = nugget + a (1 − e^(−b d)) for d > 0."""
    return nugget + a - exponential_covariance(lag_km, a, b_per_km)


def fit_variogram(empirical: EmpiricalVariogram) -> VariogramFit:
    """Fit nugget, a and b by weighted least squares under bounds.

    The weight of a bin is pairs/γ² with γ from the model (Cressie 1985): it minimises
    Σ pairs (γ̂/γ − 1)².

    Parameters
    ----------
    empirical
        At least four bins.

    Returns
    -------
    VariogramFit
        ``on_bound`` may hold ``nugget``, ``a`` (no such part) and ``b_per_km`` (range shorter
        than a bin, or so long that only the slope a·b is known).

    Raises
    ------
    InputError
        With fewer than four bins that hold pairs, or with values that are all equal.
    """
    # Imported where it is used: the noise of examples needs the model, not its fit.
    from scipy import optimize

    lag, gamma, pairs = empirical.lag_km, empirical.gamma_mm2_yr2, empirical.n_pairs
    if len(lag) < 4 or not gamma.max() > 0:
        raise InputError(
            f"variogram with {len(lag)} bins and largest value {gamma.max(initial=0.0):g}: "
            "expected at least four bins and values that differ; use more points or a longer "
            "max_lag_km"
        )
    top = float(gamma.max())
    # ASSUME: bounds are what the bins can resolve: a practical range 3/b of one bin to ten times
    # the longest lag.
    bin_km = float(np.diff(lag).mean())
    low = np.array([0.0, 0.0, 0.3 / lag[-1]])
    high = np.array([top, 10 * top, 3 / bin_km])

    def residuals(p: Floats) -> Floats:
        model = np.maximum(model_variogram(lag, *p), 1e-9 * top)
        return np.sqrt(pairs / pairs.sum()) * (gamma / model - 1)

    starts = [np.array([0.5 * top, 0.5 * top, b / lag[-1]]) for b in (1.0, 4.0, 16.0)]
    inside = [np.clip(s, low + 1e-6 * (high - low), high - 1e-6 * (high - low)) for s in starts]
    scale = np.array([top, top, 3 / lag[-1]])
    fits = [
        optimize.least_squares(residuals, s, bounds=(low, high), x_scale=scale, xtol=1e-12)
        for s in inside
    ]
    nugget, a, b = (float(v) for v in min(fits, key=lambda f: float(f.cost)).x)
    best = np.array([nugget, a, b])
    near = np.minimum(best - low, high - best) < 1e-4 * (high - low)
    on_bound = tuple(np.array(("nugget", "a", "b_per_km"))[near].tolist())
    return VariogramFit(nugget, a, nugget + a, b, on_bound)
