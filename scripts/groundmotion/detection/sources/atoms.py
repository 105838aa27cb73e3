"""Atoms: simple bowls that sources are made of.

Three shapes, all of peak 1 along the line of sight and about as wide: the point source (Mogi
1958) with its horizontal motion, a Gaussian bowl, and a flat-bottomed one with a steep edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from groundmotion.aliases import Floats

#: Shapes that are tried.
SHAPES = ("point", "gaussian", "flat")
#: Standard deviation of the Gaussian bowl over its size: 10 % of the peak at the same radius.
_GAUSSIAN = 0.885
#: Radius of the flat bowl over its size, and the power of its edge.
_FLAT, _EDGE = 1.35, 6.0
#: An atom is nothing so many sizes away (a point source: 1 % of its peak, and its flanks).
REACH_SIZES = 8.0

#: East, north and up of the unit vector toward the satellite.
UnitVector = tuple[float, float, float]


@dataclass(frozen=True)
class Atom:
    """A bowl of one shape, seen by one or more looks.

    Parameters
    ----------
    shape
        One of :data:`SHAPES`.
    easting_m, northing_m, size_m
        Its place, and its size: the depth of a point source.
    peaks, stds
        Look → LOS peak, mm/yr, signed, and its standard error.
    significance
        In standard deviations of the scene's noise, signed.
    """

    shape: str
    easting_m: float
    northing_m: float
    size_m: float
    peaks: Mapping[str, float]
    stds: Mapping[str, float]
    significance: float

    def velocity(
        self, easting_m: Floats, northing_m: Floats, look: str, toward: UnitVector
    ) -> Floats:
        """Return its LOS velocity at places, mm/yr; 0 in looks that do not see it."""
        peak = self.peaks.get(look, 0.0)
        profile = unit_profile(
            self.shape, easting_m - self.easting_m, northing_m - self.northing_m, self.size_m,
            toward,
        )  # fmt: skip
        return peak * profile

    def joined(self) -> tuple[float, float]:
        """Return one peak for all looks and its standard error, mm/yr.

        The mean of looks weighted by their certainty; where they contradict each other, the surest
        look's.
        """
        looks = [look for look in self.peaks if np.isfinite(self.stds[look])]
        peak = np.array([self.peaks[look] for look in looks])
        std = np.array([self.stds[look] for look in looks])
        weight = std**-2.0
        mean, error = float(np.average(peak, weights=weight)), float(weight.sum() ** -0.5)
        surest = int(np.argmax(np.abs(peak) / std))
        if abs(mean) / error < abs(peak[surest]) / std[surest]:
            return float(peak[surest]), float(std[surest])
        return mean, error


def unit_profile(
    shape: str, east_m: Floats, north_m: Floats, size_m: float, toward: UnitVector
) -> Floats:
    """Return the velocity of an atom of peak 1 at offsets from its centre.

    Parameters
    ----------
    shape
        One of :data:`SHAPES`.
    east_m, north_m
        Offsets, any one shape.
    size_m
        See :class:`Atom`.
    toward
        Unit vector toward the satellite; a bowl seen from straight above has (0, 0, 1).
    """
    square = (east_m**2 + north_m**2) / size_m**2
    if shape == "gaussian":
        return np.asarray(np.exp(-square / (2 * _GAUSSIAN**2)))
    if shape == "flat":
        return np.asarray(np.exp(-((square / _FLAT**2) ** (_EDGE / 2))))
    along = (toward[0] * east_m + toward[1] * north_m) / size_m
    return np.asarray((along + toward[2]) * (square + 1) ** -1.5 / _highest(toward))


@lru_cache(maxsize=64)
def _highest(toward: UnitVector) -> float:
    """Largest value of (along + up) / (r² + 1)^(3/2), in closed form along the slope."""
    slope = float(np.hypot(toward[0], toward[1])) / toward[2]
    shift = 2 * slope / (np.sqrt(9 + 8 * slope**2) + 3)
    return float(toward[2] * (slope * shift + 1) * (shift**2 + 1) ** -1.5)
