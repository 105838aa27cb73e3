import json
from dataclasses import replace

import numpy as np
import pytest
from noisy_ground import LAW, NOISE, dense_noise, look_points, scattered

from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.levels import point_levels
from groundmotion.noise.look import LookNoise, LookPoints
from groundmotion.noise.outliers import Neighbours
from groundmotion.noise.scene import fit_noise
from groundmotion.variogram.nested import NestedCovariance

SIDE_M = 4000.0
GRID = CellGrid.over((0.0, 0.0, SIDE_M, SIDE_M), 50.0)
SHORT = NestedCovariance(0.6, (50.0, 400.0), (0.5, 0.5))


def drawn(law, seed, number=1000):
    rng = np.random.default_rng(seed)
    places = scattered(rng, number, SIDE_M)
    return places, dense_noise(rng, places, law)


def fitted(places, velocity, std=None, **options):
    return fit_noise(look_points(places, velocity, std), GRID, NOISE, **options)


@pytest.fixture(scope="module")
def plain():
    places, velocity = drawn(LAW, 0)
    return places, velocity, fitted(places, velocity)


@pytest.mark.parametrize("law", [LAW, SHORT])
def test_what_differs_between_near_points_and_the_sill_are_recovered(law):
    near, sill = [], []
    for seed in range(5):
        places, velocity = drawn(law, seed, 900)
        fit = fitted(places, velocity).covariance
        near.append(fit.gamma(np.array([60.0]))[0] / law.gamma(np.array([60.0]))[0])
        sill.append(fit.sill / law.sill)
    # A plane takes off some of the longest waves, and 4 km hold few of them.
    assert np.mean(near) == pytest.approx(1.0, abs=0.1)
    assert np.mean(sill) == pytest.approx(1.0, abs=0.2)
    assert np.all(np.abs(np.array(near) - 1) < 0.25)
    assert np.all(np.abs(np.array(sill) - 1) < 0.4)


def test_a_plane_changes_nothing_and_is_told(plain):
    places, velocity, first = plain
    east, north = places.T
    second = fitted(places, velocity + 20.0 + 2e-3 * east - 1e-3 * north)
    assert second.covariance.sill == pytest.approx(first.covariance.sill, rel=0.02)
    assert second.covariance.nugget == pytest.approx(first.covariance.nugget, rel=0.02)
    change = np.subtract(second.plane, first.plane)
    middle = 20.0 + 2e-3 * first.origin_m[0] - 1e-3 * first.origin_m[1]
    assert change == pytest.approx([middle, 2e-3, -1e-3], rel=0.02)
    np.testing.assert_allclose(
        second.flattened(east, north, velocity + 20.0 + 2e-3 * east - 1e-3 * north),
        first.flattened(east, north, velocity), atol=0.15,
    )  # fmt: skip


def test_velocities_a_hundred_times_as_large_have_ten_thousand_times_the_covariance(plain):
    places, velocity, first = plain
    second = fitted(places, 100.0 * velocity)
    assert second.covariance.sill == pytest.approx(1e4 * first.covariance.sill, rel=1e-3)
    np.testing.assert_allclose(second.spikes, first.spikes, atol=1e-2)


def test_spikes_of_gaussian_noise_are_nearly_gaussian_and_even(plain):
    spikes = np.array(plain[2].spikes)
    np.testing.assert_allclose(spikes, -spikes[::-1], atol=1e-12)
    assert np.all(np.diff(spikes) >= 0)
    assert spikes[130] == pytest.approx(2.0, abs=0.25)


def test_spikes_of_heavy_tails_reach_farther():
    rng = np.random.default_rng(2)
    places, velocity = drawn(LAW, 2)
    wrong = rng.random(len(places)) < 0.02
    velocity[wrong] += rng.choice([-1.0, 1.0], wrong.sum()) * rng.uniform(6.0, 10.0, wrong.sum())
    fit = fitted(places, velocity)
    assert fit.spikes[-40] > 1.2 * 3.5
    clean = fitted(places, np.where(wrong, 0.0, velocity)).covariance
    # The wrong points, drawn in, hardly lift the covariance: by 1.3 if they were not.
    assert fit.covariance.sill < clean.sill + 0.5


def test_fast_ground_lifts_the_sill_less_where_some_of_it_may_move(plain):
    places, velocity, still = plain
    away = np.hypot(*(places - 2000.0).T)
    moving = velocity - 15.0 * np.exp(-((away / 300.0) ** 2) / 2)
    lifted = {
        may_move: fitted(places, moving, may_move=may_move).covariance.sill - still.covariance.sill
        for may_move in (True, False)
    }
    assert lifted[False] > 1.0
    assert lifted[True] < 0.65 * lifted[False]


