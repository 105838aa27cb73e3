"""Examples that differ from the law of training in one thing each.

A shift takes an example as the law draws it and changes its atmosphere, its spikes or its sampling;
everything else stays to the last bit, so that what a detector says of the two can be compared pair
by pair. What a shift draws follows from the example's own seed and the shift's name.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Range
from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.errors import InputError
from groundmotion.noise.fields import Matern, StationaryField, StretchedExponential
from groundmotion.noise.model import SparseCovariance
from groundmotion.synthesis.examples import (
    Example,
    ExampleSettings,
    draw_deformation,
    noise_of,
    observed,
)


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
        return with_parts(example, atmosphere=field.draw(rng))


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
        return with_parts(example, atmosphere=field.draw(rng))


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
        return with_parts(example, spikes=spikes.astype(np.float32))


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
        return with_parts(example, spikes=example.spikes + errors)


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
        return with_parts(example, atmosphere=example.atmosphere + ramps.astype(np.float32))


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
        variant = replace(example, parameters={**example.parameters, "mask_region": "uniform"})
        if example.label:
            signal = example.deformation[mask].astype(np.float64)
            rows, cols = np.nonzero(mask)
            covariance = SparseCovariance(rows, cols, settings.pixel_m, noise)
            square = float(signal @ covariance.solve(signal[None])[0])
            parameters = {"d_prime": float(np.sqrt(max(square, 0.0)))}
            if parameters["d_prime"] < settings.min_d_prime:
                look = SENTINEL1_UK[look_pass(example.parameters["look"])]
                deformation, parameters = draw_deformation(rng, settings, mask, noise, look)
                variant = replace(variant, deformation=deformation)
            variant = replace(variant, parameters={**variant.parameters, **parameters})
        return with_parts(variant, mask=mask)


def with_parts(
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
