"""Examples that differ from the law of training in one thing each.

A shift takes an example as the law draws it and changes its atmosphere, its spikes or its sampling;
everything else stays to the last bit, so that what a detector says of the two can be compared pair
by pair. What a shift draws follows from the example's own seed and the shift's name.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.errors import InputError
from groundmotion.fields import Matern, StationaryField, StretchedExponential
from groundmotion.noise import NoiseModel, SparseCovariance
from groundmotion.synthesis.examples import Example, ExampleSettings, draw_deformation, observed
from groundmotion.synthesis.sources import Range

#: Branch of an example's seed that draws a mixture's shift.
_CHOICE = 0

#: The law as it is.
UNCHANGED = "exponential"


class Shift(Protocol):
    """One change to an example."""

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Return the changed example."""


@dataclass(frozen=True)
class Unchanged:
    """No change: exponential covariance, Gaussian spikes, the sampling of the masks."""

    def change(
        self, example: Example, _settings: ExampleSettings, _rng: np.random.Generator, /
    ) -> Example:
        """Return the example itself."""
        return example


@dataclass(frozen=True)
class MaternAtmosphere:
    """Smoother atmosphere: Matérn's covariance of the same variance and practical range."""

    smoothness: float

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Draw another atmosphere."""
        noise = noise_of(example)
        covariance = Matern.of_same_range(noise.a, noise.b_per_km, self.smoothness)
        field = StationaryField(example.sparse.shape, settings.pixel_m, covariance)
        return _put_together(example, atmosphere=field.draw(rng))


@dataclass(frozen=True)
class StretchedAtmosphere:
    """Atmosphere in bands: a range ``ratio`` times longer in one direction, drawn at random."""

    ratio: float

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Draw another atmosphere."""
        noise, azimuth = noise_of(example), float(rng.uniform(0, 180))
        covariance = StretchedExponential(noise.a, noise.b_per_km, self.ratio, azimuth)
        field = StationaryField(example.sparse.shape, settings.pixel_m, covariance)
        return _put_together(example, atmosphere=field.draw(rng))


