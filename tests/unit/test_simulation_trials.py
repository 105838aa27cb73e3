from pathlib import Path

import numpy as np
import pytest
import shapely
import yaml
from scipy import stats

from groundmotion.constants import SENTINEL1_UK
from groundmotion.deformation import point_source, point_source_depth, project_los
from groundmotion.errors import InputError
from groundmotion.noise.laws import LaboratoryNoise, MeasuredNoise
from groundmotion.simulation.trials import (
    TrialCase,
    TrialSettings,
    TrialSource,
    draw_trial,
    scaled_to_mean,
)

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
TRIALS = {
    "size_m": 5000.0, "pixel_m": 10.0, "radius_m": [200.0, 600.0], "radius_fraction": 0.1,
    "gaussian_share": 0.25, "density": [0.02, 0.1], "settled_share": 0.5,
}  # fmt: skip
SETTINGS = TrialSettings.from_config(TRIALS, CONFIG["simulation"])
LABORATORY = LaboratoryNoise((0.7, 1.8), (0.8, 1.6), (1.5, 2.9))
MEASURED = MeasuredNoise((0.28, 0.47), (1.9, 2.6), (0.7, 1.1), 0.5, 30.0, 5.0, 0.003, (4.0, 12.0))
ASC = SENTINEL1_UK["asc"]


class NoNoise:
    def draw(self, rng, has_point, pixel_m, /):
        drawn = LABORATORY.draw(rng, has_point[:2, :2], pixel_m)
        return type(drawn)(np.zeros(has_point.sum()), drawn.model)


def trials(case, count, noise=None, seed=7):
    return [draw_trial(SETTINGS, noise or NoNoise(), case, (1, seed, i)) for i in range(count)]


# --- the noise ----------------------------------------------------------------------------------


def mask(rng, share=0.3, side=300):
    return rng.random((side, side)) < share


def semivariance(values, has_point, lags, pixel_m=10.0):
    """By hand: half the mean square difference of points so many cells apart along rows."""
    grid = np.full(has_point.shape, np.nan)
    grid[has_point] = values
    return [np.nanmean((grid[:, lag:] - grid[:, :-lag]) ** 2) / 2 for lag in lags]


@pytest.mark.parametrize("law", [LABORATORY, MEASURED])
def test_noise_has_the_covariance_that_it_says(law):
    rng = np.random.default_rng(3)
    has_point, lags = mask(rng), np.array([1, 3, 10, 30, 60])
    seen, expected = [], []
    for _ in range(30):
        drawn = law.draw(rng, has_point, 10.0)
        seen.append(semivariance(drawn.values_mm_yr, has_point, lags))
        m, lag_km = drawn.model, lags / 100
        shared = 0.0
        if law is MEASURED:
            shared = m.nugget / 2 * np.exp(-lag_km / 0.03) - 0.003 * (16 + 48 + 144) / 3
        expected.append(m.nugget + m.a * (1 - np.exp(-m.b_per_km * lag_km)) - shared)
    assert np.mean(seen, 0) == pytest.approx(np.mean(expected, 0), rel=0.05)


def test_numbers_of_the_noise_lie_in_their_ranges():
    rng, has_point = np.random.default_rng(1), np.ones((2, 2), bool)
    models = [LABORATORY.draw(rng, has_point, 10.0).model for _ in range(300)]
    a, b, nugget = (np.array([getattr(m, k) for m in models]) for k in ("a", "b_per_km", "nugget"))
    assert (a.min() >= 0.7) & (a.max() <= 1.8) & (b.min() >= 0.8) & (b.max() <= 1.6)
    assert (nugget > 0).all() & (a + nugget >= 1.5).all() & (a + nugget <= 2.9).all()
    assert (a + nugget).max() - (a + nugget).min() > 1.2
    models = [MEASURED.draw(rng, has_point, 10.0).model for _ in range(300)]
    assert {0.7 <= m.nugget <= 1.1 and 0.28 <= m.a <= 0.47 for m in models} == {True}


