"""Probabilities that come true as often as they say (fitted on validation examples).

What is calibrated is the probability that a detector finally says, after its views of a window have
been put together (:mod:`groundmotion.patches.views`), not that of a single wrap:

    logit(p') = logit(p)/T + s ln(4p(1 − p)) + b.

A temperature T alone (Guo et al. 2017) mends confidence that is too high or too low, as the mean
over intervals pulls it to the middle, but leaves p = 1/2 where it is. The maximum over offsets
shifts: of several noisy answers it takes the largest, with and without deformation, so that 1/2 is
said of windows that seldom deform. A bias b mends that; both together are Platt's (2000) scaling
of the logit. They treat both ends alike. A network that is sure where it sees a fringe and
undecided where it sees none needs a skew s: with |s| < 1/T this is beta calibration (Kull et al.
2017). The order of the scores stays, and with it the area under the ROC curve; what changes is
where the decision at 1/2 falls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from groundmotion.errors import InputError
from groundmotion.patches.views import PRINTED, check_combination

# 1/T, s and b that change nothing.
_IDENTITY = np.array([1.0, 0.0, 0.0])

# Largest |s| T: at 1 one end would be flat, and the order of the scores there lost.
_SKEWEST = 0.95

# Nearest to 1 that float64 can say: beyond it a logit is infinite.
_NEAREST = float(np.finfo(np.float64).epsneg)


@dataclass(frozen=True)
class Calibration:
    """How a detector's probability is corrected: logit(p') = logit(p)/T + s ln(4p(1 − p)) + b.

    Parameters
    ----------
    temperature
        T > 0; above 1 where the detector is too sure of itself.
    bias
        b, in logits: what becomes of 1/2; below 0 where it says deformation too often.
    skew
        s, below 1/T in magnitude; below 0 where it is sure of deformation but undecided of none.
    combination
        How the views of a wrapped window make the probability that is corrected
        (:func:`groundmotion.patches.views.combine`).

    Raises
    ------
    InputError
        If the temperature is not above 0, one of the three is not a finite number, the skew
        would change the order of probabilities, or the combination is unknown.
    """

    temperature: float
    bias: float
    skew: float = 0.0
    combination: str = PRINTED

    def __post_init__(self) -> None:
        numbers = [self.temperature, self.bias, self.skew]
        if not (np.isfinite(numbers).all() and self.temperature > 0):
            raise InputError(
                f"calibration: expected a temperature above 0 and finite bias and skew, got "
                f"{self.temperature}, {self.bias} and {self.skew}; calibrate the model again"
            )
        if abs(self.skew) * self.temperature >= 1:
            raise InputError(
                f"calibration: expected a skew below 1/{self.temperature} in magnitude, got "
                f"{self.skew}, which changes the order of probabilities; calibrate the model again"
            )
        check_combination(self.combination)

    def apply(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Correct probabilities of any shape; NaN stays NaN.

        Examples
        --------
        >>> Calibration(temperature=2.0, bias=0.0).apply([0.2, 0.5]).round(3)
        array([0.333, 0.5  ])
        """
        x, ends = _features(probability)
        return np.asarray(expit(x / self.temperature + self.skew * ends + self.bias))


def calibration_from(content: Mapping[str, Any]) -> Calibration:
    """Read a stored calibration (``calibration.json``).

    Without a skew it has none, and without a combination the printed one.

    Raises
    ------
    InputError
        If a key is missing or its value is not a number in range, or the combination is unknown.
    """
    try:
        temperature, bias = float(content["temperature"]), float(content["bias"])
        skew = float(content.get("skew", 0.0))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"calibration.json: expected the numbers temperature and bias, found {error}; "
            "calibrate the model again"
        ) from error
    return Calibration(temperature, bias, skew, str(content.get("combination", PRINTED)))


def fit_calibration(
    probability: ArrayLike, labels: ArrayLike, temperature_range: tuple[float, float]
) -> Calibration:
    """Fit temperature, skew and bias together by penalised maximum likelihood.

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
    All have a prior: 1/T is normal about 1, s and b about 0, with standard deviation 1. So few
    examples, or ones that a threshold separates, have a finite best fit near what the network says;
    a hundred per class leave the prior little to say. Platt's own remedy, targets short of 1 and 0,
    makes a detector less sure that is rightly sure. The loss is convex in 1/T, s and b; it is
    searched in 1/T, sT and b, whose bounds do not depend on each other.
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
    # Imported where it is used: detectors only read what was fitted.
    from scipy.optimize import minimize

    solution = minimize(
        _loss,
        _IDENTITY,
        (*_features(p), truth.astype(np.float64)),
        method="L-BFGS-B",
        jac=True,
        bounds=[(1 / hottest, 1 / coldest), (-_SKEWEST, _SKEWEST), (None, None)],
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    ).x
    scale, share, bias = map(float, solution)
    return Calibration(temperature=1 / scale, bias=bias, skew=scale * share)


def _loss(
    parameters: NDArray[np.float64],
    x: NDArray[np.float64],
    ends: NDArray[np.float64],
    labels: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Cross-entropy with the labels, with the prior's, and its gradient, in 1/T, sT and b."""
    scale, share, bias = parameters
    from_identity = np.array([scale, scale * share, bias]) - _IDENTITY
    bent = x + share * ends
    z = scale * bent + bias
    gap = expit(z) - labels
    d_scale, d_skew, d_bias = from_identity
    slopes = np.array(
        [
            np.sum(gap * bent) + d_scale + d_skew * share,
            np.sum(gap * ends) * scale + d_skew * scale,
            np.sum(gap) + d_bias,
        ]
    )
    loss = np.sum(np.logaddexp(0, z) - labels * z) + np.sum(from_identity**2) / 2
    return float(loss), slopes


def _features(probability: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logit and ln(4p(1 − p)), finite where a probability is said to be 0 or 1."""
    p = np.clip(np.asarray(probability, np.float64), _NEAREST, 1 - _NEAREST)
    return np.asarray(logit(p)), np.asarray(np.log(4 * p) + np.log1p(-p))
