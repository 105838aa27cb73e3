"""Noise of a nested covariance on cells: drawn, and taken out (C⁻¹ v).

The points of a cell are one observation, their mean. What varies within a cell, the nugget and
the components of short range, is white there; the longer components are a field on a torus, whose
covariance is diagonal in Fourier space. C⁻¹ is found by conjugate gradients on the white field, as
in :mod:`groundmotion.interpolation.kriging`, with the same preconditioner.
"""

import numpy as np
from scipy import fft

from groundmotion.aliases import Floats, Integers, Maps
from groundmotion.errors import InputError
from groundmotion.interpolation.torus import Preconditioner
from groundmotion.noise.cells import CellPoints
from groundmotion.variogram.nested import NestedCovariance

#: The torus is wider than the map by so many of the longest range, half the map at most: opposite
#: edges are then correlated by e⁻² at most, which no place inside notices.
_MARGIN_RANGES = 2.0
#: Variance of the mean of the field, in sills: as good as unknown.
_FREE = 100.0
#: Components up to so many cells are white.
WHITE_CELLS = 2.0
#: Conjugate gradients end at this relative error, or after so many steps.
_TOLERANCE, _MOST_STEPS = 1e-3, 400

#: Scores of a Gaussian at which the distribution of the points' own noise is told.
SPIKE_SCORES: Floats = np.linspace(-4.5, 4.5, 181)

Spectrum = np.ndarray


