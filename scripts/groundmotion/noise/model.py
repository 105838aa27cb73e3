"""Noise of a velocity map: correlated atmosphere and spikes (§II-B, §III-B).

Points see atmosphere with covariance C(d) = a e^(−b d) plus independent spikes of variance nugget.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg, ndimage

from groundmotion.aliases import Floats, Maps
from groundmotion.errors import InputError
from groundmotion.variogram.model import exponential_covariance

#: A torus wider than this (one complex float32 array of 2 GB) is refused.
_LARGEST_TORUS_PX = 16_384

#: Conjugate gradients: last relative gain in vᵀC⁻¹v, and a limit that is not reached in practice.
_TOLERANCE = 1e-4
_MAX_ITERATIONS = 300


@dataclass(frozen=True)
class NoiseModel:
    """Equation 1: covariance a e^(−b d) of the atmosphere and variance ``nugget`` of the spikes."""

    a: float
    b_per_km: float
    nugget: float


class CorrelatedField:
    """Draw stationary Gaussian maps with covariance a e^(−b d), exactly, by circulant embedding.

    The covariance matrix of a torus is diagonal in Fourier space, so that coloured noise is one
    FFT of white noise; a window of it has the wanted covariance if the torus agrees with it at
    every distance in the window. Simply wrapping a e^(−b d) around gives negative eigenvalues.
    Here the covariance goes to zero beyond the window's diagonal D as
    a e^(−b D) (b R − b d)²/4, R = D + 2/b, which joins with its slope (cut-off embedding, Gneiting
    et al. 2006); the torus is 2R wide and its eigenvalues are checked to be non-negative.

    DEVIATES: the paper factorises the covariance matrix (Cholesky), 20 GB at 224 × 224.

    Parameters
    ----------
    shape
        (rows, cols) of the maps.
    pixel_m
        Side of a cell, metres.
    a, b_per_km
        Variance (mm²/yr²) and decay of the atmosphere, > 0.

    Raises
    ------
    InputError
        If a or b is not positive, or the range 1/b is so long that the torus does not fit.
    """

    def __init__(self, shape: tuple[int, int], pixel_m: float, a: float, b_per_km: float) -> None:
        if not (a > 0 and b_per_km > 0):
            raise InputError(f"a {a}, b_per_km {b_per_km}: expected both > 0")
        self.shape = shape
        pixel_km = pixel_m / 1000
        diagonal = float(np.hypot(shape[0] - 1, shape[1] - 1)) * pixel_km
        end = diagonal + 2 / b_per_km
        if 2 * end / pixel_km > _LARGEST_TORUS_PX:
            raise InputError(
                f"b_per_km {b_per_km:g} on a map of {shape} cells of {pixel_m} m: the torus would "
                f"be wider than {_LARGEST_TORUS_PX} cells; use larger cells or b_per_km"
            )
        half = fft.next_fast_len(int(np.ceil(end / pixel_km)))
        steps = np.arange(half + 1) * pixel_km
        lag = np.hypot(steps[:, None], steps)
        tail = exponential_covariance(np.array(diagonal), a, b_per_km)
        taper = tail * (b_per_km * np.maximum(end - lag, 0)) ** 2 / 4
        covariance = np.where(lag <= diagonal, exponential_covariance(lag, a, b_per_km), taper)
        # The torus is 2·half wide and even along both axes: its FFT is a cosine transform.
        eigenvalues = fft.dctn(covariance, type=1)
        if eigenvalues.min() < -1e-9 * eigenvalues.max():
            raise InputError(f"b_per_km {b_per_km:g}: the embedding is not a covariance")
        rows = np.minimum(np.arange(2 * half), 2 * half - np.arange(2 * half))
        amplitude = np.sqrt(np.maximum(eigenvalues, 0) / 2) / (2 * half)
        self._amplitude = amplitude[rows].astype(np.float32)

    def draw_many(self, rng: np.random.Generator, count: int) -> Maps:
        """Draw ``count`` independent maps, (count, rows, cols).

        Only the half of the spectrum that a real map needs is drawn, and only the columns of
        the transform that fall into the window are computed to the end.
        """
        side, columns = self._amplitude.shape
        maps = np.empty((count, *self.shape), np.float32)
        for values in maps:
            white = rng.standard_normal((side, 2 * columns), dtype=np.float32).view(np.complex64)
            for edge in (0, columns - 1):  # these columns are their own mirror images
                mirror = np.roll(white[::-1, edge], 1).conj()
                white[:, edge] = (white[:, edge] + mirror) * np.float32(np.sqrt(0.5))
            white *= self._amplitude
            tall = fft.ifft(white, axis=0, norm="forward", overwrite_x=True)[: self.shape[0]]
            values[:] = fft.irfft(tall, side, axis=1, norm="forward")[:, : self.shape[1]]
        return maps

    def draw(self, rng: np.random.Generator) -> Maps:
        """Draw one map, (rows, cols), mm/yr."""
        return self.draw_many(rng, 1)[0]


class SparseCovariance:
    """Covariance of the noise at sparse points, nugget·I + a e^(−b d), as an operator.

    Products go through FFTs of the zero-padded grid. Systems are solved by conjugate gradients.
    The preconditioner takes the atmosphere as constant within square blocks of cells; it is
    inverted exactly through the blocks that hold points (Woodbury).

    Parameters
    ----------
    rows, cols
        (n,) cell of each point; one point per cell.
    pixel_m
        Side of a cell, metres.
    noise
        Its nugget is > 0.
    """

    #: The preconditioner's blocks number about this many; more cost more than they save.
    _BLOCKS = 600

    def __init__(
        self,
        rows: NDArray[np.integer],
        cols: NDArray[np.integer],
        pixel_m: float,
        noise: NoiseModel,
    ) -> None:
        if not noise.nugget > 0:
            raise InputError(f"nugget {noise.nugget}: expected > 0; without spikes C is singular")
        self._rows, self._cols = rows - rows.min(), cols - cols.min()
        self._pixel_km, self._noise = pixel_m / 1000, noise
        self._torus = tuple(
            fft.next_fast_len(int(2 * i.max() + 1), real=True) for i in (self._rows, self._cols)
        )
        steps = [np.fft.fftfreq(n, 1 / n) * self._pixel_km for n in self._torus]
        kernel = self._atmosphere(np.hypot(steps[0][:, None], steps[1]))
        self._spectrum = fft.rfft2(kernel.astype(np.float32)).real
        self._prepare_blocks()

    def _atmosphere(self, lag_km: Floats) -> Floats:
        return exponential_covariance(lag_km, self._noise.a, self._noise.b_per_km)

    def _prepare_blocks(self) -> None:
        area = float((self._rows.max() + 1) * (self._cols.max() + 1))
        block_px = max(int(np.sqrt(area / self._BLOCKS)), 1)
        key = (self._rows // block_px) * (self._torus[1] + 1) + self._cols // block_px
        _, self._block, counts = np.unique(key, return_inverse=True, return_counts=True)
        centre = np.stack([np.bincount(self._block, i) / counts for i in (self._rows, self._cols)])
        lag = np.hypot(*(centre[:, :, None] - centre[:, None, :])) * self._pixel_km
        self._root = np.sqrt(counts)
        inner = self._root[:, None] * self._atmosphere(lag) * self._root
        # Points of one block are 0.52 sides apart on average; what they do not share is as nugget.
        apart = np.array(0.52 * (block_px - 1) * self._pixel_km)
        own = self._noise.a - float(self._atmosphere(apart))
        self._local = self._noise.nugget + own
        inner[np.diag_indices_from(inner)] += self._local
        self._factor = linalg.cho_factor(inner, lower=True, overwrite_a=True)

    def dense(self) -> Floats:
        """Return the (n, n) matrix itself."""
        lag = np.hypot(*(i[:, None] - i[None, :] for i in (self._rows, self._cols)))
        matrix = self._atmosphere(lag * self._pixel_km)
        matrix[np.diag_indices_from(matrix)] += self._noise.nugget
        return matrix

    def product(self, vectors: Floats) -> Floats:
        """Multiply the matrix with each row of (k, n)."""
        grid = np.zeros((len(vectors), *self._torus), np.float32)
        grid[:, self._rows, self._cols] = vectors
        smooth = fft.irfft2(fft.rfft2(grid) * self._spectrum, self._torus)
        return np.asarray(smooth[:, self._rows, self._cols] + self._noise.nugget * vectors)

    def _precondition(self, vectors: Floats) -> Floats:
        sums = [np.bincount(self._block, v, len(self._root)) / self._root for v in vectors]
        means = np.stack(sums)
        change = linalg.cho_solve(self._factor, means.T).T - means / self._local
        return np.asarray(vectors / self._local + (change / self._root)[:, self._block])

    def solve(self, vectors: Floats) -> Floats:
        """Solve C x = v for each row of (k, n).

        Iteration ends when a step adds less than 1e-4 of vᵀC⁻¹v, which grows step by step, in
        every row: d′ is then right to 0.5 %.
        """
        right = np.asarray(vectors, np.float64)
        x, residual = np.zeros_like(right), right.copy()
        z = self._precondition(residual)
        direction, rz = z, (residual * z).sum(1)
        energy = np.zeros(len(right))
        for _ in range(_MAX_ITERATIONS):
            image = self.product(direction)
            curvature = (direction * image).sum(1)
            step = np.divide(rz, curvature, out=np.zeros_like(rz), where=curvature > 0)
            x += step[:, None] * direction
            residual -= step[:, None] * image
            energy += step * rz
            if np.all(step * rz <= _TOLERANCE * energy):
                break
            z = self._precondition(residual)
            new = (residual * z).sum(1)
            ratio = np.divide(new, rz, out=np.zeros_like(rz), where=rz > 0)
            direction, rz = z + ratio[:, None] * direction, new
        return x


def spike_values(values: NDArray[np.floating]) -> Maps:
    """Return N = y − Med3×3(y) at the points of a map, (n,), a pool to draw spikes from (§III-A).

    ``values`` is (rows, cols), NaN where there is no point. Points whose 3 × 3 cells hold no
    other point are left out: the median returns them unchanged.
    """
    # Imported where it is used: the law of noise needs no compiled filter.
    from groundmotion.interpolation.median import nan_median_3x3

    has_point = np.isfinite(values)
    near = ndimage.convolve(has_point.astype(np.int32), np.ones((3, 3), np.int32), mode="constant")
    has_neighbour = has_point & (near > 1)
    return np.asarray((values - nan_median_3x3(values))[has_neighbour], np.float32)


def draw_spikes(
    rng: np.random.Generator, count: int, nugget: float, pool: Maps | None = None
) -> Maps:
    """Draw independent spikes, (count,), mm/yr.

    Gaussian of variance ``nugget``; with a ``pool`` (:func:`spike_values`) drawn from it with
    replacement instead, as it comes, and the nugget is not used.
    """
    if pool is None:
        return np.float32(np.sqrt(nugget)) * rng.standard_normal(count, dtype=np.float32)
    if len(pool) == 0:
        raise InputError("empty pool of spikes: the scene it comes from has no neighbouring points")
    return rng.choice(pool, count)
