"""Shifts towards measured maps: their size, their reach, and that each part takes part."""

from dataclasses import replace

import numpy as np
import pytest
from test_synthesis import SIZE, law, scene
from test_synthesis_shifts import NUMBERS

from groundmotion.synthesis.disturbed import Disturbed, SharedSpikes
from groundmotion.synthesis.examples import draw_example, example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern

SETTINGS = settings_from_config(law(), None)


@pytest.fixture(scope="module")
def example():
    everywhere = np.ones(scene().shape, bool)
    masks = Masks({look: [Pattern(f"ground/{look}", everywhere, SIZE)] for look in ("asc", "desc")})
    settings = settings_from_config(law(density=[0.9, 0.99]), None)
    return draw_example(settings, masks, 0, example_seed(3, "test", 0))


def _spike_map(example):
    found = np.full(example.sparse.shape, np.nan)
    found[np.isfinite(example.sparse)] = example.spikes
    return found


def test_shared_spikes_keep_their_variance_and_fall_off_with_distance(example):
    shift, draws = SharedSpikes(0.6, 30.0), []
    for seed in range(6):
        white = np.random.default_rng(100 + seed).normal(
            0, np.sqrt(example.parameters["nugget"]), len(example.spikes)
        )
        fresh = replace(example, spikes=white.astype(np.float32))
        draws.append(_spike_map(shift.change(fresh, SETTINGS, np.random.default_rng(seed))))
    nugget, pixel_m = example.parameters["nugget"], SETTINGS.pixel_m
    assert np.mean([np.nanvar(d) for d in draws]) == pytest.approx(nugget, rel=0.04)
    for lag in (1, 3, 12):
        found = np.mean([np.nanmean(d[:, lag:] * d[:, :-lag]) for d in draws]) / nugget
        assert found == pytest.approx(0.6 * np.exp(-lag * pixel_m / 30.0), abs=0.03)


def test_without_a_share_spikes_stay(example):
    same = SharedSpikes(0.0, 30.0).change(example, SETTINGS, np.random.default_rng(1))
    assert np.array_equal(same.sparse, example.sparse, equal_nan=True)


def _disturbed(**changes) -> Disturbed:
    numbers = {**NUMBERS["disturbed"], **changes}
    return Disturbed(**{k: tuple(v) if isinstance(v, list) else v for k, v in numbers.items()})


def test_clusters_lie_within_their_radius(example):
    quiet = _disturbed(outlier_share=0.0, shared_share=[0.0, 0.0], degrees_of_freedom=[1e3, 1e3],
                       clusters=0.0)  # fmt: skip
    loud = replace(quiet, clusters=1.5, outlier_mm_yr=(50.0, 60.0))
    some = 0
    for seed in range(8):
        plain = _spike_map(quiet.change(example, SETTINGS, np.random.default_rng(seed)))
        spikes = _spike_map(loud.change(example, SETTINGS, np.random.default_rng(seed)))
        assert np.nanmax(np.abs(plain)) < 20
        row, col = np.nonzero(np.abs(spikes) > 20)
        some += len(row) > 0
        reach = np.hypot(row[:, None] - row, col[:, None] - col) * SETTINGS.pixel_m
        near = np.sort(reach, 1)[:, : max(len(row) // 6, 1)] if len(row) else reach
        assert np.all(near <= 500)
    assert 3 <= some <= 8


def test_outliers_are_at_most_the_share(example):
    loud = _disturbed(clusters=0.0, outlier_mm_yr=[50.0, 60.0], degrees_of_freedom=[1e3, 1e3])
    shares = [
        np.mean(np.abs(loud.change(example, SETTINGS, np.random.default_rng(s)).spikes) > 20)
        for s in range(12)
    ]
    assert 0.002 < np.mean(shares) < 0.008
    assert max(shares) < 0.015
