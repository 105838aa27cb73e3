"""How the noise of each point differs from the scene's: by its own uncertainty, and its ground."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from groundmotion.aliases import Floats
from groundmotion.noise.look import LookNoise, LookPoints, NoiseSettings
from groundmotion.noise.outliers import Neighbours

#: Levels stay within these, about 1.
_LEVELS = (0.4, 2.5)


@dataclass(frozen=True)
class PointLevels:
    """How the noise of each point differs from the scene's.

    Parameters
    ----------
    own
        (n,) standard deviation of its own noise over that of the scene's points, about 1, from
        its stated uncertainty.
    ground
        (n,) standard deviation of all noise about it over the scene's, about 1, smooth.
    """

    own: Floats
    ground: Floats


def point_levels(
    points: LookPoints, noise: LookNoise, neighbours: Neighbours, settings: NoiseSettings
) -> PointLevels:
    """Tell how the noise of each point differs from the scene's.

    Its own noise follows the stated uncertainty as :attr:`LookNoise.std_shares` say; the ground is
    as wild as neighbours on it differ.
    """
    variance = np.ones(len(points.velocity))
    if points.std is not None:
        variance = noise.std_shares[0] + noise.std_shares[1] * points.std**2
        variance = np.maximum(np.nan_to_num(variance, nan=1.0), _LEVELS[0] ** 2)
    own = np.clip(np.sqrt(variance), *_LEVELS)
    own /= np.sqrt(np.mean(own**2))
    flat = noise.flattened(points.easting_m, points.northing_m, points.velocity)
    limit = settings.clip_sigma * np.sqrt(noise.covariance.sill) * np.maximum(own, 1.0)
    half_square = neighbours.half_squares(neighbours.drawn_in(flat, limit))
    ratio = half_square / ((own**2 + own[neighbours.nearest[:, 0]] ** 2) / 2)
    ground = np.clip(np.sqrt(_local_mean(points, ratio, settings)), *_LEVELS)
    return PointLevels(own, ground / np.sqrt(np.mean(ground**2)))


def _local_mean(points: LookPoints, ratio: Floats, settings: NoiseSettings) -> Floats:
    """Smooth ratios over the ground toward their mean, and return them at the points, (n,)."""
    side = settings.level_m / 2
    east, north = points.easting_m, points.northing_m
    # Whole sides from the origin of the system: the same for any window.
    col, row = ((x // side).astype(np.int64) for x in (east, north))
    col, row = col - col.min(), row - row.min()
    shape = (int(row.max()) + 1, int(col.max()) + 1)
    cell = row * shape[1] + col
    total, count = (
        gaussian_filter(
            np.bincount(cell, w, shape[0] * shape[1]).reshape(shape), 2.0, mode="constant"
        )
        * (4 * np.pi * 2.0**2)
        for w in (ratio, np.ones(len(ratio)))
    )
    mean, worth = float(np.mean(ratio)), settings.level_points
    if not mean > 0:
        return np.ones(len(east))
    return np.asarray(((total + worth * mean) / (count + worth) / mean).ravel()[cell])
