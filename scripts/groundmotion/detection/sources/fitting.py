"""Fit one atom to the points of all looks about it, by generalised least squares.

Place and size are shared by the looks, the peak is each look's own, and so is an unknown mean. The
noise is the scene's: the full covariance of the points, merged into cells where they are many.
Place and size are held near where the scan saw them, as loosely as the scan is coarse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from groundmotion.aliases import Floats
from groundmotion.detection.shapes import SHAPES, UnitVector, unit_profile
from groundmotion.detection.sources.atoms import Atom
from groundmotion.noise.levels import PointLevels
from groundmotion.noise.look import LookNoise
from groundmotion.variogram.nested import NestedCovariance

#: Points within so many sizes and so many metres take part; more than so many are merged.
_REACH_SIZES, _REACH_M, _MOST_POINTS = 4.0, 150.0, 320
#: Fewer points in a look do not say anything of an atom.
_FEWEST_POINTS = 4
#: How loosely place (in sizes) and log size are held.
_LOOSENESS = np.array([1.0, 1.0, 0.6])
#: Some point sees at least this share of the peak, or the peak is not known.
_SEEN = 0.6
#: Longest steps in these, their number, and the gain below which the fit has settled.
_STEPS, _MOST_STEPS, _SETTLED = np.array([0.5, 0.5, 0.4]), 12, 1e-3


@dataclass(frozen=True)
class LookData:
    """Points of one look for fits.

    Parameters
    ----------
    easting_m, northing_m, values
        (n,) places, and velocities without plane and other atoms, mm/yr.
    levels
        Of their noise.
    noise
        Of the look.
    toward
        Unit vector toward the satellite.
    """

    easting_m: Floats
    northing_m: Floats
    values: Floats
    levels: PointLevels
    noise: LookNoise
    toward: UnitVector


@dataclass(frozen=True)
class _Whitened:
    """Points of a look near an atom, whitened: L⁻¹ of the values and a way to whiten models."""

    east: Floats
    north: Floats
    factor: Floats
    mean: Floats
    values: Floats
    toward: UnitVector

    def profile(self, shape: str, place: Floats) -> Floats:
        """Return an atom's profile at the points."""
        size = float(np.exp(place[2]))
        return unit_profile(shape, self.east - place[0], self.north - place[1], size, self.toward)

    def model(self, shape: str, place: Floats) -> Floats:
        """Whiten an atom's profile, its share of the unknown mean taken off."""
        return _without_mean(_whiten(self.factor, self.profile(shape, place)), self.mean)

    def seen(self, shape: str, place: Floats) -> float:
        """Return the largest share of the peak that a point sees."""
        return float(self.profile(shape, place).max())


def fit_atom(
    looks: Mapping[str, LookData], place: tuple[float, float, float], sizes_m: tuple[float, float],
    rank: tuple[float, bool],
) -> Atom | None:  # fmt: skip
    """Fit an atom near a place that the scan found.

    Parameters
    ----------
    looks
        Data of each look.
    place
        Easting, northing and size, metres.
    sizes_m
        Sizes stay between.
    rank
        Its significance, and whether that makes a source by itself; kept.

    Returns
    -------
    The atom of the shape that fits best; None where no look has enough points.
    """
    near = {look: _near(data, place) for look, data in looks.items()}
    used = {look: data for look, data in near.items() if data is not None}
    if not used:
        return None
    start = np.array([place[0], place[1], np.log(place[2])])
    fits = [_fit(list(used.values()), shape, start, sizes_m) for shape in SHAPES]
    best = int(np.argmin([fit[0] for fit in fits]))
    if not np.isfinite(fits[best][0]):
        return None
    _, parameters, peaks, stds = fits[best]
    return Atom(
        SHAPES[best], float(parameters[0]), float(parameters[1]), float(np.exp(parameters[2])),
        dict(zip(used, peaks, strict=True)), dict(zip(used, stds, strict=True)), *rank,
    )  # fmt: skip


def _near(data: LookData, place: tuple[float, float, float]) -> _Whitened | None:
    """Whiten the points of a look about a place; None where there are too few."""
    reach = max(_REACH_SIZES * place[2], _REACH_M)
    east, north = data.easting_m - place[0], data.northing_m - place[1]
    inside = np.flatnonzero((np.abs(east) < reach) & (np.abs(north) < reach))
    inside = inside[np.hypot(east[inside], north[inside]) < reach]
    if len(inside) < _FEWEST_POINTS:
        return None
    own, ground = data.levels.own[inside], data.levels.ground[inside]
    merged = _merged((east[inside], north[inside], data.values[inside], ground), own)
    east, north, values, ground, variance = merged
    covariance = _covariance_matrix(east, north, variance, data.noise.covariance)
    covariance *= ground[:, None] * ground[None]
    factor = linalg.cholesky(covariance, lower=True, check_finite=False, overwrite_a=True)
    mean = _whiten(factor, np.ones(len(east)))
    mean /= np.linalg.norm(mean)
    return _Whitened(
        east + place[0], north + place[1], factor, mean,
        _without_mean(_whiten(factor, values), mean), data.toward,
    )  # fmt: skip


