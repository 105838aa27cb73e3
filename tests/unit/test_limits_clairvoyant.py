"""The ideal-observer bound against dense algebra, simulation and closed forms."""

import numpy as np
import pytest
from oracles import detectability_index, detectability_index_dense

from groundmotion.deformation import point_source
from groundmotion.limits.clairvoyant import clairvoyant_accuracy
from groundmotion.noise.model import NoiseModel, SparseCovariance

NOISE = NoiseModel(a=1.8, b_per_km=0.8, nugget=0.4)


def cells(density, seed=0, size=224):
    return np.nonzero(np.random.default_rng(seed).random((size, size)) < density)


def bowl(rows, cols, depth_m, pixel_m=10.0):
    east, north = (cols - 100) * pixel_m, (120 - rows) * pixel_m
    up = point_source(east, north, depth_m, 1.0, 0.25)[2]
    return 5 * up / up.max()


@pytest.mark.parametrize("depth_m", [50.0, 500.0])
def test_fast_index_is_the_dense_one(depth_m):
    rows, cols = cells(0.04)
    signal = bowl(rows, cols, depth_m)
    quiet = NoiseModel(1.8, 0.8, 0.1)  # the harder the smaller the nugget
    exact = detectability_index_dense(signal, SparseCovariance(rows, cols, 10.0, quiet).dense())
    assert detectability_index(signal, rows, cols, 10.0, quiet) == pytest.approx(exact, rel=0.005)


def test_several_sources_at_once():
    rows, cols = cells(0.01)
    signals = np.stack([bowl(rows, cols, d) for d in (50.0, 500.0)])
    together = detectability_index(signals, rows, cols, 10.0, NOISE)
    alone = [detectability_index(s, rows, cols, 10.0, NOISE) for s in signals]
    assert together == pytest.approx(alone, rel=0.005)


def test_without_atmosphere_it_is_signal_over_noise():
    rows, cols = cells(0.02)
    signal = bowl(rows, cols, 300.0)
    found = detectability_index(signal, rows, cols, 10.0, NoiseModel(1e-9, 1.0, 0.25))
    assert found == pytest.approx(np.linalg.norm(signal) / 0.5, rel=1e-3)


def test_scales_with_the_signal_and_grows_with_points():
    rows, cols = cells(0.02)
    signal = bowl(rows, cols, 300.0)
    once = detectability_index(signal, rows, cols, 10.0, NOISE)
    assert detectability_index(-2 * signal, rows, cols, 10.0, NOISE) == pytest.approx(2 * once)
    half = slice(None, None, 2)
    fewer = detectability_index(signal[half], rows[half], cols[half], 10.0, NOISE)
    assert fewer < once


def test_no_points_no_detection():
    none = np.zeros(0, int)
    assert detectability_index(np.zeros(0), none, none, 10.0, NOISE) == 0.0
    assert clairvoyant_accuracy(0.0) == 0.5


def test_accuracy_is_that_of_a_simulated_observer():
    rng = np.random.default_rng(5)
    rows, cols = cells(0.15, size=40)
    signal = bowl(rows, cols, 80.0) / 4
    covariance = SparseCovariance(rows, cols, 10.0, NOISE).dense()
    d_prime = detectability_index(signal, rows, cols, 10.0, NOISE)
    noise = rng.standard_normal((4000, len(rows))) @ np.linalg.cholesky(covariance).T
    weights = np.linalg.solve(covariance, signal)
    present, absent = (noise + signal) @ weights, noise @ weights
    middle = signal @ weights / 2
    hits = ((present > middle).mean() + (absent < middle).mean()) / 2
    assert 0.6 < hits < 0.98
    assert clairvoyant_accuracy(d_prime) == pytest.approx(hits, abs=0.012)
