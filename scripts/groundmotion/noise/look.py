"""What is known of one look: its points, its noise, and how it is fitted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Bounds, Floats
from groundmotion.variogram.nested import NestedCovariance


@dataclass(frozen=True)
class NoiseSettings:
    """How the noise of a look is fitted.

    Parameters
    ----------
    ranges_m
        e-folding ranges that the covariance may have.
    max_lag_m
        Longest lag; at most half the diagonal of the scene, and longer where points are sparse.
    clip_sigma
        Standard deviations of its own noise to which a point that stands out is drawn in.
    level_m
        Smoothing of the level over the ground.
    level_points
        Pairs of neighbours that the scene's mean level is worth at each place.
    """

    ranges_m: tuple[float, ...]
    max_lag_m: float
    clip_sigma: float
    level_m: float
    level_points: float


@dataclass(frozen=True)
class LookNoise:
    """The noise of one look.

    Parameters
    ----------
    covariance
        Of points of level 1.
    plane
        Offset (mm/yr) at ``origin_m``, and slopes to the east and to the north (mm/yr per m).
    origin_m
        Easting and northing.
    std_shares
        Variance of a point over the scene's: the first, and the second times its stated variance.
    spikes
        The points' own noise over its standard deviation, at
        :data:`groundmotion.noise.whitening.SPIKE_SCORES`.
    n_points, max_lag_m, posting_m
        What it was fitted on.
    warnings
        What a reader should know.
    """

    covariance: NestedCovariance
    plane: tuple[float, float, float]
    origin_m: tuple[float, float]
    std_shares: tuple[float, float]
    spikes: tuple[float, ...]
    n_points: int
    max_lag_m: float
    posting_m: float
    warnings: tuple[str, ...]

    def flattened(self, easting_m: Floats, northing_m: Floats, velocity: Floats) -> Floats:
        """Subtract the plane, (n,) mm/yr."""
        offset, east, north = self.plane
        return (
            velocity - offset - east * (easting_m - self.origin_m[0])
            - north * (northing_m - self.origin_m[1])
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "LookNoise":
        """Rebuild from :meth:`as_dict`, as JSON gives it back."""
        parts = dict(content["covariance"])
        covariance = NestedCovariance(
            parts["nugget"], tuple(parts["ranges_m"]), tuple(parts["sills"])
        )
        lists = ("plane", "origin_m", "std_shares", "spikes", "warnings")
        values: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in content.items()}
        return cls(**{**values, "covariance": covariance})


@dataclass(frozen=True)
class LookPoints:
    """Points of one look, as read: places (n,) in metres, velocities and stated std in mm/yr.

    ``std`` is None where the file has none.
    """

    easting_m: Floats
    northing_m: Floats
    velocity: Floats
    std: Floats | None

    def inside(self, bounds_m: Bounds) -> "LookPoints":
        """Return the points of an extent."""
        left, bottom, right, top = bounds_m
        mask = (self.easting_m >= left) & (self.easting_m < right)
        mask &= (self.northing_m > bottom) & (self.northing_m <= top)
        return self.taken(mask)

    def taken(self, mask: NDArray[np.bool_]) -> "LookPoints":
        """Return some of the points."""
        std = None if self.std is None else self.std[mask]
        return LookPoints(self.easting_m[mask], self.northing_m[mask], self.velocity[mask], std)
