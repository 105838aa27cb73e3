"""The noise of one look of a scene, from its own points.

A plane and what stands out are taken off, a nested covariance is fitted to the rest, and the level
of the points' own noise may follow their stated uncertainty and vary from place to place.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special
from scipy.ndimage import gaussian_filter

from groundmotion.aliases import Bounds, Floats
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid, CellPoints
from groundmotion.noise.outliers import Neighbours
from groundmotion.noise.whitening import SPIKE_SCORES, Whitener
from groundmotion.points.sampling import posting_m
from groundmotion.variogram.lags import lag_variogram
from groundmotion.variogram.nested import NestedCovariance, fit_nested

#: Fewer points carry no variogram; few more tell little.
FEWEST_POINTS, _FEW_POINTS = 30, 200
#: Robust standard deviations beyond which a point counts no further, before the noise is known.
_FIRST_CLIP = 4.0
#: Levels stay within these, about 1.
_LEVELS = (0.4, 2.5)
#: Share of the sill at the longest range beyond which the noise does not level off.
_UNBOUNDED = 0.5


@dataclass(frozen=True)
class NoiseSettings:
    """How the noise of a look is fitted.

    Parameters
    ----------
    ranges_m
        e-folding ranges that the covariance may have.
    max_lag_m
        Longest lag; at most half the diagonal of the scene.
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


def fit_noise(
    points: LookPoints, grid: CellGrid, settings: NoiseSettings, threads: int = 1,
    *, may_move: bool = True,
) -> LookNoise:  # fmt: skip
    """Fit the noise of a look.

    Parameters
    ----------
    points
        At least :data:`FEWEST_POINTS`, all inside the grid.
    grid
        Cells.
    settings
        See :class:`NoiseSettings`.
    threads
        For the transforms; does not change the result.
    may_move
        Whether some of the ground may move: the noise of long range is then fitted with caution.

    Raises
    ------
    InputError
        With too few points, or where all velocities are equal.
    """
    number = len(points.velocity)
    if number < FEWEST_POINTS:
        raise InputError(
            f"{number} points: expected at least {FEWEST_POINTS} to tell their noise from motion; "
            "widen the bounds or take denser points"
        )
    if not np.ptp(points.velocity) > 0:
        raise InputError(
            f"all {number} velocities are {points.velocity[0]:g} mm/yr: expected measured values"
        )
    east, north = points.easting_m, points.northing_m
    origin = (float(east.mean()), float(north.mean()))
    plane, flat = _without_plane(east - origin[0], north - origin[1], points.velocity)
    spread = float(np.hypot(np.ptp(east), np.ptp(north)))
    lag_m = min(settings.max_lag_m, spread / 2)
    covariance = _covariance(east, north, _drawn_in(flat), grid, (lag_m, settings, may_move))
    neighbours = Neighbours(east, north)
    shares = _std_shares(points, neighbours.half_squares(_drawn_in(flat)), neighbours)
    noise = LookNoise(
        covariance, plane, origin, shares, (), number, lag_m, posting_m(east, north), ()
    )
    for _ in range(2):
        levels = point_levels(points, noise, neighbours, settings)
        white = covariance.split(2 * grid.cell_m)[0].sill
        even = flat / levels.ground
        clipped = neighbours.drawn_in(even, settings.clip_sigma * np.sqrt(white) * levels.own)
        covariance = _covariance(east, north, clipped, grid, (lag_m, settings, may_move))
        noise = replace(noise, covariance=covariance)
    covariance = _weighed(covariance, clipped, neighbours, (east, north, levels.own))
    whitener = Whitener(CellPoints(grid, east, north, levels.own), covariance, threads)
    spikes = _spikes(whitener, even, clipped, settings.clip_sigma)
    warnings = tuple(_warnings(covariance, number, settings))
    return replace(noise, covariance=covariance, spikes=spikes, warnings=warnings)


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


def _weighed(
    covariance: NestedCovariance, values: Floats, neighbours: Neighbours,
    points: tuple[Floats, Floats, Floats],
) -> NestedCovariance:  # fmt: skip
    """Scale the nugget so that it is right where points weigh most, not on their average."""
    east, north, own = points
    nearest = neighbours.nearest[:, 0]
    lag = np.hypot(east - east[nearest], north - north[nearest])
    shared = sum(covariance.sills) - covariance.between(lag)
    level = (own**2 + own[nearest] ** 2) / 2
    weight = level**-2.0
    nugget = np.average(neighbours.half_squares(values) - shared, weights=weight)
    expected = np.average(covariance.nugget * level, weights=weight)
    factor = float(np.clip(nugget / expected, 0.3, 1.5)) if expected > 0 else 1.0
    return replace(covariance, nugget=covariance.nugget * factor)


