"""Stationary random maps of any covariance, beside that of :mod:`groundmotion.noise.model`.

Used where a detector is tried on noise that it was not trained with.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import fft, optimize, special

from groundmotion.aliases import Reals
from groundmotion.errors import InputError
from groundmotion.noise.model import CorrelatedField

#: Correlation that is left at the practical range.
_PRACTICAL = 0.05

#: Largest share of the variance that negative eigenvalues, set to zero, may have.
_NEGATIVE_SHARE = 2e-3

#: Widest torus that is tried, cells.
_LARGEST_TORUS_PX = 8192

#: Growth of the torus from one try to the next.
_GROWTH = 1.5


class StationaryCovariance(Protocol):
    """A stationary covariance in the plane, C(h) = C(−h)."""

    def __call__(self, east_km: Reals, north_km: Reals) -> Reals:
        """Covariance of two places so far apart, mm²/yr²."""


@dataclass(frozen=True)
class Matern:
    """Matérn's covariance, a 2^(1−ν)/Γ(ν) t^ν K_ν(t) with t = lag / ``scale_km``.

    ν = ½ is the exponential covariance with b = 1/``scale_km``; draws are the smoother the larger
    ν is.
    """

    a: float
    smoothness: float
    scale_km: float

    @classmethod
    def of_same_range(cls, a: float, b_per_km: float, smoothness: float) -> "Matern":
        """Return the one whose correlation falls to 5 % where that of a e^(−b d) does.

        Examples
        --------
        >>> round(Matern.of_same_range(1.0, 2.0, 0.5).scale_km, 6)
        0.5
        """
        if not (smoothness > 0 and a > 0 and b_per_km > 0):
            raise InputError(
                f"a {a}, b_per_km {b_per_km}, smoothness {smoothness}: expected all > 0"
            )
        end = optimize.brentq(lambda t: float(_matern(t, smoothness)) - _PRACTICAL, 1e-6, 1e3)
        return cls(a, smoothness, float(-np.log(_PRACTICAL) / b_per_km / end))

    def __call__(self, east_km: Reals, north_km: Reals) -> Reals:
        """Covariance of two places so far apart, mm²/yr²."""
        return self.a * _matern(np.hypot(east_km, north_km) / self.scale_km, self.smoothness)


def _matern(scaled: float | Reals, smoothness: float) -> Reals:
    t = np.maximum(scaled, 1e-6)
    factor = 2 ** (1 - smoothness) / special.gamma(smoothness)
    return np.asarray(factor * t**smoothness * special.kv(smoothness, t))


@dataclass(frozen=True)
class StretchedExponential:
    """Exponential covariance a e^(−b d) whose range is ``ratio`` times longer in one direction.

    The range along ``azimuth_deg`` (clockwise from north) is √ratio / b and across it
    1 / (b √ratio): the correlated area stays.
    """

    a: float
    b_per_km: float
    ratio: float
    azimuth_deg: float

    def __call__(self, east_km: Reals, north_km: Reals) -> Reals:
        """Covariance of two places so far apart, mm²/yr²."""
        azimuth, stretch = np.radians(self.azimuth_deg), float(np.sqrt(self.ratio))
        sine, cosine = float(np.sin(azimuth)), float(np.cos(azimuth))
        along = (east_km * sine + north_km * cosine) / stretch
        across = (east_km * cosine - north_km * sine) * stretch
        return np.asarray(self.a * np.exp(-self.b_per_km * np.hypot(along, across)))


class StationaryField(CorrelatedField):
    """Draw stationary Gaussian maps of any covariance by circulant embedding.

    The covariance is wrapped around a torus that holds the map and grows until its spectrum is
    that of a covariance but for two thousandths of the variance; what is negative then is set to
    zero, so that covariances are right within as much of the variance.

    Parameters
    ----------
    shape
        (rows, cols) of the maps.
    pixel_m
        Side of a cell, metres.
    covariance
        See :class:`StationaryCovariance`.

    Raises
    ------
    InputError
        If no torus of up to 8192 cells does.
    """

    def __init__(
        self, shape: tuple[int, int], pixel_m: float, covariance: StationaryCovariance
    ) -> None:
        self.shape = shape
        half = float(max(shape))
        while True:
            # Even and of small factors, so that transforms are fast.
            side = 2 * fft.next_fast_len(int(np.ceil(half)), real=True)
            if side > _LARGEST_TORUS_PX:
                raise InputError(
                    f"{covariance} on a map of {shape} cells of {pixel_m} m: no torus of up to "
                    f"{_LARGEST_TORUS_PX} cells holds it; use larger cells or a shorter range"
                )
            steps = (fft.fftfreq(side, 1 / side) * pixel_m / 1000).astype(np.float32)
            values = covariance(steps[None, : side // 2 + 1], -steps[:, None])
            eigenvalues = _spectrum(values, side)
            negative = -np.minimum(eigenvalues, 0)
            if _total(negative) <= _NEGATIVE_SHARE * _total(np.abs(eigenvalues)):
                break
            half *= _GROWTH
        # What is left out of the negative part would add to the variance.
        positive = np.maximum(eigenvalues, 0)
        positive *= _total(eigenvalues) / _total(positive)
        self._amplitude = (np.sqrt(positive / 2) / side).astype(np.float32)


def _spectrum(half_plane: Reals, side: int) -> Reals:
    """Eigenvalues of the torus, (side, side/2 + 1), from the covariance at lags east ≥ 0."""
    torus = np.empty((side, side), np.float32)
    edge = side // 2
    torus[:, : edge + 1] = half_plane
    # C(−h) = C(h): the other half is the first turned by 180°.
    torus[:, edge + 1 :] = np.roll(half_plane[::-1], 1, axis=0)[:, edge - 1 : 0 : -1]
    # At the lag of half a torus both signs are as good: their mean keeps the symmetry.
    for line in (torus[edge], torus[:, edge]):
        line[:] = (line + np.roll(line[::-1], 1)) / 2
    return np.asarray(fft.rfft2(torus).real)


def _total(half_spectrum: Reals) -> float:
    """Sum over the whole spectrum of what is stored of it."""
    edges = half_spectrum[:, [0, -1]]
    return float(2 * half_spectrum.sum(dtype=np.float64) - edges.sum(dtype=np.float64))
