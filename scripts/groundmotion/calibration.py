"""Probabilities that come true as often as they say (temperature and bias, fitted on validation).

What is calibrated is the probability that a detector finally says, after the maximum over offsets
and the mean over intervals (paper §III-C), not that of a single wrap: p' = σ(logit(p)/T + b).

A temperature T alone (Guo et al. 2017) mends confidence that is too high or too low, as the mean
over intervals pulls it to the middle, but leaves p = 1/2 where it is. The maximum over offsets
shifts: of several noisy answers it takes the largest, with and without deformation, so that 1/2 is
said of windows that seldom deform. A bias b mends that; both together are Platt's (2000) scaling
of the logit. As T > 0 the order of the scores stays, and with it the area under the ROC curve;
what changes is where the decision at 1/2 falls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from groundmotion.errors import InputError

# 1/T and b that change nothing.
_IDENTITY = np.array([1.0, 0.0])

# Nearest to 1 that float64 can say: beyond it a logit is infinite.
_NEAREST = float(np.finfo(np.float64).epsneg)


@dataclass(frozen=True)
class Calibration:
    """How a detector's probability is corrected: p' = σ(logit(p)/T + b).

    Parameters
    ----------
    temperature
        T > 0; above 1 where the detector is too sure of itself.
    bias
        b, in logits; below 0 where it says deformation too often.

    Raises
    ------
    InputError
        If the temperature is not above 0 or one of the two is not a finite number.
    """

    temperature: float
    bias: float

    def __post_init__(self) -> None:
        if not (np.isfinite([self.temperature, self.bias]).all() and self.temperature > 0):
            raise InputError(
                f"calibration: expected a temperature above 0 and a finite bias, got "
                f"{self.temperature} and {self.bias}; calibrate the model again"
            )

    def apply(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Correct probabilities of any shape; NaN stays NaN.

        Examples
        --------
        >>> Calibration(temperature=2.0, bias=0.0).apply([0.2, 0.5]).round(3)
        array([0.333, 0.5  ])
        """
        return np.asarray(expit(_logits(probability) / self.temperature + self.bias))


def calibration_from(content: Mapping[str, Any]) -> Calibration:
    """Read a stored calibration (``calibration.json``).

    Raises
    ------
    InputError
        If a key is missing or its value is not a number in range.
    """
    try:
        temperature, bias = float(content["temperature"]), float(content["bias"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"calibration.json: expected the numbers temperature and bias, found {error}; "
            "calibrate the model again"
        ) from error
    return Calibration(temperature, bias)


def fit_calibration(
    probability: ArrayLike, labels: ArrayLike, temperature_range: tuple[float, float]
) -> Calibration:
    """Fit temperature and bias together by penalised maximum likelihood.

    Parameters
    ----------
    probability
        (n,) what the detector finally says of the validation examples, in [0, 1].
    labels
        (n,) of 0 and 1, both among them.
    temperature_range
        Lowest and highest temperature, both above 0. The highest is reached by detectors that
        know nothing, or are wrong more often than right.

    Returns
    -------
    The calibration, always finite.

    Raises
    ------
    InputError
        If the lengths differ, a probability lies outside [0, 1] or a class is missing.

    Notes
    -----
    Both parameters have a prior: 1/T is normal about 1 and b about 0, with standard deviation 1. So
    few examples, or ones that a threshold separates, have a finite best fit near what the network
    says; a hundred per class leave the prior little to say. Platt's own remedy, targets short of 1
    and 0, makes a detector less sure that is rightly sure. The loss is convex in 1/T and b.
    """
    # ASSUME: half the windows deform, as in the examples; on maps far fewer do.
    p, truth = np.asarray(probability, np.float64), np.asarray(labels).astype(bool)
    if p.shape != truth.shape:
        raise InputError(f"{p.size} probabilities but {truth.size} labels: expected as many")
    if not np.all((p >= 0) & (p <= 1)):
        raise InputError("probabilities: expected numbers in [0, 1], found others or NaN")
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not (positive and negative):
        raise InputError(
            f"calibration needs examples with and without deformation, got {positive} with and "
            f"{negative} without; raise examples.per_class.validation"
        )

    coldest, hottest = temperature_range
    bounds = [(1 / hottest, 1 / coldest), (None, None)]
    found = minimize(
        _loss,
        _IDENTITY,
        (_logits(p), truth.astype(np.float64)),
        method="L-BFGS-B",
        jac=True,
        bounds=bounds,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    ).x
    return Calibration(temperature=float(1 / found[0]), bias=float(found[1]))


def _loss(
    scale_bias: NDArray[np.float64], x: NDArray[np.float64], labels: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Cross-entropy of σ(scale · x + bias) with the labels, with the prior's, and its gradient."""
    from_identity = scale_bias - _IDENTITY
    z = scale_bias[0] * x + scale_bias[1]
    gap = expit(z) - labels
    slopes = np.array([np.sum(gap * x), np.sum(gap)]) + from_identity
    loss = np.sum(np.logaddexp(0, z) - labels * z) + np.sum(from_identity**2) / 2
    return float(loss), slopes


def _logits(probability: ArrayLike) -> NDArray[np.float64]:
    """Logit, finite where a probability is said to be 0 or 1."""
    p = np.asarray(probability, np.float64)
    return np.asarray(logit(np.clip(p, _NEAREST, 1 - _NEAREST)))
