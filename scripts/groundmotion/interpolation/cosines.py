"""The low frequencies of maps with mirrored borders: a band of the orthonormal DCT-II."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

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
        What the filter passes at every frequency kept, (k, l), in (0, 1].
    """

    def __init__(
        self, shape: tuple[int, int], weights: NDArray[np.float64], cutoff: float, threads: int
    ) -> None:
        responses = [_response(size, tuple(weights.tolist()), cutoff) for size in shape]
        self.shape = shape
        self.threads = threads
        self.response = np.outer(*responses)
        self._bases = [
            _basis(size, response.size) if max(shape) <= _MATRIX_SIZE_PX else None
            for size, response in zip(shape, responses, strict=True)
        ]

    def project(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the coefficients (k, l) of a map (rows, cols)."""
        down, across = self._bases
        rows, cols = self.response.shape
        if down is not None and across is not None:
            return np.asarray((down @ values) @ across.T, np.float32)
        part = fft.dct(values, axis=1, norm="ortho", workers=self.threads)[:, :cols]
        band: NDArray[np.float32] = fft.dct(part, axis=0, norm="ortho", workers=self.threads)[:rows]
        return np.ascontiguousarray(band)

    def synthesise(self, coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the map (rows, cols) of coefficients (k, l)."""
        down, across = self._bases
        if down is not None and across is not None:
            return np.asarray(down.T @ (coefficients @ across), np.float32)
        rows, cols = self.shape
        part = fft.idct(coefficients, n=rows, axis=0, norm="ortho", workers=self.threads)
        return np.asarray(fft.idct(part, n=cols, axis=1, norm="ortho", workers=self.threads))


class MirroredFilter:
    """A symmetric filter along both axes of maps with mirrored borders, in single precision.

    Parameters
    ----------
    shape, weights, threads
        As for `CosineBand`.
    """

    def __init__(self, shape: tuple[int, int], weights: NDArray[np.float64], threads: int) -> None:
        self.threads = threads
        key = tuple(weights.tolist())
        self._matrices = None
        if max(shape) <= _MATRIX_SIZE_PX:
            self._matrices = [_filter_matrix(size, key) for size in shape]
        else:
            down, across = (_response(size, key, None) for size in shape)
            self._response = np.outer(down, across).astype(np.float32)

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the filtered map (rows, cols)."""
        if self._matrices is not None:
            down, across = self._matrices
            return np.asarray(down @ (values @ across.T), np.float32)
        image = fft.dctn(values, norm="ortho", workers=self.threads)
        image *= self._response
        return np.asarray(fft.idctn(image, norm="ortho", workers=self.threads, overwrite_x=True))


@lru_cache(maxsize=16)
def _filter_matrix(size: int, weights: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the filter of ``size`` mirrored pixels as a matrix."""
    matrix = ndimage.correlate1d(np.eye(size), np.array(weights), axis=0, mode="reflect")
    return np.asarray(matrix, np.float32)


@lru_cache(maxsize=64)
def _response(size: int, weights: tuple[float, ...], cutoff: float | None) -> NDArray[np.float64]:
    """Return what the filter passes of ``size`` pixels' frequencies, down to the cutoff."""
    radius = len(weights) // 2
    lag = np.arange(-radius, radius + 1)
    frequency = np.pi * np.arange(size) / size
    response: NDArray[np.float64] = np.cos(frequency[:, None] * lag) @ np.array(weights)
    return response if cutoff is None else response[: int(np.argmax(response < cutoff)) or size]


@lru_cache(maxsize=16)
def _basis(size: int, count: int) -> NDArray[np.float32]:
    """Return the first ``count`` orthonormal cosines (DCT-II) of ``size`` pixels, (count, size)."""
    place = (np.arange(size) + 0.5) / size
    basis = np.cos(np.pi * np.arange(count)[:, None] * place) * np.sqrt(2 / size)
    basis[0] = np.sqrt(1 / size)
    return basis.astype(np.float32)
