"""Areas that a detector outlines in simulated trials, against the one truth of each."""

from typing import Any

import geopandas
import pandas as pd

from groundmotion.areas.matching import SCORE_COLUMNS, Match, MatchSettings, match_areas
from groundmotion.scores.trials import CASE_COLUMNS
from groundmotion.simulation.trials import LOOK, Trial


def trial_scores(
    trial: Trial, areas: geopandas.GeoDataFrame, settings: MatchSettings
) -> list[dict[str, Any]]:
    """Compare the areas outlined in a trial with its truth, once for each overlap.

    Parameters
    ----------
    trial
        With one source or none.
    areas
        Polygons with ``direction``; with ``peak_mm_yr`` and ``peak_std_mm_yr`` (LOS, signed, and
        its standard error) where the detector states them.
    settings
        When an area and a truth are the same.

    Returns
    -------
    list of dict
        ``overlap``; of the trial ``density``, ``settled``, ``kind``, ``radius_m``, ``truth_km2``,
        ``n_points`` in the truth, ``truth_peak_mm_yr`` (LOS, signed); of the match ``found``
        (1, 0), ``iou``, ``area_ratio``, ``direction_right`` (1, 0), and what the best area states,
        ``stated_peak_mm_yr`` and ``stated_std_mm_yr``; ``areas``, ``false_areas``,
        ``flagged_km2``, ``false_km2`` and ``searched_km2``. NaN where there is no truth, no area
        or no statement.
    """
    return [
        {
            "overlap": match.overlap,
            "density": trial.density,
            "settled": trial.settled,
            **_truth_of(trial),
            **_fit_of(match, areas),
            "areas": match.areas,
            "false_areas": match.false_areas,
            "flagged_km2": match.flagged_km2,
            "false_km2": match.false_km2,
            "searched_km2": _searched_km2(trial),
        }
        for match in match_areas(areas, trial.truth, settings)
    ]


def trials_as_scenes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of each case as if they were one scene.

    Parameters
    ----------
    table
        From :func:`groundmotion.scores.trials.trial_table`.

    Returns
    -------
    DataFrame
        ``scene`` (``trials_<noise>_<peak>``, ``trials_<noise>_still_<noise scale>``), ``detector``
        and :data:`groundmotion.areas.matching.SCORE_COLUMNS`; without the classes.
    """
    whole = table.groupby(list(CASE_COLUMNS), sort=False).head(1)
    cases = [
        f"{noise}_{peak:g}" if peak > 0 else f"{noise}_still_{scale:g}"
        for noise, peak, scale in whole[list(CASE_COLUMNS[:3])].itertuples(index=False)
    ]
    named = whole.assign(scene=[f"trials_{case}" for case in cases])
    return named[["scene", "detector", *SCORE_COLUMNS]].reset_index(drop=True)


def _searched_km2(trial: Trial) -> float:
    left, bottom, right, top = trial.bounds
    return (right - left) * (top - bottom) / 1e6


def _truth_of(trial: Trial) -> dict[str, Any]:
    columns = {
        "kind": "kind",
        "radius_m": "radius_m",
        "truth_km2": "area_km2",
        "n_points": "n_points",
        "truth_peak_mm_yr": f"peak_{LOOK}_mm_yr",
    }
    if trial.truth.empty:
        return {name: "" if name == "kind" else float("nan") for name in columns}
    row = trial.truth.iloc[0]
    return {name: row[column] for name, column in columns.items()}


def _fit_of(match: Match, areas: geopandas.GeoDataFrame) -> dict[str, float]:
    own = ("found", "iou", "area_ratio", "direction_right")
    stated = {"stated_peak_mm_yr": "peak_mm_yr", "stated_std_mm_yr": "peak_std_mm_yr"}
    fit = dict.fromkeys((*own, *stated), float("nan"))
    if match.truths.empty:
        return fit
    row = match.truths.iloc[0]
    fit |= {name: float(row[name]) for name in own}
    if row["best"] >= 0:
        best = areas.iloc[int(row["best"])]
        fit |= {name: float(best[column]) for name, column in stated.items() if column in areas}
    return fit
