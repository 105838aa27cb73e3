"""Reliability of probabilities as a table, a row per bin."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundmotion.scores import metrics


def reliability_table(
    seeds: Sequence[pd.DataFrame], score: str, bins: int, confidence: float
) -> pd.DataFrame:
    """Tabulate how often windows deform that are given a probability, all seeds together.

    Parameters
    ----------
    seeds
        Scores of one arm on the test examples, a table per seed: ``label`` and the probabilities.
    score
        The column with the probabilities.
    bins
        Of equal width.
    confidence
        Of the intervals of the frequency.

    Returns
    -------
    A row per bin: probability (mean), frequency, lower and upper end of its interval, share of the
    windows, bin, count, and the expected calibration error, the mean over the seeds.
    """
    pairs = [(table[score].to_numpy(), table["label"].to_numpy(np.float64)) for table in seeds]
    pooled = pd.concat(seeds)
    curve = metrics.reliability(pooled[score].to_numpy(), pooled["label"].to_numpy(), bins)
    # All seeds are tested on the same examples: they say no more of the frequency than one.
    ends = metrics.wilson_interval(curve.frequency, curve.count / len(seeds), confidence)
    parts = {"probability": curve.probability, "frequency": curve.frequency, "lower": ends[0],
             "upper": ends[1], "share": curve.count / curve.count.sum()}  # fmt: skip
    errors = [metrics.expected_calibration_error(*pair, bins) for pair in pairs]
    numbers = {"bin": np.arange(bins), "count": curve.count, "ece": np.mean(errors)}
    return pd.DataFrame({**parts, **numbers})
