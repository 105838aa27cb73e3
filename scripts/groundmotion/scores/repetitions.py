"""Repetitions of one experiment, averaged."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit


def summarise(
    table: pd.DataFrame, by: Sequence[str], column: str, confidence: float
) -> pd.DataFrame:
    """Average repetitions, with Student's interval of the mean.

    Parameters
    ----------
    table
        One row per repetition; NaN in ``column`` is left out.
    by
        Columns that tell groups apart.
    column
        What is averaged.
    confidence
        Of the interval, such as 0.95.

    Returns
    -------
    Columns of ``by``, then mean, low, high (equal to the mean where there is one repetition) and n;
    sorted.
    """
    groups = table.dropna(subset=[column]).groupby(list(by))[column]
    summary = groups.agg(["mean", "std", "count"]).reset_index()
    freedom = np.maximum(summary["count"] - 1, 1)
    width = stdtrit(freedom, (1 + confidence) / 2) * summary["std"] / np.sqrt(summary["count"])
    width = width.where(summary["count"] > 1, 0.0)
    summary = summary.assign(
        low=summary["mean"] - width, high=summary["mean"] + width, n=summary["count"]
    )
    return summary[[*by, "mean", "low", "high", "n"]]