def test_spikes_of_measured_noise_have_heavy_tails_and_outliers():
    quiet = MeasuredNoise((1e-6, 1e-6), (2, 2), (1.0, 1.0), 0.0, 30.0, 5.0, 0.0, (4, 12))
    rng = np.random.default_rng(2)
    has_point = np.ones((300, 300), bool)
    spikes = quiet.draw(rng, has_point, 10.0).values_mm_yr
    assert spikes.std() == pytest.approx(1.0, rel=0.03)
    law = stats.t(5, scale=np.sqrt(3 / 5))
    assert stats.kstest(spikes, law.cdf).pvalue > 1e-3
    assert (np.abs(spikes) > 4).mean() == pytest.approx(2 * law.sf(4), rel=0.2)
    loud = MeasuredNoise((1e-6, 1e-6), (2, 2), (1e-6, 1e-6), 0.0, 30.0, 5.0, 0.01, (4, 12))
    values = loud.draw(rng, has_point, 10.0).values_mm_yr
    far = np.abs(values[np.abs(values) > 1])
    assert len(far) / len(values) == pytest.approx(0.01, rel=0.15)
    assert (far.min() > 3.9) & (far.max() < 12.1) & (far.mean() == pytest.approx(8, rel=0.05))
    assert (values > 1).sum() == pytest.approx((values < -1).sum(), rel=0.2)


# --- the sources --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["point", "gaussian"])
@pytest.mark.parametrize("peak", [-8.0, 3.0])
def test_the_strongest_los_velocity_is_the_peak(kind, peak):
    source = TrialSource(kind, (400.0, -70.0), 300.0, 0.1, peak)
    east, north = np.meshgrid(np.arange(-400, 1200, 2.0), np.arange(-900, 800, 2.0))
    los = source.los_velocity(east, north)
    assert los.flat[np.abs(los).argmax()] == pytest.approx(peak, rel=1e-4)
    assert np.sign(source.peak_up_mm_yr) == np.sign(peak)


def test_the_shapes_are_those_of_the_closed_forms():
    point = TrialSource("point", (0.0, 0.0), 300.0, 0.1, 5.0)
    east = np.linspace(-900, 900, 7)
    depth = point_source_depth(300.0, 0.1)
    up = point.peak_up_mm_yr
    volume = up / 1000 * np.pi * depth**2 / 0.75
    expected = project_los(point_source(east, 0 * east, depth, volume, 0.25), ASC)
    assert point.los_velocity(east, 0 * east) == pytest.approx(expected)
    bowl = TrialSource("gaussian", (0.0, 0.0), 300.0, 0.1, 5.0)
    at = bowl.los_velocity(np.array([0.0, 300.0, 600.0]), np.zeros(3))
    assert at == pytest.approx([5.0, 0.5, 5e-4])
    assert bowl.peak_up_mm_yr == pytest.approx(5.0 / np.cos(np.radians(39.0)))


def test_sources_are_drawn_as_the_settings_say():
    drawn = trials(TrialCase(4.0), 80)
    truth = [t.truth.iloc[0] for t in drawn]
    radius = np.array([t["radius_m"] for t in truth])
    assert (radius.min() >= 200) & (radius.max() <= 600)
    assert stats.kstest(np.log(radius / 200) / np.log(3), "uniform").pvalue > 1e-3
    for t in truth:
        for place in (t["easting_m"], t["northing_m"]):
            assert t["radius_m"] <= place <= 5000 - t["radius_m"]
    assert np.mean([t["kind"] == "gaussian" for t in truth]) == pytest.approx(0.25, abs=0.12)
    assert np.mean([t["direction"] == "uplift" for t in truth]) == pytest.approx(0.5, abs=0.15)
    assert np.mean([t.settled for t in drawn]) == pytest.approx(0.5, abs=0.15)


