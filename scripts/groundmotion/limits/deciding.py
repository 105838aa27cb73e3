"""From statistics to decisions: thresholds chosen on one set, accuracy on another."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from groundmotion.errors import InputError
from groundmotion.scores.metrics import Accuracy, confusion, error_of_share

#: Observer → column of its statistic.
OBSERVERS = {
    "average_likelihood": "log_likelihood_ratio",
    "matched_filter": "matched_filter",
    "threshold": "threshold",
}

#: Columns of an :class:`Accuracy` in tables.
ACCURACY = ("accuracy", "standard_error", "n_test")


def largest_velocity(sparse: NDArray[np.floating]) -> float:
    """Largest |median of 3 × 3 pixels| at a map's points, mm/yr: what a plain threshold sees.

    Parameters
    ----------
    sparse
        (rows, cols), NaN where there is no point.
    """
    # Imported where it is used: tables of verdicts need no compiled filter.
    from groundmotion.interpolation.median import nan_median_3x3

    return float(np.nanmax(np.abs(nan_median_3x3(sparse))))


def best_threshold(statistic: ArrayLike, labels: ArrayLike) -> float:
    """Threshold above which "deformation" is right most often; in the middle of equal ones.

    Parameters
    ----------
    statistic
        (n,), larger with deformation.
    labels
        (n,), 1 for deformation.

    Raises
    ------
    InputError
        If there are no examples, or not as many labels.

    Examples
    --------
    >>> best_threshold([1.0, 2.0, 4.0, 8.0], [0, 0, 1, 1])
    3.0
    """
    values, truth = np.asarray(statistic, np.float64), np.asarray(labels) == 1
    if len(values) == 0 or len(values) != len(truth):
        raise InputError(
            f"{len(values)} statistics and {len(truth)} labels: expected as many, at least one"
        )
    levels = np.unique(values)
    between = (levels[:-1] + levels[1:]) / 2
    candidates = np.concatenate([[levels[0] - 1], between, [levels[-1] + 1]])
    ordered = np.sort(values[truth]), np.sort(values[~truth])
    hits = len(ordered[0]) - np.searchsorted(ordered[0], candidates)
    right = hits + np.searchsorted(ordered[1], candidates)
    best = np.flatnonzero(right == right.max())
    return float(candidates[best[len(best) // 2]])


def accuracy_of_counts(right: int, count: int) -> Accuracy:
    """Share of right decisions with its binomial standard error."""
    return Accuracy(right / count, float(error_of_share(right / count, count)), count)


def accuracy(labels: ArrayLike, predicted: ArrayLike) -> Accuracy:
    """Share of right decisions, (n,) labels (1 for deformation) against (n,) decisions."""
    right = (np.asarray(labels) == 1) == np.asarray(predicted, bool)
    return accuracy_of_counts(int(right.sum()), len(right))


def above_limit(table: pd.DataFrame, standard_errors: float) -> pd.DataFrame:
    """Rows of Table I whose network is above its data set's limit by so many standard errors.

    Parameters
    ----------
    table
        Columns n_train, tp, tn, n_test, bound and bound_error.
    """
    rows = table[table["n_train"] > 0]
    share = (rows["tp"] + rows["tn"]) / rows["n_test"]
    error = np.hypot(error_of_share(share, rows["n_test"]), rows["bound_error"])
    return rows[share - rows["bound"] > standard_errors * error]


def judge_all(validation: pd.DataFrame, test: pd.DataFrame) -> list[dict[str, Any]]:
    """Score every observer on the test set, with thresholds from the validation set.

    Parameters
    ----------
    validation, test
        Columns label, log_likelihood_ratio, matched_filter, threshold (the statistics) and
        seconds, one row per example.

    Returns
    -------
    list of dict
        Per observer: observer (average_likelihood, matched_filter, threshold), threshold, tp, fp,
        tn, fn, accuracy, standard_error, n_test and examples_per_second; the first two share
        one pass, whose speed both have, and the last has none of its own (NaN).
    """
    speed = len(test) / float(test["seconds"].sum())
    rows = []
    for name, column in OBSERVERS.items():
        # The average-likelihood observer needs no tuning: equal priors put its threshold at 0.
        needs_tuning = name != "average_likelihood"
        threshold = best_threshold(validation[column], validation["label"]) if needs_tuning else 0.0
        counts = confusion(test["label"], test[column] > threshold)
        score = accuracy_of_counts(counts.tp + counts.tn, len(test))
        rows.append(
            {
                "observer": name,
                "threshold": threshold,
                **vars(counts),
                **dict(zip(ACCURACY, vars(score).values(), strict=True)),
                "examples_per_second": speed if name != "threshold" else np.nan,
            }
        )
    return rows
