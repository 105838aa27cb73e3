import geopandas
import numpy as np
import pytest
import shapely
from test_simulation_trials import LABORATORY, SETTINGS

from groundmotion.areas.matching import MatchSettings
from groundmotion.areas.trials import trial_scores
from groundmotion.simulation.trials import CRS, TrialCase, draw_trial

MATCH = MatchSettings(overlaps=(0.1, 0.5), min_truth_covered=0.25)
SEEDS = (1, 7, 3)


@pytest.fixture(scope="module")
def moving():
    return draw_trial(SETTINGS, LABORATORY, TrialCase(8.0), SEEDS)


@pytest.fixture(scope="module")
def still():
    return draw_trial(SETTINGS, LABORATORY, TrialCase(0.0), SEEDS)


def areas(*shapes, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def test_the_truth_itself_is_a_perfect_answer(moving):
    truth = moving.truth.iloc[0]
    found = areas(
        shapely.box(0, 0, 30, 30), truth.geometry, direction=["none", truth["direction"]],
        peak_mm_yr=[0.0, -7.5], peak_std_mm_yr=[9.0, 0.4],
    )  # fmt: skip
    rows = trial_scores(moving, found, MATCH)
    assert [row["overlap"] for row in rows] == [0.1, 0.5]
    for row in rows:
        assert row["found"] == row["iou"] == row["area_ratio"] == row["direction_right"] == 1.0
        assert (row["stated_peak_mm_yr"], row["stated_std_mm_yr"]) == (-7.5, 0.4)
        assert row["truth_peak_mm_yr"] == truth["peak_asc_mm_yr"]
        assert (row["areas"], row["false_areas"]) == (2, 1)
        assert row["false_km2"] == pytest.approx(9e-4)
        assert row["flagged_km2"] == pytest.approx(truth["area_km2"] + 9e-4)
        assert row["searched_km2"] == 25.0
        assert (row["kind"], row["radius_m"]) == (truth["kind"], truth["radius_m"])
        assert row["n_points"] == truth["n_points"]


def test_what_is_not_stated_is_nan(moving):
    (row, _) = trial_scores(moving, areas(moving.truth.geometry.iloc[0]), MATCH)
    assert row["found"] == 1.0
    assert np.isnan(
        [row[k] for k in ("direction_right", "stated_peak_mm_yr", "stated_std_mm_yr")]
    ).all()


def test_no_areas_miss_the_source(moving):
    (row, _) = trial_scores(moving, areas(direction=[]), MATCH)
    assert (row["found"], row["iou"], row["areas"]) == (0.0, 0.0, 0)
    assert np.isnan(row["area_ratio"]) and np.isnan(row["direction_right"])


def test_on_still_ground_every_area_is_false(still):
    rows = trial_scores(still, areas(shapely.box(0, 0, 100, 100), direction=["uplift"]), MATCH)
    for row in rows:
        assert (row["areas"], row["false_areas"]) == (1, 1)
        assert row["false_km2"] == pytest.approx(0.01)
        assert np.isnan([row[k] for k in ("found", "iou", "radius_m", "n_points")]).all()
        assert row["kind"] == ""
