"""How velocity varies with distance: empirical variogram, fitted model, intervals (paper §II-B).

The model is nugget + exponential, γ(d) = nugget + a (1 − e^(−b d)), levelling off at the sill
a + nugget; γ is half the mean squared difference. The covariance between different points is
C(d) = a e^(−b d), and at a point it is the sill (equation 1).

``preparation`` takes off what is no noise, ``pairs`` sums over pairs of points, ``model`` is fitted
to them, and ``intervals`` says how well.
"""

from groundmotion.variogram.intervals import VariogramSettings, block_intervals
from groundmotion.variogram.model import (
    PARAMETERS,
    VariogramFit,
    exponential_covariance,
    fit_variogram,
    model_variogram,
)
from groundmotion.variogram.pairs import EmpiricalVariogram, empirical_variogram
from groundmotion.variogram.preparation import remove_plane, usable_lag_km, without_outliers

__all__ = [
    "PARAMETERS",
    "EmpiricalVariogram",
    "VariogramFit",
    "VariogramSettings",
    "block_intervals",
    "empirical_variogram",
    "exponential_covariance",
    "fit_variogram",
    "model_variogram",
    "remove_plane",
    "usable_lag_km",
    "without_outliers",
]
