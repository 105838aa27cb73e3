"""Atoms: simple bowls that sources are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from groundmotion.aliases import Floats
from groundmotion.detection.shapes import UnitVector, unit_profile

#: An atom is nothing so many sizes away (a point source: 1 % of its peak, and its flanks).
REACH_SIZES = 8.0


@dataclass(frozen=True)
class Atom:
    """A bowl of one shape, seen by one or more looks.

    Parameters
    ----------
    shape
        One of :data:`groundmotion.detection.shapes.SHAPES`.
    easting_m, northing_m, size_m
        Its place, and its size: the depth of a point source.
    peaks, stds
        Look → LOS peak, mm/yr, signed, and its standard error.
    significance
        In standard deviations of the scene's noise, signed.
    is_seed
        Whether it is above the threshold by itself, and has not merely joined a source.
    """

    shape: str
    easting_m: float
    northing_m: float
    size_m: float
    peaks: Mapping[str, float]
    stds: Mapping[str, float]
    significance: float
    is_seed: bool

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
