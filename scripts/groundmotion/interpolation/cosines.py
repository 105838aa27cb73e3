"""The low frequencies of maps with mirrored borders: a band of the orthonormal DCT-II."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

#: Up to this many pixels matrix products are quicker than fast transforms.
_MATRIX_SIZE_PX = 512


class CosineBand:
    """The frequencies that a symmetric filter passes, and the transforms from and to pixels.

    Parameters
    ----------
    shape
        (rows, cols) of the maps.
    weights
        Filter in one direction, odd length, symmetric; applied along both axes.
    cutoff
        Frequencies that the filter passes less of than this (along one axis) are left out.
    threads
        For the transforms of large maps; does not change the result.

    Attributes
    ----------
    response
        What the filter passes at every frequency kept, (k, l), in [0, 1].
    """

    def __init__(
        self, shape: tuple[int, int], weights: NDArray[np.float64], cutoff: float, threads: int
    ) -> None:
        passed = [_response(size, tuple(weights.tolist()), cutoff) for size in shape]
        self.shape = shape
        self.threads = threads
        self.response = np.clip(np.outer(*passed), 0, 1)
        self.response32 = self.response.astype(np.float32)
        self._bases = [
            _basis(size, one.size) if max(shape) <= _MATRIX_SIZE_PX else None
            for size, one in zip(shape, passed, strict=True)
        ]

    def project(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the coefficients (k, l) of a map (rows, cols)."""
        down, across = self._bases
        rows, cols = self.response.shape
        if down is not None and across is not None:
            return np.asarray((down @ values) @ across.T, np.float32)
        part = fft.dct(values, axis=1, norm="ortho", workers=self.threads)[:, :cols]
        kept: NDArray[np.float32] = fft.dct(part, axis=0, norm="ortho", workers=self.threads)[:rows]
        return np.ascontiguousarray(kept)

    def synthesise(self, coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the map (rows, cols) of coefficients (k, l)."""
        down, across = self._bases
        if down is not None and across is not None:
            return np.asarray(down.T @ (coefficients @ across), np.float32)
        rows, cols = self.shape
        part = fft.idct(coefficients, n=rows, axis=0, norm="ortho", workers=self.threads)
        return np.asarray(fft.idct(part, n=cols, axis=1, norm="ortho", workers=self.threads))


@lru_cache(maxsize=64)
def _response(size: int, weights: tuple[float, ...], cutoff: float) -> NDArray[np.float64]:
    """Return what the filter passes of the lowest frequencies of ``size`` pixels."""
    radius = len(weights) // 2
    lag = np.arange(-radius, radius + 1)
    frequency = np.pi * np.arange(size) / size
    passed: NDArray[np.float64] = np.cos(frequency[:, None] * lag) @ np.array(weights)
    last = int(np.flatnonzero(passed >= cutoff)[-1])
    return passed[: last + 1]


@lru_cache(maxsize=16)
def _basis(size: int, count: int) -> NDArray[np.float32]:
    """Return the first ``count`` orthonormal cosines (DCT-II) of ``size`` pixels, (count, size)."""
    place = (np.arange(size) + 0.5) / size
    basis = np.cos(np.pi * np.arange(count)[:, None] * place) * np.sqrt(2 / size)
    basis[0] = np.sqrt(1 / size)
    return basis.astype(np.float32)