def _without_plane(east: Floats, north: Floats, velocity: Floats) -> tuple[tuple, Floats]:
    """Fit a plane by least squares to points drawn in, twice; return it and what is left."""
    middle = float(np.median(velocity))
    design = np.column_stack([np.ones(len(east)), east, north])
    solution = np.array([middle, 0.0, 0.0])
    if np.linalg.matrix_rank(design) < 3:
        return (middle, 0.0, 0.0), velocity - middle
    for _ in range(3):
        model = design @ solution
        solution = np.linalg.lstsq(design, model + _drawn_in(velocity - model), rcond=None)[0]
    offset, slope_east, slope_north = (float(v) for v in solution)
    return (offset, slope_east, slope_north), velocity - design @ solution


def _drawn_in(values: Floats) -> Floats:
    """Clip values at robust standard deviations about their median."""
    middle = np.median(values)
    deviation = 1.4826 * np.median(np.abs(values - middle))
    limit = _FIRST_CLIP * (deviation if deviation > 0 else np.std(values))
    return np.asarray(np.clip(values, middle - limit, middle + limit))


def _covariance(
    east: Floats, north: Floats, values: Floats, grid: CellGrid,
    lags: tuple[float, NoiseSettings, bool],
) -> NestedCovariance:  # fmt: skip
    lag_m, settings, robust = lags
    places = np.column_stack([east, north])
    variogram = lag_variogram(places, values, grid.cell_m, lag_m, robust=robust)
    return fit_nested(variogram, settings.ranges_m)


def _std_shares(
    points: LookPoints, half_square: Floats, neighbours: Neighbours
) -> tuple[float, float]:
    """Regress half squared differences of neighbours on their stated variances; mean variance 1."""
    if points.std is None or not np.all(np.isfinite(points.std)) or not np.ptp(points.std) > 0:
        return (1.0, 0.0)
    variance = np.minimum(points.std**2, np.quantile(points.std**2, 0.99))
    stated = (variance + variance[neighbours.nearest[:, 0]]) / 2
    # Differences of large variance tell little of small ones: weighed by what they are worth.
    weight = 1 / (stated + np.median(stated))
    design = np.column_stack([np.ones(len(stated)), stated]) * weight[:, None]
    constant, slope = optimize.nnls(design, half_square * weight)[0]
    mean = constant + slope * float(np.mean(variance))
    return (constant / mean, slope / mean) if mean > 0 else (1.0, 0.0)


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


def _spikes(
    whitener: Whitener, flat: Floats, drawn_in: Floats, clip_sigma: float
) -> tuple[float, ...]:
    """Return the points' own noise over its level at Gaussian scores, of unit variance."""
    background = whitener.points.at_points(whitener.solve(drawn_in)[1])
    own = (flat - background) / whitener.points.level / np.sqrt(whitener.white)
    own = np.clip(own, -2 * clip_sigma, 2 * clip_sigma)
    quantiles = np.quantile(own, special.ndtr(SPIKE_SCORES))
    # ASSUME: as likely up as down, so that motion does not make the noise lopsided.
    even = (quantiles - quantiles[::-1]) / 2
    share = np.exp(-(SPIKE_SCORES**2) / 2)
    clipped = np.clip(even, -clip_sigma, clip_sigma)
    return tuple(float(q) for q in even / np.sqrt(np.average(clipped**2, weights=share)))


def _warnings(covariance: NestedCovariance, number: int, settings: NoiseSettings) -> list[str]:
    told = []
    if number < _FEW_POINTS:
        told.append(f"only {number} points: the noise is known roughly")
    longest = max(settings.ranges_m)
    far = sum(s for r, s in zip(covariance.ranges_m, covariance.sills, strict=True) if r >= longest)
    if far > _UNBOUNDED * covariance.sill:
        told.append(
            f"the noise does not level off within {longest / 1000:g} km: sources nearly that wide "
            "cannot be told from it"
        )
    if covariance.nugget <= 1.01e-3 * covariance.sill:
        told.append("neighbouring points do not differ: velocities were smoothed or interpolated")
    return told
