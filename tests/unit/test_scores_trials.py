import numpy as np
import pandas as pd
import pytest
from scipy import stats

from groundmotion.areas.matching import SCORE_COLUMNS
from groundmotion.areas.trials import trials_as_scenes
from groundmotion.scores.trials import CASE_COLUMNS, TrialClasses, trial_table

CLASSES = TrialClasses(
    radius_m=(200.0, 350.0, 600.0), density=(0.02, 0.045, 0.1), min_points=4, confidence=0.95
)
NAN = float("nan")


def row(**changes):
    case = {"noise": "laboratory", "peak_mm_yr": 8.0, "noise_scale": 1.0, "detector": "one",
            "overlap": 0.25}  # fmt: skip
    trial = {"density": 0.03, "radius_m": 250.0, "n_points": 20.0, "truth_peak_mm_yr": -8.0}
    fit = {"found": 1.0, "iou": 0.5, "area_ratio": 1.5, "direction_right": 1.0,
           "stated_peak_mm_yr": -7.0, "stated_std_mm_yr": 1.0}  # fmt: skip
    ground = {"areas": 1, "false_areas": 0, "flagged_km2": 0.3, "false_km2": 0.1,
              "searched_km2": 25.0}  # fmt: skip
    return {**case, **trial, **fit, **ground, **changes}


MISSED = {"found": 0.0, "iou": 0.0, "area_ratio": NAN, "direction_right": NAN,
          "stated_peak_mm_yr": NAN, "stated_std_mm_yr": NAN, "areas": 0}  # fmt: skip
STILL = {**MISSED, "peak_mm_yr": 0.0, "found": NAN, "iou": NAN, "radius_m": NAN, "n_points": NAN,
         "truth_peak_mm_yr": NAN}  # fmt: skip


def first(*rows, classes=CLASSES):
    return trial_table(pd.DataFrame(rows), classes).iloc[0]


def test_recall_counts_trials_with_enough_points():
    summary = first(row(), row(), row(**MISSED), row(**MISSED, n_points=3.0))
    assert (summary["trials"], summary["true_found"], summary["true_total"]) == (4, 2, 3)
    assert summary["recall"] == pytest.approx(2 / 3)
    expected = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert (summary["recall_low"], summary["recall_high"]) == pytest.approx(tuple(expected))


def test_fits_are_of_the_sources_that_are_found():
    rows = [
        row(iou=0.3, area_ratio=0.4, direction_right=0.0),
        row(iou=0.6, area_ratio=0.5),
        row(iou=0.8, area_ratio=2.0),
        row(iou=0.1, area_ratio=0.1, found=0.0, direction_right=0.0, stated_peak_mm_yr=90.0),
    ]
    summary = first(*rows)
    assert summary["iou_median"] == 0.6
    assert summary["area_within_2"] == summary["direction_right"] == pytest.approx(2 / 3)
    assert (summary["peak_covered"], summary["peak_total"]) == (1.0, 3)


def test_a_stated_peak_is_right_within_its_interval():
    off = [1.9, -1.9, 2.1, 5.0]
    rows = [row(stated_peak_mm_yr=-8.0 + d) for d in off] + [row(stated_std_mm_yr=NAN)]
    assert first(*rows)[["peak_covered", "peak_total"]].tolist() == [0.5, 4]
    wide = TrialClasses((200.0, 600.0), (0.02, 0.1), 4, confidence=0.99)
    assert first(*rows, classes=wide)["peak_covered"] == 0.75


def test_peaks_of_the_law_are_covered_as_often_as_they_say():
    rng = np.random.default_rng(3)
    std = rng.uniform(0.2, 2, 4000)
    peaks = -8 + std * rng.standard_normal(4000)
    rows = [row(stated_peak_mm_yr=p, stated_std_mm_yr=s) for p, s in zip(peaks, std, strict=True)]
    assert first(*rows)["peak_covered"] == pytest.approx(0.95, abs=0.012)


def test_false_areas_are_counted_by_ground_searched():
    rows = [row(**{**STILL, "areas": n, "false_areas": n, "false_km2": 0.25}) for n in (0, 1, 2)]
    summary = first(*rows)
    assert summary["false_areas_per_1000_km2"] == pytest.approx(3 / 75 * 1000)
    low = stats.chi2.ppf(0.025, 2 * 3) / 2 / 75 * 1000
    high = stats.chi2.ppf(0.975, 2 * 3 + 2) / 2 / 75 * 1000
    ends = summary[["false_areas_per_1000_km2_low", "false_areas_per_1000_km2_high"]]
    assert ends.tolist() == pytest.approx([low, high])
    assert summary["false_km2_per_100_km2"] == pytest.approx(1.0)
    assert summary["true_total"] == 0
    assert np.isnan(summary["recall"]) and np.isnan(summary["recall_high"])
    assert first(row(**STILL))["false_areas_per_1000_km2_low"] == 0.0


def test_classes_stand_below_all_trials_of_a_case():
    rows = [row(radius_m=r, density=d) for r in (200.0, 349.0, 350.0, 599.0) for d in (0.03, 0.09)]
    table = trial_table(pd.DataFrame(rows), CLASSES)
    edges = table[["radius_m_from", "radius_m_to", "density_from", "density_to"]]
    assert edges.to_numpy().tolist() == [
        [200, 600, 0.02, 0.1], [200, 350, 0.02, 0.1], [350, 600, 0.02, 0.1],
        [200, 600, 0.02, 0.045], [200, 600, 0.045, 0.1],
    ]  # fmt: skip
    assert table["trials"].tolist() == [8, 4, 4, 4, 4]


def test_cases_detectors_and_overlaps_are_kept_apart_and_read_as_scenes():
    rows = [
        row(detector=detector, overlap=overlap, **change)
        for change in ({}, {"noise": "egms_like"}, {**STILL, "noise_scale": 0.5})
        for detector in ("one", "other")
        for overlap in (0.1, 0.5)
    ]
    table = trial_table(pd.DataFrame(rows), CLASSES)
    assert not table.duplicated([*CASE_COLUMNS, "radius_m_from", "radius_m_to", "density_to",
                                 "density_from"]).any()  # fmt: skip
    scenes = trials_as_scenes(table)
    assert tuple(scenes.columns) == ("scene", "detector", *SCORE_COLUMNS)
    assert len(scenes) == 12
    assert scenes["scene"].unique().tolist() == [
        "trials_laboratory_8", "trials_egms_like_8", "trials_laboratory_still_0.5",
    ]  # fmt: skip