def _merged(columns: tuple[Floats, ...], own: Floats) -> tuple[Floats, ...]:
    """Merge points into cells until they are few enough: means of columns, and own²/number."""
    weight, side = own**-2.0, 5.0
    merged: tuple[Floats, ...] = (*columns, own**2)
    while len(merged[0]) > _MOST_POINTS:
        side *= 1.3
        key = np.floor(columns[0] / side) * 1e6 + np.floor(columns[1] / side)
        _, cell = np.unique(key, return_inverse=True)
        total = np.bincount(cell, weight)
        merged = (*(np.bincount(cell, weight * x) / total for x in columns), 1 / total)
    return merged


def _covariance_matrix(
    east: Floats, north: Floats, variance: Floats, covariance: NestedCovariance
) -> Floats:
    lag = np.hypot(east[:, None] - east[None], north[:, None] - north[None])
    matrix = covariance.between(lag)
    matrix[np.diag_indices_from(matrix)] += covariance.nugget * variance
    return matrix


def _whiten(factor: Floats, values: Floats) -> Floats:
    return np.asarray(linalg.solve_triangular(factor, values, lower=True, check_finite=False))


def _without_mean(values: Floats, mean: Floats) -> Floats:
    return np.asarray(values - mean * (mean @ values))


def _fit(
    looks: Sequence[_Whitened], shape: str, start: Floats, sizes_m: tuple[float, float]
) -> tuple[float, Floats, list[float], list[float]]:
    """Levenberg–Marquardt over place and log size, peaks solved for at each step."""
    unit = np.array([np.exp(start[2]), np.exp(start[2]), 1.0])
    hold = 1 / (_LOOSENESS * unit)
    here, damping = start.copy(), 1e-2
    cost, peaks, models, seen = _cost(looks, shape, here, (start, hold))
    for _ in range(_MOST_STEPS):
        hessian, gradient = _normal_equations(looks, shape, (here, peaks, models), (start, hold))
        damped = hessian + damping * np.diag(np.diag(hessian))
        step = np.clip(np.linalg.solve(damped, gradient)[:3] / unit, -_STEPS, _STEPS) * unit
        there = here + step
        there[2] = np.clip(there[2], *np.log(sizes_m))
        trial = _cost(looks, shape, there, (start, hold))
        if trial[0] < cost:
            settled = cost - trial[0] < _SETTLED
            here, (cost, peaks, models, seen), damping = there, trial, 0.3 * damping
            if settled:
                break
        else:
            damping *= 5
            if damping > 1e4:
                break
    hessian, _ = _normal_equations(looks, shape, (here, peaks, models), (start, hold))
    spread = np.linalg.inv(hessian)
    stds = [
        float(np.sqrt(spread[3 + i, 3 + i])) if sees else float("inf")
        for i, sees in enumerate(seen)
    ]
    return cost, here, peaks, stds


def _cost(
    looks: Sequence[_Whitened], shape: str, place: Floats, prior: tuple[Floats, Floats]
) -> tuple[float, list[float], list[Floats], list[bool]]:
    """Return what a place costs, and for each look the peak, its model, and whether it tells it."""
    start, hold = prior
    cost = float(((place - start) * hold) @ ((place - start) * hold))
    seen = [look.seen(shape, place) >= _SEEN for look in looks]
    if not any(seen):
        cost = np.inf
    peaks, models = [], []
    for look, sees in zip(looks, seen, strict=True):
        model = look.model(shape, place)
        # A look whose points are all on the flanks does not tell the peak.
        peak = float(model @ look.values) / max(float(model @ model), 1e-12) if sees else 0.0
        cost += float(((look.values - peak * model) ** 2).sum())
        peaks.append(peak)
        models.append(model)
    return cost, peaks, models, seen


def _normal_equations(
    looks: Sequence[_Whitened], shape: str,
    state: tuple[Floats, list[float], list[Floats]], prior: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return JᵀJ and Jᵀr over (east, north, log size, peak of each look), the prior in them."""
    (here, peaks, models), (start, hold) = state, prior
    number = 3 + len(looks)
    hessian, gradient = np.zeros((number, number)), np.zeros(number)
    steps = 0.02 * np.array([np.exp(here[2]), np.exp(here[2]), 1.0])
    for index, (look, peak, model) in enumerate(zip(looks, peaks, models, strict=True)):
        columns = np.zeros((len(look.values), number))
        for axis in range(3):
            shift = np.zeros(3)
            shift[axis] = steps[axis]
            ahead, behind = (look.model(shape, here + sign * shift) for sign in (1, -1))
            columns[:, axis] = peak * (ahead - behind) / (2 * steps[axis])
        columns[:, 3 + index] = model
        hessian += columns.T @ columns
        gradient += columns.T @ (look.values - peak * model)
    hessian[np.arange(3), np.arange(3)] += hold**2
    hessian[np.arange(3, number), np.arange(3, number)] += 1e-12
    gradient[:3] -= hold**2 * (here - start)
    return hessian, gradient