# --- trials -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("peak", "limit"), [(4.0, 1.0), (15.0, 3.0)])
def test_the_truth_is_where_the_ground_moves_enough(peak, limit):
    for trial in trials(TrialCase(peak), 6):
        truth, points = trial.truth.iloc[0], trial.points["asc"]
        speed = points["velocity_mm_yr"].abs()
        inside = shapely.contains_xy(truth.geometry, points["easting_m"], points["northing_m"])
        # points lie in their cells, and truth is told at the middle of cells
        slack = 0.15 * peak
        assert speed[inside].min() > limit - slack
        assert speed[~inside].max() < limit + slack
        assert inside.sum() == truth["n_points"]
        assert truth["area_km2"] == pytest.approx(truth.geometry.area / 1e6)
        assert abs(truth["peak_asc_mm_yr"]) == peak
        sign = np.sign(points["velocity_mm_yr"][inside].median())
        assert truth["direction"] == ("uplift" if sign > 0 else "subsidence")


def test_a_faint_source_moves_no_ground():
    assert len(trials(TrialCase(0.9), 1)[0].truth) == 0


def test_densities_hold_evenly_and_in_settled_country():
    drawn = trials(TrialCase(0.0), 40)
    for trial in drawn:
        points = trial.points["asc"]
        count = 250_000 * trial.density
        assert len(points) == pytest.approx(count, abs=6 * np.sqrt(count))
        cells = np.floor(points[["easting_m", "northing_m"]].to_numpy() / 10).astype(int)
        assert len(np.unique(cells, axis=0)) == len(points)
        assert cells.min() >= 0 and cells.max() < 500
        # points in squares of 500 m: Poisson's counts where they lie evenly
        counts = np.histogram2d(*cells.T, bins=10, range=[[0, 500], [0, 500]])[0]
        spread = counts.var() / counts.mean()
        assert spread > 5 if trial.settled else spread < 2
    assert {t.settled for t in drawn} == {True, False}
    density = np.array([t.density for t in drawn])
    assert (density.min() >= 0.02) & (density.max() <= 0.1)


def test_trials_of_one_number_differ_in_their_case_alone():
    seeds = (1, 7, 3)
    still = draw_trial(SETTINGS, LABORATORY, TrialCase(0.0), seeds)
    loud = draw_trial(SETTINGS, LABORATORY, TrialCase(0.0, 4.0), seeds)
    moving = draw_trial(SETTINGS, LABORATORY, TrialCase(8.0), seeds)
    v, loud_v, moving_v = (t.points["asc"]["velocity_mm_yr"] for t in (still, loud, moving))
    assert loud_v.to_numpy() == pytest.approx(4 * v.to_numpy())
    assert 4.0 < (moving_v - v).abs().max() <= 8.0 + 1e-9
    std = loud.points["asc"]["velocity_std_mm_yr"] / still.points["asc"]["velocity_std_mm_yr"]
    assert std.to_numpy() == pytest.approx(4.0)
    assert len(still.truth) == len(loud.truth) == 0
    assert list(still.truth.columns) == list(moving.truth.columns)
    again = draw_trial(SETTINGS, LABORATORY, TrialCase(8.0), seeds)
    assert again.points["asc"].equals(moving.points["asc"])
    for other in ((2, 7, 3), (1, 8, 3), (1, 7, 4)):
        new = draw_trial(SETTINGS, LABORATORY, TrialCase(8.0), other)
        assert not new.points["asc"].equals(moving.points["asc"])


def test_scaled_densities_have_the_mean_and_the_pattern():
    pattern = np.random.default_rng(4).lognormal(-3, 1, (50, 50))
    scaled = scaled_to_mean(pattern, 0.1, 0.6)
    assert scaled.mean() == pytest.approx(0.1)
    assert scaled.max() <= 0.6
    free = scaled < 0.6
    assert np.ptp((scaled / pattern)[free]) == pytest.approx(0, abs=1e-9)


def test_cases_have_names():
    assert TrialCase.named("peak_15") == TrialCase(15.0, 1.0)
    with pytest.raises(InputError, match="peak_<mm/yr> or still_<noise scale>"):
        TrialCase.named("quiet_1")
