"""Trials of fills on simulated bowls."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from groundmotion.errors import InputError
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.interpolation.kriging_models import krige_by
from groundmotion.interpolation.settings import FillSettings
from groundmotion.names import KRIGING_MODELS
from groundmotion.synthesis.interpolation_maps import (
    TRIAL_COLUMNS,
    TrialSettings,
    draw_bowl_map,
    try_fills,
)

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
TRIAL = replace(TrialSettings.from_config(CONFIG["interpolation"], 0.25), size_px=128)
SETTINGS = FillSettings.from_config(CONFIG["fills"])
FIT = functools.partial(fitted_covariance, pixel_m=10.0, settings=CONFIG["variogram"])


def drawn(density: float, width_m: float, seed: int = 1):
    return draw_bowl_map(TRIAL, density, width_m, np.random.default_rng(seed))


def kriged_by(model: str, one, shift_mm_yr: float = 0.0):
    covariances = (FIT(one.sparse), TRIAL.regional)
    return krige_by(model, one.sparse + shift_mm_yr, SETTINGS, covariances, FIT)


def test_maps_of_one_seed_differ_in_their_bowl_alone():
    still, moving = drawn(0.05, 0.0), drawn(0.05, 300.0)
    np.testing.assert_array_equal(still.spikes, moving.spikes)
    np.testing.assert_allclose(moving.truth - moving.bowl, still.truth, atol=1e-6)
    assert not still.bowl.any()


def test_a_bowl_has_the_depth_and_the_width_asked_for():
    bowl = drawn(0.05, 300.0).bowl
    row, col = drawn(0.05, 300.0).centre
    assert bowl[row, col] == pytest.approx(-10.0)
    below_half = np.flatnonzero(bowl[row] < -5.0)
    assert len(below_half) * 10.0 == pytest.approx(300.0, abs=20.0)


def test_the_density_is_the_one_asked_for():
    shares = [np.isfinite(drawn(0.05, 0.0, seed).spikes).mean() for seed in range(20)]
    assert np.mean(shares) == pytest.approx(0.05, rel=0.05)


def test_scores_are_those_of_a_slow_computation():
    one = drawn(0.1, 300.0)
    sections = CONFIG["fills"], CONFIG["variogram"]
    names = ["delaunay", "kriging", "kriging_regional"]
    rows = try_fills(names, *sections, one, TRIAL.regional)
    assert [row["fill"] for row in rows] == names
    assert set(TRIAL_COLUMNS) - {"density", "bowl_m", "seed"} == set(rows[0])
    filled = Filler("delaunay", SETTINGS)(one.sparse)
    assert rows[0]["rmse_mm_yr"] == pytest.approx(np.std(filled - one.truth), rel=0.2)
    bias = filled[one.centre] - one.truth[one.centre]
    assert rows[0]["peak_bias_mm_yr"] == pytest.approx(bias)
    assert 0 < rows[1]["spike_gain"] < rows[0]["spike_gain"] < 1


def test_without_a_bowl_there_is_no_bias_and_kriging_is_the_best():
    sections = CONFIG["fills"], CONFIG["variogram"]
    names = ["delaunay", "matrix_completion", "normalised_convolution", "kriging"]
    totals = np.zeros(len(names))
    for seed in range(4):
        rows = try_fills(names, *sections, drawn(0.05, 0.0, seed), TRIAL.regional)
        assert all(np.isnan(row["peak_bias_mm_yr"]) for row in rows)
        totals += [row["rmse_mm_yr"] for row in rows]
    assert names[int(np.argmin(totals))] == "kriging"


def test_kriging_models():
    one = drawn(0.1, 0.0)
    made = {model: kriged_by(model, one) for model in KRIGING_MODELS}
    regional = Filler("kriging", SETTINGS, TRIAL.regional)
    np.testing.assert_allclose(made["kriging_regional"], regional(one.sparse), atol=1e-5)
    about_a_plane = replace(SETTINGS, kriging=replace(SETTINGS.kriging, trend="plane"))
    plane = Filler("kriging", about_a_plane, FIT(one.sparse))
    np.testing.assert_allclose(made["kriging_plane"], plane(one.sparse), atol=1e-5)
    rmse = {m: np.sqrt(np.mean((v - one.truth) ** 2)) for m, v in made.items()}
    assert max(rmse.values()) < 1.3 * rmse["kriging_regional"]


def test_a_local_mean_leaves_a_constant_alone():
    one = drawn(0.1, 0.0)
    low = kriged_by("kriging_local_mean", one)
    high = kriged_by("kriging_local_mean", one, shift_mm_yr=7)
    np.testing.assert_allclose(high - low, 7, atol=0.02)


def test_an_unknown_model_is_named():
    with pytest.raises(InputError, match="kriging_moon"):
        kriged_by("kriging_moon", drawn(0.1, 0.0))
