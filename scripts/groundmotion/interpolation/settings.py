"""What every fill needs to know, checked once; the numbers come from ``config.yaml``."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError

Loss = Literal["nuclear", "entrywise"]
Trend = Literal["none", "constant", "plane"]


def _require(valid: bool, name: str, rule: str, value: object) -> None:
    if not valid:
        raise InputError(f"fills setting {name} must be {rule}, got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


#: What a value of a type is called, and whether one is.
_TYPES: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    int: ("a whole number", lambda value: _is_number(value) and isinstance(value, int)),
    float: ("a number", _is_number),
    tuple[float, ...]: (
        "a list of numbers",
        lambda value: isinstance(value, tuple) and all(map(_is_number, value)),
    ),
}


def _require_types(name: str, kind: type, values: Mapping[str, Any]) -> None:
    """Refuse text where a number is expected, and parts of one where things are counted."""
    for key, value_type in get_type_hints(kind).items():
        if key in values and value_type in _TYPES:
            rule, is_right = _TYPES[value_type]
            _require(is_right(values[key]), f"{name}.{key}", rule, values[key])


@dataclass(frozen=True)
class DelaunaySettings:
    """Linear interpolation on the Delaunay triangulation.

    Parameters
    ----------
    max_edge_px
        Triangles with a longer edge are not interpolated across (the nearest point's value is
        taken there), pixels; ``inf`` keeps every triangle.
    """

    max_edge_px: float

    def __post_init__(self) -> None:
        _require(
            self.max_edge_px > 0, "delaunay.max_edge_px", "positive (or .inf)", self.max_edge_px
        )


@dataclass(frozen=True)
class MatrixCompletionSettings:
    """Algorithm 1 of the paper (§III-A).

    Parameters
    ----------
    p
        Exponent of the non-convex norm, in (0, 1].
    initial_alpha_factor
        α₀ over max |Mᵀy|.
    step_factor
        λ over the largest eigenvalue of MᵀM (1 for a mask); above 1.
    tolerance
        τ: relative change of the loss that ends an inner loop, and share of α₀ that ends the outer.
    max_inner_iterations
        K.
    cooling
        Factor on α per outer step, in (0, 1).
    sigma_px
        Standard deviation of the Gaussian filter, pixels.
    loss
        Norm of x in the loss that decides when an inner loop ends: ``nuclear`` or ``entrywise``.
    residual_stop
        An inner loop also ends where ‖y − Mx‖ falls below this, mm/yr; 0 never.
    accuracy_mm_yr
        The fast form iterates until it estimates its own error below this, mm/yr.
    """

    p: float
    initial_alpha_factor: float
    step_factor: float
    tolerance: float
    max_inner_iterations: int
    cooling: float
    sigma_px: float
    loss: Loss
    residual_stop: float
    accuracy_mm_yr: float

    def __post_init__(self) -> None:
        name = "matrix_completion"
        for key in ("initial_alpha_factor", "sigma_px", "max_inner_iterations", "accuracy_mm_yr"):
            value = getattr(self, key)
            _require(0 < value < math.inf, f"{name}.{key}", "positive and finite", value)
        _require(0 < self.p <= 1, f"{name}.p", "in (0, 1]", self.p)
        _require(0 < self.cooling < 1, f"{name}.cooling", "in (0, 1)", self.cooling)
        _require(0 < self.tolerance < 1, f"{name}.tolerance", "in (0, 1)", self.tolerance)
        valid = 1 < self.step_factor < math.inf
        _require(valid, f"{name}.step_factor", "above 1 and finite", self.step_factor)
        _require(self.residual_stop >= 0, f"{name}.residual_stop", "≥ 0", self.residual_stop)
        _require(
            self.loss in ("nuclear", "entrywise"), f"{name}.loss", "nuclear or entrywise", self.loss
        )


@dataclass(frozen=True)
class BregmanSettings:
    """Matrix completion, repeated on what it leaves.

    Parameters
    ----------
    rounds
        How often the residual is filled and added; 1 is matrix completion itself.
    """

    rounds: int

    def __post_init__(self) -> None:
        _require(self.rounds > 0, "matrix_completion_bregman.rounds", "positive", self.rounds)


@dataclass(frozen=True)
class NormalisedConvolutionSettings:
    """One Gaussian convolution, normalised by that of the mask.

    Parameters
    ----------
    sigma_px
        Standard deviation of the Gaussian, pixels.
    """

    sigma_px: float

    def __post_init__(self) -> None:
        valid = 0 < self.sigma_px < math.inf
        _require(valid, "normalised_convolution.sigma_px", "positive and finite", self.sigma_px)


@dataclass(frozen=True)
class MultiscaleConvolutionSettings:
    """Normalised convolutions from coarse to fine, each used where it has points enough.

    Parameters
    ----------
    sigmas_px
        Standard deviations, pixels, ascending.
    prior_points
        How many points the coarser map is worth at the finest scale; falls as 1/σ at others.
    """

    sigmas_px: tuple[float, ...]
    prior_points: float

    def __post_init__(self) -> None:
        name = "multiscale_convolution"
        sigmas = self.sigmas_px
        valid = len(sigmas) > 0 and all(0 < s < math.inf for s in sigmas)
        valid = valid and list(sigmas) == sorted(set(sigmas))
        _require(valid, f"{name}.sigmas_px", "ascending positive numbers", sigmas)
        valid = 0 < self.prior_points < math.inf
        _require(valid, f"{name}.prior_points", "positive and finite", self.prior_points)


#: Keys of ``fills`` in the configuration that are of no fill in particular.
SHARED_KEYS = ("max_gap_m", "tile_px", "halo_px")

#: Share of the sill that nugget and field have at least where kriging solves for them.
_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Covariance:
    """Exponential covariance with a nugget, on a grid (paper §II-B, eq. 1).

    Parameters
    ----------
    nugget
        Variance of the spikes, mm²/yr².
    a
        Variance of the correlated part, mm²/yr²; the sill is ``nugget + a``.
    b_per_km
        Decay, 1/km.
    pixel_m
        Size of a pixel, metres.
    """

    nugget: float
    a: float
    b_per_km: float
    pixel_m: float

    def __post_init__(self) -> None:
        for key in ("nugget", "a", "b_per_km", "pixel_m"):
            value = getattr(self, key)
            _require(0 < value < math.inf, f"covariance.{key}", "positive and finite", value)

    @classmethod
    def from_variogram(cls, fit: Mapping[str, Any], pixel_m: float) -> "Covariance":
        """Take ``nugget``, ``a`` and ``b_per_km`` from a fitted variogram.

        ASSUME: what was fitted as nothing counts as a hundredth of the sill, as in `solvable`.
        """
        least = _LEAST_SHARE * (fit["nugget"] + fit["a"])
        return cls(max(fit["nugget"], least), max(fit["a"], least), fit["b_per_km"], pixel_m)

    def solvable(self) -> "Covariance":
        """Return it with a nugget that kriging can solve for: at least a hundredth of the sill.

        ASSUME: velocities are never surer than that. Many points with next to no spikes make a
        system that single precision cannot solve.
        """
        return replace(self, nugget=max(self.nugget, _LEAST_SHARE * (self.nugget + self.a)))

    @property
    def decay_per_px(self) -> float:
        """Decay per pixel."""
        return self.b_per_km * self.pixel_m / 1000

    def between(self, distance_px: NDArray[np.floating]) -> NDArray[np.floating]:
        """Covariance of the field, without spikes, at a distance in pixels, mm²/yr²."""
        return np.asarray(self.a * np.exp(-self.decay_per_px * distance_px))


@dataclass(frozen=True)
class KrigingSettings:
    """Kriging with an exponential covariance and a nugget.

    Parameters
    ----------
    tolerance
        Relative residual at which the conjugate gradients end.
    max_iterations
        Iterations after which the solver gives up with an error.
    trend
        Mean of the field, estimated together with it: ``none`` (zero), ``constant`` (ordinary
        kriging) or ``plane`` (universal kriging).
    max_dense_points
        Up to this many points the system is solved densely (exactly).
    error_cell
        Of more points, the standard deviation merges those in cells of this side near a pixel
        (wider ones farther off), over the correlation length 1/b.
    """

    tolerance: float
    max_iterations: int
    trend: Trend
    max_dense_points: int
    error_cell: float

    def __post_init__(self) -> None:
        _require(0 < self.tolerance < 1, "kriging.tolerance", "in (0, 1)", self.tolerance)
        _require(self.max_iterations > 0, "kriging.max_iterations", "positive", self.max_iterations)
        valid = self.trend in ("none", "constant", "plane")
        _require(valid, "kriging.trend", "none, constant or plane", self.trend)
        _require(
            self.max_dense_points >= 0, "kriging.max_dense_points", "≥ 0", self.max_dense_points
        )
        _require(0 < self.error_cell <= 1, "kriging.error_cell", "in (0, 1]", self.error_cell)


@dataclass(frozen=True)
class FillSettings:
    """Numbers of every fill that has any, a field each; see their classes."""

    delaunay: DelaunaySettings
    matrix_completion: MatrixCompletionSettings
    matrix_completion_bregman: BregmanSettings
    normalised_convolution: NormalisedConvolutionSettings
    multiscale_convolution: MultiscaleConvolutionSettings
    kriging: KrigingSettings

    @classmethod
    def from_config(cls, section: Mapping[str, Any]) -> "FillSettings":
        """Read the section ``fills`` of the configuration.

        Raises
        ------
        InputError
            If a fill or a number is missing, unknown, or out of bounds.
        """
        unknown = set(section) - set(FILL_KEYS)
        if unknown:
            raise InputError(
                f"fills: unknown key {', '.join(sorted(unknown))}; known are {', '.join(FILL_KEYS)}"
            )
        parts: dict[str, Any] = {}
        for name, kind in get_type_hints(cls).items():
            values = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in section.get(name, {}).items()
            }
            _require_types(name, kind, values)
            try:
                parts[name] = kind(**values)
            except TypeError as error:
                problem = str(error).partition("__init__() ")[2] or str(error)
                raise InputError(f"fills.{name}: {problem}") from None
        return cls(**parts)


#: All keys of ``fills`` in the configuration.
FILL_KEYS = tuple(sorted({*get_type_hints(FillSettings), *SHARED_KEYS}))
