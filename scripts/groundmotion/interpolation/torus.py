"""A stationary field on a grid, laid on a torus, where its covariance is diagonal.

The torus is the map plus a margin so wide that next to no correlation passes around it. Most
frequencies of the field lie far below the spikes that cover it; only the band above is kept. A
field of covariance C is ``C^½ u`` with u white; u is held as the half of its Fourier transform
that a real field has, scaled so that inner products are those of the field.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg

from groundmotion.interpolation.settings import Covariance

#: Correlation of the map's opposite edges around the torus.
_AROUND = 1e-3
#: Correlation half-way around: the kink there makes no covariance, but one this near to it does.
_HALFWAY = 0.03
#: Half the torus over the map's diagonal, at most.
_WIDEST = 1.35
#: Frequencies of which the points could tell less than this share are left out, even with a point
#: in every pixel.
_SHARE = 0.01
#: The preconditioner treats frequencies exactly whose signal is this many times the noise of …
_STRONG = 3.0
#: … but so many at most, and no more than are worth their factorisation: so many on a torus of so
#: many cells, else as the cube root of the cells, so that it takes the time of a few transforms.
_MOST_STRONG = 2000
_WORTH = (800, 600**2)


class Torus:
    """The field and its covariance.

    Parameters
    ----------
    shape
        (rows, cols) of the map.
    covariance
        Of field and spikes.
    threads
        For the transforms; does not change the result.
    mean_variance
        Of a constant that is added to the field, mm²/yr².
    """

    def __init__(
        self,
        shape: tuple[int, int],
        covariance: Covariance,
        threads: int,
        mean_variance: float = 0.0,
    ) -> None:
        self.shape = shape
        self.covariance = covariance
        self.threads = threads
        margin = -np.log(_AROUND) / covariance.decay_per_px
        diagonal = float(np.hypot(*shape))
        half = min(-np.log(_HALFWAY) / covariance.decay_per_px, _WIDEST * diagonal)
        down, across = (
            fft.next_fast_len(int(max(size + min(margin, size), 2 * half)), real=True)
            for size in shape
        )
        self.size = (down, across)
        spectrum = np.maximum(_spectrum(self.size, covariance, threads, diagonal), 0)
        spectrum[0, 0] += mean_variance * down * across
        rows, cols = (_count(length, covariance) for length in self.size)
        #: whole frequencies of the band, (k,) from −… to …, and (l,) from 0
        self.k = np.r_[0:rows, -min(rows - 1, (down - 1) // 2) : 0]
        self.l = np.arange(cols)
        self.power = spectrum[self.k][:, self.l]
        twice = (self.l > 0) & (2 * self.l != across)
        self.weight = np.sqrt(np.where(twice, 2.0, 1.0))
        self._out = np.sqrt(self.power * down * across / self.weight**2).astype(np.float32)
        self._in = np.sqrt(self.power / (down * across) * self.weight**2).astype(np.float32)

    def synthesise(self, u: NDArray[np.complex64]) -> NDArray[np.float32]:
        """C^½ u on the map, (rows, cols)."""
        down, across = self.size
        full = np.zeros((down, self.l.size), np.complex64)
        full[self.k] = self._out * u
        part = fft.ifft(full, axis=0, overwrite_x=True, workers=self.threads)[: self.shape[0]]
        return np.asarray(
            fft.irfft(part, n=across, axis=1, workers=self.threads)[:, : self.shape[1]]
        )

    def project(self, values: NDArray[np.float32]) -> NDArray[np.complex64]:
        """C^½ of a map that is zero on the margin: the adjoint of `synthesise`."""
        down, across = self.size
        part = fft.rfft(values, n=across, axis=1, workers=self.threads)[:, : self.l.size]
        return np.asarray(fft.fft(part, n=down, axis=0, workers=self.threads)[self.k] * self._in)


def _count(length: int, covariance: Covariance) -> int:
    """Return how many frequencies of an axis are kept, by C(ω) = 2πab / (b² + ω²)^(3/2)."""
    b = covariance.decay_per_px
    weakest = covariance.nugget * _SHARE / (1 - _SHARE)
    squared = (2 * np.pi * covariance.a * b / weakest) ** (2 / 3) - b * b
    highest = int(np.sqrt(max(squared, 0)) * length / (2 * np.pi))
    return min(highest, length // 2) + 1


def convolve(
    values: NDArray[np.float64], covariance: Covariance, threads: int
) -> NDArray[np.float64]:
    """C times a map (rows, cols), exactly: on a torus of twice the size nothing passes around."""
    size = tuple(fft.next_fast_len(2 * length, real=True) for length in values.shape)
    image = fft.rfft2(values, s=size, workers=threads) * _spectrum(size, covariance, threads)
    whole = fft.irfft2(image, s=size, workers=threads)
    return np.asarray(whole[: values.shape[0], : values.shape[1]])


def _spectrum(
    size: tuple[int, ...], covariance: Covariance, threads: int, exact_px: float = np.inf
) -> NDArray[np.float64]:
    """Transform of the covariance over the shorter way around the torus.

    Where it has not decayed half-way around, it is levelled off by a parabola from ``exact_px`` on
    (cut-off embedding, Gneiting et al. 2006), without which it would be no covariance.
    """
    lags = [np.minimum(np.arange(length), length - np.arange(length)) for length in size]
    lag = np.hypot(lags[0][:, None], lags[1][None, :])
    at_lag = covariance.between(lag)
    rest = min(size) / 2 - exact_px
    if rest > 0:
        slope = covariance.decay_per_px * covariance.between(np.array(exact_px))
        level = covariance.between(np.array(exact_px)) - slope * rest / 2
        parabola = level + slope / (2 * rest) * np.maximum(min(size) / 2 - lag, 0) ** 2
        at_lag = np.where(lag > exact_px, np.maximum(parabola, 0), at_lag)
    return np.asarray(fft.rfft2(at_lag, workers=threads).real)


def _most_strong(size: tuple[int, int]) -> int:
    count, cells = _WORTH
    return min(_MOST_STRONG, int(count * (size[0] * size[1] / cells) ** (1 / 3)))


class Frequencies(Protocol):
    """What a preconditioner needs to know of a field on a torus; see :class:`Torus`."""

    size: tuple[int, int]
    k: NDArray[np.int64]
    l: NDArray[np.int64]  # noqa: E741
    power: NDArray[np.float64]
    weight: NDArray[np.float64]
    threads: int


class Preconditioner:
    """Approximate inverse of ``I + C^½ W C^½``, W = weights of the points on the map.

    Weak frequencies: as if the weights were spread evenly, where the operator is diagonal. Strong
    ones, whose signal is far above the noise: exactly, coupled by the transform of the weights.

    Parameters
    ----------
    torus
        The field.
    weights
        W, (rows, cols), 1/(mm²/yr²).
    """

    def __init__(self, torus: Frequencies, weights: NDArray[np.float32]) -> None:
        signal = torus.power * float(weights.mean(dtype=np.float64))
        self.scale = (1 / (1 + signal)).astype(np.float32)
        row, col = np.nonzero(signal > _STRONG)
        strongest = np.argsort(-signal[row, col], kind="stable")[: _most_strong(torus.size) // 2]
        row, col = row[strongest], col[strongest]
        # the half that is kept, and its mirror image
        mirror = np.flatnonzero(torus.weight[col] > 1)
        down = np.r_[torus.k[row], -torus.k[row[mirror]]]
        across = np.r_[torus.l[col], -torus.l[col[mirror]]]
        self.place, self.mirror = (row, col), mirror
        self.weight = torus.weight[col]
        self.factor = None
        if row.size:
            root = np.sqrt(torus.power[row, col])
            root = np.r_[root, root[mirror]]
            self.factor = linalg.cho_factor(self._coupled(torus, weights, (down, across), root))

    @staticmethod
    def _coupled(
        torus: Frequencies,
        weights: NDArray[np.float32],
        frequencies: tuple[NDArray[np.int64], NDArray[np.int64]],
        root: NDArray[np.float64],
    ) -> NDArray[np.complex64]:
        half = fft.rfft2(weights, s=torus.size, workers=torus.threads) / np.prod(torus.size)
        down, across = (f[:, None] - f[None, :] for f in frequencies)
        # on a small torus, two strong frequencies are more than half of it apart
        around = np.where(2 * np.abs(across) > torus.size[1], np.sign(across) * torus.size[1], 0)
        across = across - around
        mean = half[np.where(across < 0, -down, down) % torus.size[0], np.abs(across)]
        matrix = np.where(across < 0, mean.conj(), mean) * root[:, None] * root[None, :]
        matrix[np.diag_indices_from(matrix)] += 1
        return matrix.astype(np.complex64)

    def apply(self, residual: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return the approximate solution for a residual."""
        z = self.scale * residual
        if self.factor is not None:
            strong = residual[self.place] / self.weight
            pairs = np.r_[strong, strong[self.mirror].conj()].astype(np.complex64)
            solution = linalg.cho_solve(self.factor, pairs, check_finite=False)
            z[self.place] = solution[: strong.size] * self.weight
        return z
