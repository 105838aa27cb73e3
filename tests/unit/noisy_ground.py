"""Scattered points with noise of known covariance, drawn by Cholesky: what the search is tested on."""

from dataclasses import replace

import numpy as np
from scipy.spatial.distance import cdist

from groundmotion.constants import SENTINEL1_UK
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.noise.look import LookNoise, LookPoints, NoiseSettings
from groundmotion.noise.whitening import SPIKE_SCORES
from groundmotion.variogram.nested import NestedCovariance

NOISE = NoiseSettings(
    ranges_m=(20.0, 50.0, 125.0, 300.0, 700.0, 1600.0, 4000.0), max_lag_m=6000.0, clip_sigma=3.5,
    level_m=500.0, level_points=100.0,
)  # fmt: skip
SEARCH = SearchSettings(
    noise=NOISE, false_areas_per_1000_km2=1.0, cell_m=20.0, cell_postings=0.75, size_ratio=1.5,
    largest_share=1 / 3, min_points=4, joining_share=0.85, rounds=8, window_m=12000.0,
    halo_m=2500.0, drawn_km2=60.0, seed=0,
)  # fmt: skip
TOWARD = SENTINEL1_UK["asc"].unit_vector()
#: Like a laboratory scene of the paper: atmosphere of some hundred metres and the points' own.
LAW = NestedCovariance(1.0, (600.0,), (1.0,))


def scattered(rng, number, side_m):
    """(n, 2) places in a square with its lower left corner at the origin."""
    return rng.uniform(0.0, side_m, (number, 2))


def dense_covariance(places, law):
    """(n, n) covariance, point by point."""
    return law.between(cdist(places, places)) + law.nugget * np.eye(len(places))


def dense_noise(rng, places, law):
    """(n,) a draw by the Cholesky factor of the dense covariance."""
    return np.linalg.cholesky(dense_covariance(places, law)) @ rng.standard_normal(len(places))


def look_points(places, velocity, std=None):
    return LookPoints(places[:, 0].copy(), places[:, 1].copy(), velocity, std)


def known_noise(law, number, **changes):
    """The noise of a look, as if it had been fitted, and without a plane."""
    noise = LookNoise(
        law, (0.0, 0.0, 0.0), (0.0, 0.0), (1.0, 0.0), tuple(SPIKE_SCORES), number, 2000.0, 40.0, ()
    )
    return replace(noise, **changes)
