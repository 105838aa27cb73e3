"""Density-normalised Gaussian convolution, at one scale and at many."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.interpolation.batches import fill_each
from groundmotion.interpolation.settings import (
    MultiscaleConvolutionSettings,
    NormalisedConvolutionSettings,
)

#: Wide Gaussians are applied to block sums, so large that σ is this many blocks at least.
_BLOCK_SIGMA = 5.0
#: Gaussians reach this many standard deviations.
_TRUNCATE = 4.0


def normalised_convolution(
    maps: NDArray[np.float32], settings: NormalisedConvolutionSettings, threads: int
) -> NDArray[np.float32]:
    """Fill by the Gaussian mean of the points near each pixel: G(My) / G(M).

    Where no point is within reach (4 σ) the σ is doubled until one is.

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    settings
        Width of the Gaussian.
    threads
        Maps are shared out to so many.

    Returns
    -------
    Same shape, without NaN.
    """
    return fill_each(lambda values: _normalised(values, settings.sigma_px), maps, threads)


def multiscale_convolution(
    maps: NDArray[np.float32], settings: MultiscaleConvolutionSettings, threads: int
) -> NDArray[np.float32]:
    """Fill from coarse to fine: each scale corrects the coarser one where it has points enough.

    At every scale σ the Gaussian mean of the points' differences from the coarser map is added,
    weighted by n / (n + n₀): n = Σ g/g(0) counts the points, those afar in part, and n₀ is how many
    points the coarser map is worth, the variance of spikes over that of what the scale adds. The
    latter grows about in proportion to σ where the covariance is exponential, so that n₀ is
    ``settings.prior_points`` at the finest scale and falls as 1/σ. The coarsest map is the mean of
    all points. Close to kriging, without a covariance and in a twentieth of its time.

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    settings
        Widths of the Gaussians and weight of the coarser scale.
    threads
        Maps are shared out to so many.

    Returns
    -------
    Same shape, without NaN.
    """
    return fill_each(lambda values: _multiscale(values, settings), maps, threads)


def _normalised(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    filled = np.full_like(values, np.nan)
    while True:
        sums, weights = _gaussian_sums(values, sigma_px)
        new = np.isnan(filled) & (weights > 0)
        filled[new] = sums[new] / weights[new]
        if not np.isnan(filled).any():
            return filled
        # ASSUME: a single σ says nothing beyond its reach; a wider Gaussian takes over there.
        sigma_px *= 2


def _multiscale(
    values: NDArray[np.float32], settings: MultiscaleConvolutionSettings
) -> NDArray[np.float32]:
    filled = np.full_like(values, np.nanmean(values, dtype=np.float64))
    for sigma_px in reversed(settings.sigmas_px):
        sums, weights = _gaussian_sums(values - filled, sigma_px)
        prior_points = settings.prior_points * settings.sigmas_px[0] / sigma_px
        # n = w/g(0), and n/(n + n₀) · s/w = s / (w + n₀ g(0))
        filled += sums / (weights + np.float32(prior_points / (2 * np.pi * sigma_px**2)))
    return filled


def _gaussian_sums(
    values: NDArray[np.float32], sigma_px: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sum over the points g·value and g of the Gaussian g about every pixel.

    Wide Gaussians are applied to block sums and interpolated back. The border is not mirrored:
    nothing is known outside of the map.
    """
    has_point = ~np.isnan(values)
    parts = (np.where(has_point, values, 0).astype(np.float32), has_point.astype(np.float32))
    factor = 1
    while sigma_px / factor >= 2 * _BLOCK_SIGMA:
        factor *= 2
    shape = values.shape
    blocks = [_block_sums(part, factor) for part in parts]
    sums = _expand(_gauss(blocks[0], sigma_px / factor), factor, shape)
    weights = _expand(_gauss(blocks[1], sigma_px / factor), factor, shape)
    # block sums are spread over fewer, larger cells: per pixel it is a share of that
    share = np.float32(1 / factor**2)
    return sums * share, weights * share


def _gauss(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(
        values, sigma, mode="constant", truncate=_TRUNCATE
    )
    return smooth


def _block_sums(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Sum over blocks of ``factor`` × ``factor`` pixels, with one empty block all around."""
    if factor == 1:
        return values
    rows, cols = values.shape
    margins = [(factor, factor + -size % factor) for size in (rows, cols)]
    padded = np.pad(values, margins)
    shape = (padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
    return padded.reshape(shape).sum(axis=(1, 3))


def _expand(
    blocks: NDArray[np.float32], factor: int, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Interpolate block values linearly to the pixels of ``shape``."""
    if factor == 1:
        return blocks
    for axis, size in enumerate(shape):
        place = (np.arange(size) - (factor - 1) / 2) / factor + 1
        low = np.floor(place).astype(int)
        part = (place - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        blocks = np.take(blocks, low, axis) * (1 - part) + np.take(blocks, low + 1, axis) * part
    return blocks