def test_the_level_of_points_follows_their_stated_uncertainty():
    rng = np.random.default_rng(5)
    places = scattered(rng, 1500, SIDE_M)
    std = rng.choice([0.5, 1.0, 2.0], 1500)
    velocity = std * rng.standard_normal(1500)
    points = look_points(places, velocity, std)
    fit = fit_noise(points, GRID, NOISE)
    levels = point_levels(points, fit, Neighbours(*places.T), NOISE)
    mean = [levels.own[std == s].mean() for s in (0.5, 1.0, 2.0)]
    assert mean[1] / mean[0] == pytest.approx(2.0, rel=0.3)
    assert mean[2] / mean[1] == pytest.approx(2.0, rel=0.15)
    assert np.mean(levels.own**2) == pytest.approx(1.0)
    constant, slope = fit.std_shares
    assert constant + slope * np.mean(std**2) == pytest.approx(1.0, abs=0.02)


def test_a_stated_uncertainty_that_tells_nothing_counts_little():
    rng = np.random.default_rng(6)
    places = scattered(rng, 1500, SIDE_M)
    points = look_points(places, rng.standard_normal(1500), rng.uniform(0.5, 2.0, 1500))
    levels = point_levels(
        points, fit_noise(points, GRID, NOISE), Neighbours(*places.T), NOISE
    )  # fmt: skip
    assert np.ptp(levels.own) < 0.35


@pytest.mark.parametrize("std", [None, np.full(1000, 1.3), np.r_[np.nan, np.full(999, 1.3)]])
def test_without_a_telling_uncertainty_all_points_are_alike(plain, std):
    places, velocity, _ = plain
    fit = fitted(places, velocity, std)
    assert fit.std_shares == (1.0, 0.0)
    points = look_points(places, velocity, std)
    assert np.ptp(point_levels(points, fit, Neighbours(*places.T), NOISE).own) == 0.0


def test_a_half_of_the_ground_that_is_wilder_has_a_higher_level():
    rng = np.random.default_rng(7)
    places = scattered(rng, 2000, SIDE_M)
    wild = places[:, 0] > SIDE_M / 2
    velocity = rng.standard_normal(2000) * np.where(wild, 2.0, 1.0)
    points = look_points(places, velocity)
    levels = point_levels(points, fit_noise(points, GRID, NOISE), Neighbours(*places.T), NOISE)
    inner = np.abs(places[:, 0] - SIDE_M / 2) > 800.0
    ratio = levels.ground[wild & inner].mean() / levels.ground[~wild & inner].mean()
    # Drawn toward the scene's mean, which is worth a hundred points.
    assert 1.5 < ratio < 2.1
    assert np.mean(levels.ground**2) == pytest.approx(1.0)


def test_noise_survives_json(plain):
    noise = replace(plain[2], warnings=("a word",))
    assert LookNoise.from_dict(json.loads(json.dumps(noise.as_dict()))) == noise


def test_too_few_points_and_equal_velocities_are_refused():
    places = scattered(np.random.default_rng(0), 29, SIDE_M)
    with pytest.raises(InputError, match="29 points: expected at least 30"):
        fitted(places, np.arange(29.0))
    places = scattered(np.random.default_rng(0), 300, SIDE_M)
    with pytest.raises(InputError, match="all 300 velocities are -2 mm/yr"):
        fitted(places, np.full(300, -2.0))


def test_a_reader_is_warned_of_few_points_and_of_noise_that_was_smoothed():
    places, velocity = drawn(LAW, 3, 100)
    assert "only 100 points" in fitted(places, velocity).warnings[0]
    east, north = places.T
    velocity = np.sin(east / 300.0) + np.cos(north / 400.0) * np.sin(east / 350.0)
    assert any("smoothed or interpolated" in w for w in fitted(places, velocity).warnings)


def test_noise_that_does_not_level_off_is_told():
    places, _ = drawn(LAW, 3)
    # Four waves of 16 km: nearly a parabola over the scene, which no plane takes off.
    velocity = 20 * np.cos(2 * np.pi * (places[:, 0] - 2000.0) / 9000.0)
    velocity += np.random.default_rng(0).normal(size=len(places))
    settings = replace(NOISE, ranges_m=(20.0, 125.0, 1600.0))
    fit = fit_noise(look_points(places, velocity), GRID, settings)
    assert any("does not level off within 1.6 km" in w for w in fit.warnings)


def test_the_points_of_an_extent_are_half_open():
    east, north = np.array([0.0, 10.0, 0.0, 5.0]), np.array([10.0, 10.0, 0.0, 5.0])
    points = LookPoints(east, north, np.arange(4.0), np.arange(4.0) + 1)
    inside = points.inside((0.0, 0.0, 10.0, 10.0))
    assert inside.velocity.tolist() == [0.0, 3.0]
    assert inside.std.tolist() == [1.0, 4.0]