class NestedTorus:
    """A field of nested covariance on a torus around a map of cells.

    Parameters
    ----------
    shape
        (rows, cols) of the map.
    cell_m
        Side of a cell, metres.
    covariance
        Its nugget is not part of the field.
    mean_variance
        Of a constant that is added to the field, mm²/yr².
    threads
        For the transforms; does not change the result.
    """

    def __init__(
        self, shape: tuple[int, int], cell_m: float, covariance: NestedCovariance,
        mean_variance: float = 0.0, threads: int = 1,
    ) -> None:  # fmt: skip
        self.shape, self.cell_m, self.threads = shape, cell_m, threads
        margin = int(_MARGIN_RANGES * max(covariance.ranges_m, default=0.0) / cell_m) + 1
        down, across = (fft.next_fast_len(n + min(n // 2 + 1, margin), real=True) for n in shape)
        self.size = (down, across)
        spectrum = fft.rfft2(covariance.between(self.lags_m()), workers=threads).real
        self.power = np.maximum(spectrum, 0.0)
        self.power[0, 0] += mean_variance * down * across
        #: whole frequencies, (down,) and (across // 2 + 1,), as a preconditioner names them
        self.k = np.r_[0 : (down + 1) // 2, -(down // 2) : 0]
        self.l = np.arange(across // 2 + 1)
        twice = (self.l > 0) & (2 * self.l != across)
        self.weight = np.sqrt(np.where(twice, 2.0, 1.0))
        self._out = np.sqrt(self.power * down * across / self.weight**2).astype(np.float32)
        self._in = np.sqrt(self.power / (down * across) * self.weight**2).astype(np.float32)

    def offsets_m(self) -> tuple[Floats, Floats]:
        """Return how far north (down, 1) and east (1, across) of its first each cell lies."""
        down, across = (
            np.asarray(np.fft.fftfreq(n, 1 / n) * self.cell_m, np.float64) for n in self.size
        )
        return -down[:, None], across[None]

    def lags_m(self) -> Floats:
        """Return the distance of each cell of the torus from its first, the shorter way around."""
        return np.hypot(*self.offsets_m())

    def transform(self, values: Maps) -> Spectrum:
        """Return the half of the Fourier transform of a map that a real one has."""
        return np.asarray(fft.rfft2(values, self.size, workers=self.threads))

    def filtered(self, spectrum: Spectrum, kernel: Spectrum) -> Maps:
        """Return a map convolved with a kernel, both given by their transforms."""
        whole = fft.irfft2(spectrum * kernel, self.size, workers=self.threads)
        return np.asarray(whole[: self.shape[0], : self.shape[1]])

    def synthesise(self, u: Spectrum) -> Maps:
        """C^½ u on the map, (rows, cols)."""
        part = fft.ifft(self._out * u, axis=0, workers=self.threads)[: self.shape[0]]
        whole = fft.irfft(part, n=self.size[1], axis=1, workers=self.threads)
        return np.asarray(whole[:, : self.shape[1]])

    def project(self, values: Maps) -> Spectrum:
        """C^½ of a map that is zero on the margin: the adjoint of `synthesise`."""
        part = fft.rfft(values, n=self.size[1], axis=1, workers=self.threads)
        return np.asarray(fft.fft(part, n=self.size[0], axis=0, workers=self.threads) * self._in)

    def draw(self, rng: np.random.Generator) -> Maps:
        """Draw a field without its mean, (rows, cols), mm/yr."""
        white = rng.standard_normal(self.size, dtype=np.float32)
        root = np.sqrt(self.power).astype(np.float32)
        root[0, 0] = 0.0
        return self.filtered(self.transform(white), root)


class Whitener:
    """C⁻¹ of the noise of one look, on cells.

    Parameters
    ----------
    points
        Of the look.
    covariance
        Of its noise, for points of level 1.
    threads
        For the transforms; does not change the result.
    """

    def __init__(self, points: CellPoints, covariance: NestedCovariance, threads: int = 1) -> None:
        grid = points.grid
        short, long = covariance.split(WHITE_CELLS * grid.cell_m)
        self.points, self.covariance = points, covariance
        #: variance of what is white among the cells, of a point of level 1
        self.white = short.sill
        free = _FREE * covariance.sill
        self.torus = NestedTorus(grid.shape, grid.cell_m, long, free, threads)
        self.information = (points.weights / self.white).astype(np.float32)
        self._preconditioner = Preconditioner(self.torus, self.information)
        self._shared = [
            (range_m, sill) for range_m, sill in zip(short.ranges_m, short.sills, strict=True)
        ]
        self._nugget = short.nugget
        self._tori: dict[float, tuple[NestedTorus, Integers]] = {}

    def solve(self, values: Floats) -> tuple[Maps, Maps]:
        """Whiten values of the points.

        Parameters
        ----------
        values
            (n,) mm/yr.

        Returns
        -------
        (rows, cols) each: C⁻¹ v, 0 in cells without a point, yr/mm; and the background, the
        field that is expected given v, mm/yr.

        Raises
        ------
        InputError
            If conjugate gradients do not converge.
        """
        torus, information = self.torus, self.information
        means = self.points.means(values).astype(np.float32)
        residual = torus.project(information * means)
        u = np.zeros_like(residual)
        z = self._preconditioner.apply(residual)
        direction, power = z.copy(), _inner(residual, z)
        goal = _TOLERANCE**2 * power
        for _ in range(_MOST_STEPS):
            if power <= goal:
                background = torus.synthesise(u)
                return information * (means - background), background
            product = direction + torus.project(torus.synthesise(direction) * information)
            length = np.float32(power / _inner(direction, product))
            u += length * direction
            residual -= length * product
            z = self._preconditioner.apply(residual)
            last, power = power, _inner(residual, z)
            direction = z + np.float32(power / last) * direction
        raise InputError(
            f"noise of nugget {self.covariance.nugget:.3g} and sills {self.covariance.sills} "
            f"mm²/yr²: not whitened within {_MOST_STEPS} steps; velocities may be in another unit"
        )

    def draw(self, rng: np.random.Generator, spikes: Floats | None = None) -> Floats:
        """Draw noise of the points, (n,) mm/yr.

        Parameters
        ----------
        rng
            Random numbers.
        spikes
            The points' own noise over its standard deviation where a Gaussian one would be at
            :data:`SPIKE_SCORES`; Gaussian by default. What neighbours share stays shared.
        """
        points, number = self.points, len(self.points.cell)
        own = np.sqrt(self._nugget) * rng.standard_normal(number)
        for range_m, sill in self._shared:
            torus, cell = self._fine(range_m)
            own += np.sqrt(sill) * torus.draw(rng).ravel()[cell]
        if spikes is not None:
            own = np.sqrt(self.white) * np.interp(own / np.sqrt(self.white), SPIKE_SCORES, spikes)
        return points.level * own + points.at_points(self.torus.draw(rng))

    def _fine(self, range_m: float) -> tuple[NestedTorus, Integers]:
        """Return a torus of cells fine enough for a short range, and the points' cells on it."""
        if range_m not in self._tori:
            grid, points = self.points.grid, self.points
            parts = max(int(np.ceil(2 * grid.cell_m / range_m)), 1)
            side, (rows, cols) = grid.cell_m / parts, grid.shape
            shape = (rows * parts, cols * parts)
            torus = NestedTorus(
                shape, side, NestedCovariance(0.0, (range_m,), (1.0,)), 0.0, self.torus.threads
            )
            col = ((points.easting_m - grid.left_m) // side).astype(np.int64)
            row = ((grid.top_m - points.northing_m) // side).astype(np.int64)
            cell = np.clip(row, 0, shape[0] - 1) * shape[1] + np.clip(col, 0, shape[1] - 1)
            self._tori[range_m] = (torus, cell)
        return self._tori[range_m]


def _inner(a: Spectrum, b: Spectrum) -> float:
    return float((a.real * b.real + a.imag * b.imag).sum(dtype=np.float64))
