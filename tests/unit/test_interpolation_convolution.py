"""Normalised convolutions against slow sums over points."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from groundmotion.interpolation.convolution import multiscale_convolution, normalised_convolution
from groundmotion.interpolation.settings import (
    MultiscaleConvolutionSettings,
    NormalisedConvolutionSettings,
)

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
MULTISCALE = MultiscaleConvolutionSettings(
    **{
        key: tuple(value) if isinstance(value, list) else value
        for key, value in CONFIG["fills"]["multiscale_convolution"].items()
    }
)


def sparse(shape: tuple[int, int], density: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    row, col = np.indices(shape) / 25
    values = np.sin(row) + np.cos(1.3 * col)
    return np.where(rng.random(shape) < density, values, np.nan).astype(np.float32)


def slow_mean(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float64]:
    row, col = np.indices(values.shape)
    sums, weights = np.zeros(values.shape), np.zeros(values.shape)
    for r, c in np.argwhere(~np.isnan(values)):
        weight = np.exp(-((row - r) ** 2 + (col - c) ** 2) / (2 * sigma_px**2))
        weight[np.maximum(np.abs(row - r), np.abs(col - c)) > int(4 * sigma_px + 0.5)] = 0
        sums, weights = sums + weight * values[r, c], weights + weight
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / weights)


def test_one_scale_is_the_weighted_mean_of_the_points() -> None:
    values = sparse((50, 60), 0.03, 1)
    filled = normalised_convolution(values[None], NormalisedConvolutionSettings(5.0), 1)[0]
    expected = slow_mean(values, 5.0)
    reached = ~np.isnan(expected)
    assert reached.mean() > 0.9
    np.testing.assert_allclose(filled[reached], expected[reached], atol=1e-4)


@pytest.mark.parametrize("sigma_px", [13.0, 32.0])
def test_wide_gaussians_on_blocks_are_nearly_the_same(sigma_px: float) -> None:
    values = sparse((130, 111), 0.05, 2)
    filled = normalised_convolution(values[None], NormalisedConvolutionSettings(sigma_px), 1)[0]
    assert np.abs(filled - slow_mean(values, sigma_px)).max() < 0.03


def test_beyond_its_reach_a_wider_gaussian_takes_over() -> None:
    values = np.full((90, 90), np.nan, np.float32)
    values[5, 5], values[5, 80] = 1, 2
    filled = normalised_convolution(values[None], NormalisedConvolutionSettings(3.0), 1)[0]
    assert filled[5, 10] == pytest.approx(1)
    assert filled[80, 5] == pytest.approx(1, abs=0.3)
    assert 1 <= filled.min() <= filled.max() <= 2


def test_many_points_make_the_multiscale_fill_fine_and_few_coarse() -> None:
    rng = np.random.default_rng(3)
    truth = np.sin(np.indices((128, 128))[0] / 8)
    error = {}
    for density in (0.01, 0.3):
        values = np.where(rng.random(truth.shape) < density, truth, np.nan).astype(np.float32)
        filled = multiscale_convolution(values[None], MULTISCALE, 1)[0]
        error[density] = np.sqrt(((filled - truth) ** 2).mean())
    assert error[0.3] < 0.15 < error[0.01]


def test_the_coarser_scale_holds_the_more_the_more_points_it_counts_as() -> None:
    values = np.full((101, 101), np.nan, np.float32)
    values[50, 50], values[10, 10] = 4, 0
    peak = [
        multiscale_convolution(
            values[None], MultiscaleConvolutionSettings((5.0,), prior_points), 1
        )[0][50, 50]
        for prior_points in (0.5, 1.0, 9.0)
    ]
    # mean 2, and the point's 2 more with the weight 1 / (1 + n₀)
    np.testing.assert_allclose(peak, [2 + 2 / 1.5, 3, 2.2], atol=0.02)


def test_the_multiscale_fill_has_no_edges_where_a_gaussian_ends() -> None:
    rng = np.random.default_rng(5)
    values = np.full((200, 200), np.nan, np.float32)
    values.flat[rng.choice(values.size, 60, replace=False)] = rng.normal(size=60)
    filled = multiscale_convolution(values[None], MULTISCALE, 1)[0]
    steepest = max(np.abs(np.diff(filled, axis=axis)).max() for axis in (0, 1))
    # no step is higher than the flank of the finest Gaussian about one point
    assert steepest < np.nanmax(np.abs(values)) * np.exp(-0.5) / MULTISCALE.sigmas_px[0] / 3


def test_scales_worked_in_blocks_count_their_points_alike() -> None:
    rng = np.random.default_rng(6)
    values = np.where(rng.random((160, 160)) < 0.05, rng.normal(size=(160, 160)), np.nan)
    settings = MultiscaleConvolutionSettings((32.0,), 4.0)
    filled = multiscale_convolution(values.astype(np.float32)[None], settings, 1)[0]
    row, col = np.argwhere(~np.isnan(values)).T
    known, mean = values[row, col], np.nanmean(values)
    for i, j in ((80, 80), (20, 120), (3, 3)):
        g = np.exp(-0.5 * ((row - i) ** 2 + (col - j) ** 2) / 32.0**2)
        expected = mean + (g * (known - mean)).sum() / (g.sum() + 4.0)
        assert filled[i, j] == pytest.approx(expected, abs=0.003)
