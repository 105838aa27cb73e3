"""The noise of one look of a scene, from its own points.

A plane and what stands out are taken off, a nested covariance is fitted to the rest, and the level
of the points' own noise may follow their stated uncertainty and vary from place to place.
"""

from dataclasses import replace

import numpy as np
from scipy import optimize, special

from groundmotion.aliases import Floats
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid, CellPoints
from groundmotion.noise.levels import point_levels
from groundmotion.noise.look import LookNoise, LookPoints, NoiseSettings
from groundmotion.noise.outliers import Neighbours, robust_std
from groundmotion.noise.whitening import SPIKE_SCORES, WHITE_CELLS, Whitener
from groundmotion.points.sampling import posting_m
from groundmotion.variogram.lags import lag_variogram
from groundmotion.variogram.nested import NestedCovariance, fit_nested

#: Fewer points carry no variogram; few more tell little.
FEWEST_POINTS, _FEW_POINTS = 30, 200
#: Robust standard deviations beyond which a point counts no further, before the noise is known.
_FIRST_CLIP = 4.0
#: Velocities of fewer different values, as a share of the points, were rounded.
_ROUNDED = 0.5
#: No point is surer than this, mm/yr, nor than the step to which velocities were rounded.
_LEAST_STD = 0.01
#: Share of the sill below which what neighbours do not share is none.
_SMOOTH = 2e-3
#: Where points are sparse lags are longer: so many cells at least.
_LAG_CELLS = 25.0
#: Share of the sill at the longest range beyond which the noise does not level off.
_UNBOUNDED = 0.5


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
    extent_m = float(np.hypot(np.ptp(east), np.ptp(north)))
    lag_m = min(max(settings.max_lag_m, _LAG_CELLS * grid.cell_m), extent_m / 2)
    covariance = _covariance(east, north, _drawn_in(flat), grid, (lag_m, settings, may_move))
    neighbours = Neighbours(east, north)
    shares = _std_shares(points, neighbours.half_squares(_drawn_in(flat)), neighbours)
    noise = LookNoise(
        covariance, plane, origin, shares, (), number, lag_m, posting_m(east, north), ()
    )
    for _ in range(2):
        levels = point_levels(points, noise, neighbours, settings)
        even = flat / levels.ground
        spread = neighbours.spread(covariance, levels.own, WHITE_CELLS * grid.cell_m)
        clipped = neighbours.drawn_in(even, settings.clip_sigma * spread)
        covariance = _covariance(east, north, clipped, grid, (lag_m, settings, may_move))
        noise = replace(noise, covariance=covariance)
    covariance = _weighed(covariance, clipped, neighbours, (east, north, levels.own))
    least = _resolution(points.velocity) ** 2 / 12 + _LEAST_STD**2
    covariance = replace(covariance, nugget=max(covariance.nugget, least))
    whitener = Whitener(CellPoints(grid, east, north, levels.own), covariance, threads)
    spikes = _spikes(whitener, even, clipped, settings.clip_sigma)
    warnings = tuple(_warnings(covariance, noise, settings))
    return replace(noise, covariance=covariance, spikes=spikes, warnings=warnings)


def _resolution(velocity: Floats) -> float:
    """Return the step to which velocities were rounded, mm/yr; next to 0 where they were not."""
    steps = np.diff(np.unique(velocity))
    return float(np.median(steps)) if len(steps) < _ROUNDED * len(velocity) else 0.0


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
    middle, deviation = np.median(values), robust_std(values)
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


def _warnings(covariance: NestedCovariance, noise: LookNoise, settings: NoiseSettings) -> list[str]:
    told = []
    if noise.n_points < _FEW_POINTS:
        told.append(f"only {noise.n_points} points: the noise is known roughly")
    longest = max(settings.ranges_m)
    far = sum(s for r, s in zip(covariance.ranges_m, covariance.sills, strict=True) if r >= longest)
    if far > _UNBOUNDED * covariance.sill:
        told.append(
            f"the noise does not level off within {longest / 1000:g} km: sources nearly that wide "
            "cannot be told from it"
        )
    # Of shorter ranges than the posting nothing tells whether they are nugget.
    if covariance.split(noise.posting_m)[0].sill <= _SMOOTH * covariance.sill:
        told.append("neighbouring points do not differ: velocities were smoothed or interpolated")
    return told
