"""Random maps of other covariances, against closed forms."""

import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.noise.fields import Matern, StationaryField, StretchedExponential
from groundmotion.variogram.model import exponential_covariance

LAGS = np.array([0.0, 0.01, 0.2, 1.0, 3.0])


@pytest.mark.parametrize(
    ("smoothness", "closed"),
    [
        (0.5, lambda t: np.exp(-t)),
        (1.5, lambda t: (1 + t) * np.exp(-t)),
        (2.5, lambda t: (1 + t + t**2 / 3) * np.exp(-t)),
    ],
)
def test_matern_of_half_integer_smoothness_has_its_closed_form(smoothness, closed):
    found = Matern(1.3, smoothness, 0.7)(LAGS, np.zeros(5))
    assert found == pytest.approx(1.3 * closed(LAGS / 0.7), rel=1e-4)


@pytest.mark.parametrize("smoothness", [0.5, 1.5, 4.0])
def test_the_practical_range_is_that_of_the_exponential(smoothness):
    range_km = np.log(20) / 1.2
    found = Matern.of_same_range(2.0, 1.2, smoothness)(np.array([0.0, range_km]), np.zeros(2))
    assert found == pytest.approx([2.0, 0.1], rel=1e-6)
    assert found[1] == pytest.approx(exponential_covariance(np.array(range_km), 2.0, 1.2))


def test_the_stretched_range_is_longer_in_one_direction():
    covariance = StretchedExponential(1.5, 1.2, 3.0, azimuth_deg=90.0)
    away, none = np.array([0.8]), np.array([0.0])
    east, north = covariance(away, none), covariance(none, away)
    # Equal correlation needs three times the distance.
    assert covariance(3 * away, none) == pytest.approx(north)
    assert np.log(north / 1.5) / np.log(east / 1.5) == pytest.approx([3.0])
    assert np.log(north / 1.5) * np.log(east / 1.5) == pytest.approx([(1.2 * 0.8) ** 2])
    turned = StretchedExponential(1.5, 1.2, 3.0, azimuth_deg=30.0)
    along = (np.array([0.8 * np.sin(np.pi / 6)]), np.array([0.8 * np.cos(np.pi / 6)]))
    assert turned(*along) == pytest.approx(east)


COVARIANCES = [
    Matern.of_same_range(1.5, 1.1, 1.5),
    Matern.of_same_range(1.5, 1.1, 2.5),
    StretchedExponential(1.5, 1.1, 3.0, 30.0),
    StretchedExponential(1.5, 1.1, 3.0, 120.0),
]


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_draws_have_the_covariance(covariance):
    shape, pixel_km = (7, 5), 0.2
    field = StationaryField(shape, 1000 * pixel_km, covariance)
    draws = field.draw_many(np.random.default_rng(0), 5000)
    flat = draws.reshape(len(draws), -1).astype(float)
    row, col = (i.ravel() * pixel_km for i in np.indices(shape))
    exact = covariance(col[:, None] - col, row - row[:, None])  # rows count southwards
    # standard error of one covariance is at most a √(2/n) = 0.03
    found = flat.T @ flat / len(flat)
    assert np.abs(found - exact).max() < 4.5 * 0.03
    assert np.abs(found - exact).mean() < 0.035


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("shape", [(64, 64), (21, 80)])
def test_the_torus_agrees_at_every_lag_of_the_window(covariance, shape):
    field = StationaryField(shape, 30.0, covariance)
    spectrum = 2 * field._amplitude.astype(float) ** 2
    side = len(spectrum)
    torus = np.fft.irfft2(spectrum, (side, side), norm="forward")
    row, col = np.indices(shape) * 0.03
    # What is cut off is at most two thousandths of the variance.
    assert np.abs(torus[: shape[0], : shape[1]] - covariance(col, -row)).max() < 0.004
    mirrored = np.roll(torus[:, ::-1], 1, axis=1)
    assert np.abs(mirrored[: shape[0], : shape[1]] - covariance(-col, -row)).max() < 0.004


def test_the_variogram_over_many_draws_is_the_closed_form():
    covariance = StretchedExponential(1.2, 6.0, 3.0, azimuth_deg=90.0)
    draws = StationaryField((48, 48), 20.0, covariance).draw_many(np.random.default_rng(5), 300)
    for step in (1, 5, 20):
        east = np.mean((draws[:, :, step:] - draws[:, :, :-step]) ** 2) / 2
        north = np.mean((draws[:, step:] - draws[:, :-step]) ** 2) / 2
        away, none = np.array([0.02 * step]), np.array([0.0])
        assert east == pytest.approx(1.2 - float(covariance(away, none)[0]), rel=0.05)
        assert north == pytest.approx(1.2 - float(covariance(none, away)[0]), rel=0.05)


def test_draws_follow_from_the_generator_alone():
    field = StationaryField((9, 8), 10.0, COVARIANCES[0])
    first, second = (field.draw(np.random.default_rng(7)) for _ in range(2))
    assert first.dtype == np.float32
    assert first.shape == (9, 8)
    assert np.array_equal(first, second)


def test_impossible_fields_are_refused(monkeypatch):
    monkeypatch.setattr("groundmotion.noise.fields._LARGEST_TORUS_PX", 256)
    with pytest.raises(InputError, match="no torus of up to 256"):
        StationaryField((64, 64), 1.0, StretchedExponential(1.0, 0.05, 3.0, 30.0))
    with pytest.raises(InputError, match="smoothness -1"):
        Matern.of_same_range(1.0, 1.0, -1)
