"""What many simulated trials say of a detector: found, how well outlined, how much false ground."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import ndtri

from groundmotion.scores.metrics import poisson_interval, precision_recall, wilson_interval

#: What a row of the table is about: trials of one case, one detector, one overlap.
CASE_COLUMNS = ("noise", "peak_mm_yr", "noise_scale", "detector", "overlap")

#: Sizes within this factor are right.
_FACTOR = 2.0


@dataclass(frozen=True)
class TrialClasses:
    """How trials are told apart, and what counts.

    Parameters
    ----------
    radius_m, density
        Ascending edges of classes; each is looked at by itself, beside all trials together.
    min_points
        True areas with fewer points cannot be found and do not count.
    confidence
        Of all intervals, also of those that detectors state.
    """

    radius_m: Sequence[float]
    density: Sequence[float]
    min_points: int
    confidence: float


def trial_table(scores: pd.DataFrame, classes: TrialClasses) -> pd.DataFrame:
    """Summarise trials by case, detector and overlap: all of them, by radius and by density.

    Parameters
    ----------
    scores
        A row per trial, detector and overlap: :data:`CASE_COLUMNS` and what
        :func:`groundmotion.areas.trials.trial_scores` returns.
    classes
        See :class:`TrialClasses`.

    Returns
    -------
    DataFrame
        :data:`CASE_COLUMNS`, the edges of the class (``radius_m_from`` …), ``trials``, ``areas``,
        ``true_found``, ``true_total``, ``false_areas``, ``precision``, ``recall`` with Wilson's
        interval, ``f1``; of the found truths ``iou_median``, ``area_within_2`` (share whose size is
        right within a factor of two), ``direction_right``, ``peak_covered`` (share of the
        ``peak_total`` stated peaks whose interval holds the truth); ``searched_km2``,
        ``flagged_km2``, ``false_areas_per_1000_km2`` with its Poisson interval and
        ``false_km2_per_100_km2``. NaN where nothing was counted.
    """
    rows = []
    for case, group in scores.groupby(list(CASE_COLUMNS), sort=False):
        names = dict(zip(CASE_COLUMNS, case, strict=True))
        for edges, part in _classes(group, classes):
            rows.append({**names, **edges, **_summary(part, classes)})
    return pd.DataFrame(rows)


def _classes(
    rows: pd.DataFrame, classes: TrialClasses
) -> Iterator[tuple[dict[str, float], pd.DataFrame]]:
    """Return all rows, then those of each class of radius and of density that holds any."""
    edges = {"radius_m": classes.radius_m, "density": classes.density}
    everything = {
        f"{column}_{end}": values[place]
        for column, values in edges.items()
        for end, place in (("from", 0), ("to", -1))
    }
    yield everything, rows
    for column, values in edges.items():
        for low, high in itertools.pairwise(values):
            part = rows[rows[column].between(low, high, inclusive="left")]
            if len(part):
                yield {**everything, f"{column}_from": low, f"{column}_to": high}, part


def _summary(rows: pd.DataFrame, classes: TrialClasses) -> dict[str, Any]:
    judged = rows[rows["n_points"] >= classes.min_points]
    counts = {
        "areas": int(rows["areas"].sum()),
        "true_found": int(judged["found"].sum()),
        "true_total": len(judged),
        "false_areas": int(rows["false_areas"].sum()),
    }
    shares = precision_recall(**counts)
    low, high = wilson_interval(shares["recall"], counts["true_total"], classes.confidence)
    searched = rows["searched_km2"].sum()
    few, many = poisson_interval(counts["false_areas"], classes.confidence)
    return {
        "trials": len(rows),
        **counts,
        **shares,
        "recall_low": float(low),
        "recall_high": float(high),
        **_fits(judged[judged["found"] == 1], classes.confidence),
        "searched_km2": searched,
        "flagged_km2": rows["flagged_km2"].sum(),
        "false_areas_per_1000_km2": 1000 * counts["false_areas"] / searched,
        "false_areas_per_1000_km2_low": 1000 * few / searched,
        "false_areas_per_1000_km2_high": 1000 * many / searched,
        "false_km2_per_100_km2": 100 * rows["false_km2"].sum() / searched,
    }


def _fits(found: pd.DataFrame, confidence: float) -> dict[str, float]:
    """Say how well the truths that are found are outlined."""
    ratio = found["area_ratio"].dropna()
    stated = found.dropna(subset=["stated_peak_mm_yr", "stated_std_mm_yr"])
    error = (stated["stated_peak_mm_yr"] - stated["truth_peak_mm_yr"]).abs()
    is_covered = error <= ndtri((1 + confidence) / 2) * stated["stated_std_mm_yr"]
    return {
        "iou_median": found["iou"].median(),
        "area_within_2": ratio.between(1 / _FACTOR, _FACTOR).mean(),
        "direction_right": found["direction_right"].mean(),
        "peak_covered": is_covered.mean(),
        "peak_total": len(stated),
    }
