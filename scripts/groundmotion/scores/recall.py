"""What a detector can see: recall by velocity, and the velocity that it takes.

The threshold on a detector's score is set by its false alarms on windows without deformation.
Recall is then a rising function of the peak velocity v, for which a logistic curve in log v is
fitted, P = σ(α + β log v) with β ≥ 0. It is inverted for the velocity at which a wanted recall is
reached.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from groundmotion.aliases import Floats
from groundmotion.errors import InputError

#: Standard deviation of the weak priors on α and β: where all is found, curves stay finite.
_PRIOR = 10.0


@dataclass(frozen=True)
class RecallCurve:
    """Recall at the peak velocity v: σ(``alpha`` + ``beta`` log v)."""

    alpha: float
    beta: float

    def recall(self, velocity_mm_yr: ArrayLike) -> Floats:
        """Recall at some velocities."""
        return np.asarray(expit(self.alpha + self.beta * np.log(velocity_mm_yr)))

    def velocity_mm_yr(self, recall: float) -> float:
        """Velocity at which a recall in (0, 1) is reached; infinite if it never is.

        Examples
        --------
        >>> round(RecallCurve(alpha=0.0, beta=2.0).velocity_mm_yr(0.5), 6)
        1.0
        """
        if self.beta <= 0:
            return 0.0 if self.alpha >= logit(recall) else float("inf")
        with np.errstate(over="ignore"):
            return float(np.exp((logit(recall) - self.alpha) / self.beta))


def threshold_at(scores: ArrayLike, false_alarms: float) -> float:
    """Return the score that at most a share of windows without deformation exceeds.

    Parameters
    ----------
    scores
        (n,) of windows without deformation.
    false_alarms
        Share of them, in (0, 1).

    Raises
    ------
    InputError
        If there are too few windows to tell: fewer than one over the share.

    Examples
    --------
    >>> threshold_at(np.arange(100.0), 0.02)
    97.0
    """
    ordered = np.sort(np.asarray(scores, np.float64))
    allowed = int(np.floor(false_alarms * len(ordered) + 1e-9))
    if allowed < 1:
        raise InputError(
            f"detectability: {len(ordered)} windows without deformation are too few for "
            f"{false_alarms:g} false alarms a window; raise per_class or false_alarms"
        )
    return float(ordered[-allowed - 1])


def fit_recall(velocity_mm_yr: ArrayLike, hits: ArrayLike) -> RecallCurve:
    """Fit the curve by penalised maximum likelihood.

    Parameters
    ----------
    velocity_mm_yr
        (n,) peak velocities, positive.
    hits
        (n,) whether each was found.

    Raises
    ------
    InputError
        If there is no example, or a velocity is not positive.
    """
    speed, hit = np.asarray(velocity_mm_yr, np.float64), np.asarray(hits, bool)
    if len(speed) == 0 or not np.all(speed > 0):
        raise InputError("detectability: expected examples with positive peak velocities")
    x = np.log(speed)
    best = minimize(
        _loss, np.zeros(2), (x, hit), jac=True, method="L-BFGS-B", bounds=[(None, None), (0, None)]
    ).x
    return RecallCurve(float(best[0]), float(best[1]))


def _loss(parameters: Floats, x: Floats, hit: NDArray[np.bool_]) -> tuple[float, Floats]:
    z = parameters[0] + parameters[1] * x
    gap = expit(z) - hit
    loss = float(np.sum(np.logaddexp(0, z) - hit * z) + np.sum((parameters / _PRIOR) ** 2) / 2)
    return loss, np.array([gap.sum(), gap @ x]) + parameters / _PRIOR**2


def velocity_with_interval(
    velocity_mm_yr: ArrayLike,
    hits: ArrayLike,
    recall: float,
    rng: np.random.Generator,
    draws: int = 200,
    confidence: float = 0.95,
) -> tuple[float, float, float]:
    """Return the velocity at which a recall is reached, with a bootstrap interval.

    Parameters
    ----------
    velocity_mm_yr, hits
        As for :func:`fit_recall`.
    recall
        In (0, 1).
    rng
        Draws the examples again.
    draws, confidence
        Of the interval.

    Returns
    -------
    velocity, low, high
        mm/yr; infinite where the recall is never reached.
    """
    speed, hit = np.asarray(velocity_mm_yr, np.float64), np.asarray(hits, bool)
    best = fit_recall(speed, hit).velocity_mm_yr(recall)
    velocities = []
    for _ in range(draws):
        index = rng.integers(len(speed), size=len(speed))
        velocities.append(fit_recall(speed[index], hit[index]).velocity_mm_yr(recall))
    tail = (1 - confidence) / 2
    ordered = np.sort(velocities)
    low, high = (ordered[min(int(q * draws), draws - 1)] for q in (tail, 1 - tail))
    return best, float(low), float(high)


@dataclass(frozen=True)
class DetectabilitySettings:
    """How detectors are compared.

    Parameters
    ----------
    false_alarms
        Share of windows without deformation that may be called deforming.
    recall
        That is asked for, in (0, 1).
    confidence
        Of intervals.
    density, size_m, peak_mm_yr
        Edges of the classes in which examples are put together, ascending.
    seed
        Of the bootstrap.
    """

    false_alarms: float
    recall: float
    confidence: float
    density: Sequence[float]
    size_m: Sequence[float]
    peak_mm_yr: Sequence[float]
    seed: int


def tabulate_detector(
    rows: pd.DataFrame, settings: DetectabilitySettings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tabulate what one detector sees.

    Parameters
    ----------
    rows
        Examples with the columns ``label``, ``score`` (the detector's), ``density`` (share of
        cells with a point), and with deformation ``peak_mm_yr`` and ``size_m``.
    settings
        Classes, false alarms and recall.

    Returns
    -------
    velocities
        For each class of density and size: n, velocity_mm_yr, low, high; infinite beyond the
        largest of ``settings.peak_mm_yr``, which no example exceeds.
    recalls
        For each class of density and peak velocity: n, found, and n_quiet, from which the threshold
        was taken.

    Raises
    ------
    InputError
        If there are too few windows without deformation.
    """
    quiet, moves = rows[rows["label"] == 0], rows[rows["label"] == 1]
    threshold = threshold_at(quiet["score"], settings.false_alarms)
    moves = moves.assign(peak_mm_yr=moves["peak_mm_yr"].abs(), hit=moves["score"] > threshold)
    velocities, recalls = [], []
    for density, part in _bands(moves, "density", settings.density):
        for size, few in _bands(part, "size_m", settings.size_m):
            interval = velocity_with_interval(
                few["peak_mm_yr"], few["hit"], settings.recall,
                np.random.default_rng(settings.seed), confidence=settings.confidence,
            )  # fmt: skip
            ends = [v if v <= settings.peak_mm_yr[-1] else float("inf") for v in interval]
            limits = dict(zip(("velocity_mm_yr", "low", "high"), ends, strict=True))
            velocities.append({**density, **size, "n": len(few), **limits})
        for speed, few in _bands(part, "peak_mm_yr", settings.peak_mm_yr):
            counts = {"n": len(few), "found": int(few["hit"].sum()), "n_quiet": len(quiet)}
            recalls.append({**density, **speed, **counts})
    return velocities, recalls


def _bands(
    rows: pd.DataFrame, column: str, edges: Sequence[float]
) -> Iterator[tuple[dict[str, float], pd.DataFrame]]:
    for low, high in itertools.pairwise(edges):
        part = rows[(rows[column] >= low) & (rows[column] < high)]
        if len(part):
            yield {f"{column}_from": low, f"{column}_to": high}, part