@dataclass(frozen=True)
class HeavySpikes:
    """Spikes of the same variance with heavy tails: Student's t."""

    degrees_of_freedom: float

    def __post_init__(self) -> None:
        """Refuse a law without a variance."""
        if not self.degrees_of_freedom > 2:
            raise InputError(
                f"shifts.heavy_spikes.degrees_of_freedom {self.degrees_of_freedom}: expected more "
                "than 2, else the variance is infinite"
            )

    def change(
        self, example: Example, _settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Draw other spikes."""
        free = self.degrees_of_freedom
        scale = np.sqrt(noise_of(example).nugget * (free - 2) / free)
        spikes = scale * rng.standard_t(free, len(example.spikes))
        return _put_together(example, spikes=spikes.astype(np.float32))


@dataclass(frozen=True)
class GrossOutliers:
    """A share of points with an error of either sign, its size uniform in ``size_mm_yr``."""

    share: float
    size_mm_yr: Range

    def change(
        self, example: Example, _settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Add the errors to the spikes."""
        count = len(example.spikes)
        hit, up = rng.random((2, count)) < ((self.share,), (0.5,))
        size = rng.uniform(*self.size_mm_yr, count)
        errors = np.where(hit, np.where(up, size, -size), 0.0).astype(np.float32)
        return _put_together(example, spikes=example.spikes + errors)


@dataclass(frozen=True)
class BurstRamps:
    """Two bursts of a radar image, each tilted along the flight, that meet within the window.

    As in simulated scenes (:func:`groundmotion.simulation.disturbances.burst_ramps`), but that
    every window holds a border, which few do in an image.
    """

    burst_length_km: float
    ramp_mm_yr_per_km: float

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Add the ramps to the atmosphere."""
        heading = np.radians(SENTINEL1_UK[look_pass(example.parameters["look"])].heading_deg)
        rows, cols = np.indices(example.sparse.shape) * settings.pixel_m / 1000
        along = cols * np.sin(heading) - rows * np.cos(heading)
        from_border = along - rng.uniform(along.min(), along.max())
        behind, ahead = rng.normal(0.0, self.ramp_mm_yr_per_km, 2)
        # A burst's ramp is zero in its middle, half a burst from the border.
        half = self.burst_length_km / 2
        ramps = np.where(
            from_border < 0, behind * (from_border + half), ahead * (from_border - half)
        )
        return _put_together(example, atmosphere=example.atmosphere + ramps.astype(np.float32))


@dataclass(frozen=True)
class UniformSampling:
    """As many points, anywhere in the window; the source stays if it is visible there too."""

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Place the points anew."""
        shape, noise = example.sparse.shape, noise_of(example)
        mask = np.zeros(shape, bool)
        mask.ravel()[rng.choice(mask.size, len(example.spikes), replace=False)] = True
        changed = replace(example, parameters={**example.parameters, "mask_region": "uniform"})
        if example.label:
            signal = example.deformation[mask].astype(np.float64)
            rows, cols = np.nonzero(mask)
            covariance = SparseCovariance(rows, cols, settings.pixel_m, noise)
            square = float(signal @ covariance.solve(signal[None])[0])
            drawn = {"d_prime": float(np.sqrt(max(square, 0.0)))}
            if drawn["d_prime"] < settings.min_detectability:
                look = SENTINEL1_UK[look_pass(example.parameters["look"])]
                deformation, drawn = draw_deformation(rng, settings, mask, noise, look)
                changed = replace(changed, deformation=deformation)
            changed = replace(changed, parameters={**changed.parameters, **drawn})
        return _put_together(changed, mask=mask)


#: Every shift by its name in ``config.yaml``; those with numbers find them under ``shifts``.
SHIFTS: dict[str, Callable[..., Shift]] = {
    UNCHANGED: Unchanged,
    "matern": MaternAtmosphere,
    "anisotropic": StretchedAtmosphere,
    "heavy_spikes": HeavySpikes,
    "gross_outliers": GrossOutliers,
    "ramps": BurstRamps,
    "uniform_sampling": UniformSampling,
}


def shifts_from_config(names: list[str], numbers: Mapping[str, Any]) -> dict[str, Shift]:
    """Make the named shifts.

    Parameters
    ----------
    names
        Keys of :data:`SHIFTS`.
    numbers
        Shift → its parameters, where it has any.

    Raises
    ------
    InputError
        If there is no such shift.
    """
    unknown = [name for name in names if name not in SHIFTS]
    if unknown:
        raise InputError(f"shifts {unknown}: expected some of {', '.join(SHIFTS)}")
    return {
        name: SHIFTS[name](
            **{
                key: tuple(value) if isinstance(value, list) else value
                for key, value in numbers.get(name, {}).items()
            }
        )
        for name in names
    }


def shifted(
    example: Example,
    settings: ExampleSettings,
    shift: tuple[str, Shift],
    seed_sequence: np.random.SeedSequence,
) -> Example:
    """Change an example.

    Parameters
    ----------
    example
        As the law draws it from ``seed_sequence``.
    settings
        The law.
    shift
        Its name and itself.
    seed_sequence
        Of the example; the shift draws from a branch of it that its name chooses.
    """
    rng = _branch(seed_sequence, zlib.crc32(shift[0].encode()))
    return shift[1].change(example, settings, rng)


def drawn_shift(mixture: Mapping[str, Shift], seed_sequence: np.random.SeedSequence) -> str:
    """Draw the name of one of a mixture's shifts for the example of a seed, all as likely."""
    names = list(mixture)
    return names[int(_branch(seed_sequence, _CHOICE).integers(len(names)))]


def noise_of(example: Example) -> NoiseModel:
    """Return the noise model that the law drew for an example."""
    drawn = example.parameters
    return NoiseModel(drawn["a"], drawn["b_per_km"], drawn["nugget"])


def _branch(seed_sequence: np.random.SeedSequence, number: int) -> np.random.Generator:
    key = (*seed_sequence.spawn_key, number)
    return np.random.default_rng(np.random.SeedSequence(seed_sequence.entropy, spawn_key=key))


def _put_together(
    example: Example,
    *,
    atmosphere: NDArray[np.float32] | None = None,
    spikes: NDArray[np.float32] | None = None,
    mask: NDArray[np.bool_] | None = None,
) -> Example:
    """Return an example with other parts, observed anew."""
    atmosphere = example.atmosphere if atmosphere is None else atmosphere
    spikes = example.spikes if spikes is None else spikes
    mask = np.isfinite(example.sparse) if mask is None else mask
    sparse = observed(mask, example.deformation, atmosphere, spikes)
    return replace(example, sparse=sparse, atmosphere=atmosphere, spikes=spikes)
