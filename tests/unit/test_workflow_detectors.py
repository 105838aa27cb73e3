from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from test_simulation_trials import LABORATORY, SETTINGS

from groundmotion import names
from groundmotion.areas.clustering import ClusteringSettings, cluster_areas
from groundmotion.areas.dense import dense_areas
from groundmotion.areas.matching import MatchSettings
from groundmotion.areas.trials import trial_scores
from groundmotion.errors import InputError
from groundmotion.grid import Grid, grid_over
from groundmotion.noise.laws import LAWS, law_from
from groundmotion.simulation.trials import TrialCase, draw_trial
from groundmotion.workflow.detectors import MAKERS, make_detectors

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SECTIONS = {
    **CONFIG,
    "significance": {**CONFIG["significance"], "drawn_km2": 50.0},
    "dense_detection": CONFIG["dense"]["detection"],
    "fill": "matrix_completion",
    "device": "cpu",
}
MODEL = ROOT / "results/published/models/point/mining/10/matrix_completion/unwrapped/none/compact/1"
PARTS = ("weights.safetensors", "model.json", "calibration.json")
FILES = {
    "windows": [MODEL / name for name in PARTS],
    "dense": [ROOT / "results/published/models/dense/1" / name for name in PARTS],
}
#: A window is many times as large as a source.
MATCH = MatchSettings((0.01, 0.5), 0.25)


def outlined(name, trial):
    outline = make_detectors([name], SECTIONS, FILES)[name]
    return outline(trial.points, trial.bounds, trial.pixel_m, trial.crs)


@pytest.fixture(scope="module")
def bright():
    even = replace(SETTINGS, settled_share=0.0, density=(0.1, 0.1), radius_m=(550.0, 600.0))
    return draw_trial(even, LABORATORY, TrialCase(15.0), (1, 7, 3))


def test_every_word_has_a_detector_and_a_law():
    assert tuple(MAKERS) == names.DETECTORS
    assert tuple(LAWS) == names.TRIAL_NOISES
    for name, numbers in CONFIG["trials"]["noise"].items():
        assert law_from(name, numbers).a_mm2_yr2 == tuple(numbers["a_mm2_yr2"])
    with pytest.raises(InputError, match="noise 'snow': expected one of laboratory"):
        law_from("snow", {})


@pytest.mark.parametrize("name", names.DETECTORS)
def test_a_bright_source_is_found_with_its_direction(name, bright):
    areas = outlined(name, bright)
    assert areas.crs == bright.crs
    (row, _) = trial_scores(bright, areas, MATCH)
    assert (row["found"], row["direction_right"]) == (1.0, 1.0)


def test_thresholds_are_nested_and_named_by_their_speed(bright):
    slow, medium, fast = (
        outlined(f"threshold_{n}", bright)["area_km2"].sum() for n in ("slow", "medium", "fast")
    )
    assert slow > medium > fast > 0


def test_clustering_is_the_baseline_with_the_numbers_of_its_section():
    trial = draw_trial(SETTINGS, LABORATORY, TrialCase(8.0), (1, 7, 3))
    expected = cluster_areas(trial.points, ClusteringSettings(**CONFIG["clustering"]), trial.crs)
    assert outlined("clustering", trial).equals(expected)


def test_what_cannot_be_made_is_said():
    with pytest.raises(InputError, match="detectors divining: expected some of threshold_slow"):
        make_detectors(["clustering", "divining"], SECTIONS, FILES)
    with pytest.raises(InputError, match=r"windows: needs a model; name one in trials\.model"):
        make_detectors(["windows"], SECTIONS, {})
    with pytest.raises(InputError, match="dense: needs the files of its model"):
        make_detectors(["dense"], SECTIONS, {})


def test_sources_state_their_peak_and_no_structures(bright):
    areas = outlined("sources", bright)
    (row, *_) = trial_scores(bright, areas, MATCH)
    assert abs(row["stated_peak_mm_yr"] - row["truth_peak_mm_yr"]) < 5 * row["stated_std_mm_yr"]
    assert not areas["flags"].str.contains("single_structure").any()
    few = {look: table.head(20) for look, table in bright.points.items()}
    for name in ("sources", "dense"):
        outline = make_detectors([name], SECTIONS, FILES)[name]
        assert outline(few, bright.bounds, bright.pixel_m, bright.crs).empty


def test_dense_areas_go_one_way_and_reach_their_peak():
    up, down = np.full((2, 8, 9), np.nan, np.float32)
    up[1:3, 1:3], up[5:7, 1:3], down[1:4, 5:8] = 0.6, 0.6, 0.95
    up[1, 1] = 0.99
    transform, _ = grid_over((0.0, 0.0, 90.0, 80.0), 10.0)
    areas = dense_areas(
        Grid(up, transform, "EPSG:3035"), Grid(down, transform, "EPSG:3035"), 0.5, 2.5
    )
    assert areas["direction"].tolist() == ["uplift", "subsidence"]
    assert areas["area_km2"].tolist() == pytest.approx([4e-4, 9e-4])
    assert areas.area.tolist() == [400.0, 900.0]
