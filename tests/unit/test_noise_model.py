"""Noise against the covariance it is meant to have, dense algebra and counts."""

import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.noise.model import (
    CorrelatedField,
    NoiseModel,
    SparseCovariance,
    draw_spikes,
    spike_values,
)
from groundmotion.variogram.model import model_variogram
from groundmotion.variogram.pairs import empirical_variogram


def exact_covariance(shape, pixel_km, a, b):
    row, col = (i.ravel() for i in np.indices(shape))
    return a * np.exp(-b * pixel_km * np.hypot(row[:, None] - row, col[:, None] - col))


def test_draws_have_the_covariance_that_cholesky_would_give():
    shape, a, b = (7, 5), 1.5, 1.1
    draws = CorrelatedField(shape, 200.0, a, b).draw_many(np.random.default_rng(0), 20_000)
    flat = draws.reshape(len(draws), -1).astype(float)
    found = flat.T @ flat / len(flat)
    exact = exact_covariance(shape, 0.2, a, b)
    # standard error of one covariance is at most a √(2/n) = 0.015
    assert np.abs(found - exact).max() < 5 * 0.015
    assert np.abs(found - exact).mean() < 0.015
    cholesky = np.linalg.cholesky(exact) @ np.random.default_rng(1).standard_normal((35, 20_000))
    theirs = cholesky @ cholesky.T / 20_000
    assert np.abs(found - exact).mean() < 2 * np.abs(theirs - exact).mean()


@pytest.mark.parametrize("b_per_km", [0.5, 1.0, 8.0])
@pytest.mark.parametrize("shape", [(40, 40), (21, 64)])
def test_embedding_is_exact_at_every_lag_of_the_window(shape, b_per_km):
    # The covariance of the torus is the inverse FFT of the squared amplitudes.
    field = CorrelatedField(shape, 10.0, 1.3, b_per_km)
    spectrum = 2 * field._amplitude.astype(float) ** 2
    side = len(spectrum)
    torus = np.fft.irfft2(spectrum, (side, side), norm="forward")
    row, col = np.indices(shape)
    wanted = 1.3 * np.exp(-b_per_km * 0.01 * np.hypot(row, col))
    assert torus[: shape[0], : shape[1]] == pytest.approx(wanted, abs=2e-5)


def test_maps_of_one_call_are_independent():
    draws = CorrelatedField((6, 6), 500.0, 1.0, 2.0).draw_many(np.random.default_rng(3), 4000)
    assert np.corrcoef(draws[::2, 2, 2], draws[1::2, 2, 2])[0, 1] == pytest.approx(0, abs=0.09)


def test_variogram_of_a_draw_is_the_model():
    field = CorrelatedField((224, 224), 10.0, 1.2, 3.0)
    rng = np.random.default_rng(4)
    maps = field.draw_many(rng, 12)
    found = [empirical_variogram(m, 10.0, 0.5, 0.05) for m in maps]
    mean = np.mean([f.gamma_mm2_yr2 for f in found], axis=0)
    assert mean == pytest.approx(model_variogram(found[0].lag_km, 0.0, 1.2, 3.0), rel=0.12)


def test_draws_follow_from_the_generator_alone():
    field = CorrelatedField((9, 8), 10.0, 1.0, 1.0)
    first, second = (field.draw(np.random.default_rng(7)) for _ in range(2))
    assert first.dtype == np.float32
    assert first.shape == (9, 8)
    assert np.array_equal(first, second)
    assert field.draw_many(np.random.default_rng(7), 3).shape == (3, 9, 8)


@pytest.mark.parametrize(("a", "b", "message"), [(0.0, 1.0, "a 0.0"), (1.0, 1e-4, "torus")])
def test_impossible_fields_are_refused(a, b, message):
    with pytest.raises(InputError, match=message):
        CorrelatedField((20, 20), 10.0, a, b)


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(2)
    rows, cols = np.nonzero(rng.random((50, 70)) < 0.2)
    return SparseCovariance(rows + 13, cols + 5, 10.0, NoiseModel(1.4, 0.9, 0.3)), rows, cols


def test_product_is_that_of_the_dense_matrix(points):
    covariance, rows, _ = points
    vectors = np.random.default_rng(0).standard_normal((3, len(rows)))
    dense = covariance.dense()
    assert covariance.product(vectors) == pytest.approx(vectors @ dense, rel=1e-4, abs=1e-4)
    assert np.diag(dense) == pytest.approx(1.7)


def test_solve_undoes_the_product(points):
    covariance, rows, cols = points
    smooth = np.exp(-((rows - 20) ** 2 + (cols - 30) ** 2) / 200.0)
    rough = np.random.default_rng(1).standard_normal(len(rows))
    vectors = np.stack([smooth, rough])
    exact = np.linalg.solve(covariance.dense(), vectors.T).T
    found = (covariance.solve(vectors) * vectors).sum(1)
    assert found == pytest.approx((exact * vectors).sum(1), rel=2e-3)


def test_the_preconditioner_saves_most_of_the_steps():
    rows, cols = np.nonzero(np.random.default_rng(2).random((224, 224)) < 0.2)
    covariance = SparseCovariance(rows, cols, 10.0, NoiseModel(1.4, 0.9, 0.3))
    vector = np.exp(-((rows - 50) ** 2 + (cols - 80) ** 2) / 300.0)[None]
    calls = []
    product = covariance.product
    covariance.product = lambda v: calls.append(1) or product(v)
    covariance.solve(vector)
    assert len(calls) < 25  # more than 300 without


def test_covariance_needs_a_nugget():
    with pytest.raises(InputError, match="nugget 0"):
        SparseCovariance(np.array([0, 1]), np.array([0, 1]), 10.0, NoiseModel(1.0, 1.0, 0.0))


def test_spike_values_are_what_the_median_takes_away():
    values = np.full((5, 9), np.nan)
    values[1, 1:4] = 1.0, 9.0, 2.0
    values[4, 8] = 50.0  # alone: no neighbour says whether it is a spike
    # medians of (1, 9), (1, 9, 2) and (9, 2)
    assert spike_values(values).tolist() == [1.0 - 5.0, 9.0 - 2.0, 2.0 - 5.5]


def test_spikes_are_gaussian_or_drawn_from_a_pool():
    rng = np.random.default_rng(0)
    gaussian = draw_spikes(rng, 200_000, 0.81)
    assert gaussian.std() == pytest.approx(0.9, rel=0.01)
    pool = np.array([-3.0, 0.5], np.float32)
    assert set(draw_spikes(rng, 100, 0.81, pool).tolist()) == {-3.0, 0.5}
    with pytest.raises(InputError, match="empty pool"):
        draw_spikes(rng, 3, 1.0, pool[:0])
