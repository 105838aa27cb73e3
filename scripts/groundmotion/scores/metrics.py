"""Confusion matrices, the figures of Table I, and calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

from groundmotion.errors import InputError


@dataclass(frozen=True)
class Confusion:
    """Counts of a two-class test: true and false positives, true and false negatives."""

    tp: int
    fp: int
    tn: int
    fn: int


@dataclass(frozen=True)
class Reliability:
    """Predicted against observed frequency in bins of the probability; NaN in empty bins."""

    probability: NDArray[np.float64]
    frequency: NDArray[np.float64]
    count: NDArray[np.int64]


@dataclass(frozen=True)
class Accuracy:
    """Share of right decisions, its standard error, and of how many examples."""

    value: float
    standard_error: float
    count: int


def confusion(labels: ArrayLike, predicted: ArrayLike) -> Confusion:
    """Count the four outcomes.

    Parameters
    ----------
    labels, predicted
        (n,) each, 1 or True for deformation.

    Raises
    ------
    InputError
        If the lengths differ.

    Examples
    --------
    >>> confusion([1, 1, 0, 0], [1, 0, 0, 1])
    Confusion(tp=1, fp=1, tn=1, fn=1)
    """
    truth, guess = np.asarray(labels).astype(bool), np.asarray(predicted).astype(bool)
    if truth.shape != guess.shape:
        raise InputError(f"{truth.size} labels but {guess.size} predictions: expected as many")
    return Confusion(
        tp=int(np.sum(truth & guess)),
        fp=int(np.sum(~truth & guess)),
        tn=int(np.sum(~truth & ~guess)),
        fn=int(np.sum(truth & ~guess)),
    )


def rates(counts: Confusion) -> dict[str, float]:
    """Return the figures of Table I as fractions; NaN where nothing was counted.

    Notes
    -----
    ``fpr`` is the false positive rate fp/(fp + tn). ``fomr`` is the false omission rate
    fn/(fn + tn), which is what the last column of the paper's Table I holds.

    Examples
    --------
    >>> rates(Confusion(tp=8, fp=1, tn=9, fn=2))["accuracy"]
    0.85
    """

    def share(part: int, whole: int) -> float:
        return part / whole if whole else float("nan")

    c = counts
    return {
        "accuracy": share(c.tp + c.tn, c.tp + c.fp + c.tn + c.fn),
        "precision": share(c.tp, c.tp + c.fp),
        "recall": share(c.tp, c.tp + c.fn),
        "fpr": share(c.fp, c.fp + c.tn),
        "fomr": share(c.fn, c.fn + c.tn),
    }


def precision_recall(
    areas: int, false_areas: int, true_found: int, true_total: int
) -> dict[str, float]:
    """Return ``precision``, ``recall`` and ``f1`` of counts; NaN where nothing was counted.

    Examples
    --------
    >>> precision_recall(areas=4, false_areas=1, true_found=1, true_total=2)
    {'precision': 0.75, 'recall': 0.5, 'f1': 0.6}
    """
    precision = (areas - false_areas) / areas if areas else float("nan")
    recall = true_found / true_total if true_total else float("nan")
    total = precision + recall
    f1 = 2 * precision * recall / total if total > 0 else (0.0 if total == 0 else float("nan"))
    return {"precision": precision, "recall": recall, "f1": f1}


def error_of_share(share: ArrayLike, count: ArrayLike) -> NDArray[np.float64]:
    """Binomial standard error of a share counted in ``count`` cases.

    It takes (k + 1)/(n + 2) for the share, so that it is not nought where all are right.

    Examples
    --------
    >>> round(float(error_of_share(1.0, 98)), 6)  # of 98 cases all: √(0.99 · 0.01 / 98)
    0.010051
    """
    n = np.asarray(count, np.float64)
    smoothed = (np.asarray(share, np.float64) * n + 1) / (n + 2)
    return np.asarray(np.sqrt(smoothed * (1 - smoothed) / n))


def area_under_roc(score: ArrayLike, labels: ArrayLike) -> float:
    """Return how often an example of deformation scores higher than one without.

    Equal scores count half: the area under the ROC curve. NaN where a class is missing.

    Examples
    --------
    >>> area_under_roc([0.1, 0.4, 0.4, 0.9], [0, 0, 1, 1])
    0.875
    """
    values, truth = np.asarray(score, np.float64), np.asarray(labels).astype(bool)
    if values.shape != truth.shape:
        raise InputError(f"{values.size} scores but {truth.size} labels: expected as many")
    positive, negative = values[truth], np.sort(values[~truth])
    if not (positive.size and negative.size):
        return float("nan")
    below, up_to = (np.searchsorted(negative, positive, side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * negative.size))


def reliability(probability: ArrayLike, labels: ArrayLike, bins: int) -> Reliability:
    """Compare predicted probabilities with how often they come true.

    Parameters
    ----------
    probability
        (n,) in [0, 1].
    labels
        (n,) of 0 and 1.
    bins
        Number of bins of equal width; the last one includes 1.

    Raises
    ------
    InputError
        If the lengths differ or a probability lies outside [0, 1].
    """
    p, truth = np.asarray(probability, np.float64), np.asarray(labels, np.float64)
    if p.shape != truth.shape:
        raise InputError(f"{p.size} probabilities but {truth.size} labels: expected as many")
    if not np.all((p >= 0) & (p <= 1)):
        raise InputError("probabilities: expected numbers in [0, 1], found others or NaN")
    index = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        return Reliability(
            probability=np.bincount(index, weights=p, minlength=bins) / count,
            frequency=np.bincount(index, weights=truth, minlength=bins) / count,
            count=count,
        )


def expected_calibration_error(probability: ArrayLike, labels: ArrayLike, bins: int) -> float:
    """Return the mean gap between predicted and observed frequency, weighted by bin count.

    Naeini et al. (2015), for the probability of the positive class. NaN without examples.

    Examples
    --------
    >>> expected_calibration_error([0.25] * 4, [1, 0, 0, 0], bins=10)
    0.0
    """
    curve = reliability(probability, labels, bins)
    gap = np.abs(curve.probability - curve.frequency)
    total = curve.count.sum()
    return float(np.nansum(gap * curve.count) / total) if total else float("nan")


def wilson_interval(
    frequency: ArrayLike, count: ArrayLike, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the true frequencies may lie: Wilson's (1927) interval of a binomial share.

    Parameters
    ----------
    frequency
        (n,) observed shares; NaN where nothing was counted.
    count
        (n,) out of how many; need not be whole.
    confidence
        Such as 0.95.

    Returns
    -------
    lower, upper
        (n,) ends, NaN where nothing was counted.

    Examples
    --------
    >>> [round(float(end[0]), 3) for end in wilson_interval([0.0], [10], 0.95)]
    [0.0, 0.278]
    """
    share, n = np.asarray(frequency, np.float64), np.asarray(count, np.float64)
    z = float(ndtri((1 + confidence) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / (1 + z**2 / n)
        middle = scale * (share + z**2 / (2 * n))
        half = scale * z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding must not take the ends out of [0, 1].
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def poisson_interval(
    count: ArrayLike, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the expected numbers of events may lie: Garwood's (1936) exact interval.

    Parameters
    ----------
    count
        (n,) events that were counted.
    confidence
        Such as 0.95.

    Examples
    --------
    >>> [round(float(end), 3) for end in poisson_interval(3, 0.95)]
    [0.619, 8.767]
    """
    events, tail = np.asarray(count, np.float64), (1 - confidence) / 2
    low = np.where(events > 0, gammaincinv(np.maximum(events, 1), tail), 0.0)
    return low, np.asarray(gammaincinv(events + 1, 1 - tail))


def change_of_share(right: ArrayLike, before: ArrayLike, *, paired: bool) -> tuple[float, float]:
    """Return by how much a share of right answers changed, and the standard error of that.

    Parameters
    ----------
    right, before
        (n,) and (n,) of True where an answer is right, after a change and before.
    paired
        The n answers are to pairs of questions that are alike but for the change; else all are
        independent.

    Examples
    --------
    >>> change_of_share([1, 0, 1, 0], [1, 1, 1, 1], paired=True)[0]
    -0.5
    """
    after, earlier = np.asarray(right, np.float64), np.asarray(before, np.float64)
    if after.shape != earlier.shape or len(after) < 2:
        raise InputError(f"{after.size} and {earlier.size} answers: expected as many, at least two")
    if paired:
        variance = np.var(after - earlier, ddof=1)
    else:
        variance = np.var(after, ddof=1) + np.var(earlier, ddof=1)
    return float(after.mean() - earlier.mean()), float(np.sqrt(variance / len(after)))
