"""One labelled example."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps, Range
from groundmotion.constants import PASSES, SENTINEL1_UK, LookGeometry
from groundmotion.errors import InputError
from groundmotion.names import SPLITS
from groundmotion.noise.model import CorrelatedField, NoiseModel, SparseCovariance, draw_spikes
from groundmotion.synthesis.masks import Masks
from groundmotion.synthesis.sources import ExampleSource, SourceRanges

#: Sources drawn for one mask before giving up on ever seeing one.
_MAX_SOURCES = 2000


@dataclass(frozen=True)
class NoiseRanges:
    """Ranges of §II-B, each uniform; drawn again while the sill is not above a."""

    a_mm2_yr2: Range
    b_per_km: Range
    sill_mm2_yr2: Range

    def draw(self, rng: np.random.Generator) -> NoiseModel:
        """Draw a noise model."""
        while True:
            a, b, sill = (
                float(rng.uniform(*limits))
                for limits in (self.a_mm2_yr2, self.b_per_km, self.sill_mm2_yr2)
            )
            if sill > a:
                return NoiseModel(a, b, sill - a)


@dataclass(frozen=True)
class ExampleSettings:
    """The law that examples follow.

    Parameters
    ----------
    size_px, pixel_m
        Side of the window and of its pixels.
    noise
        Ranges of the covariance.
    density
        Share of cells with a point, log-uniform.
    sources
        Where sources are drawn from.
    min_d_prime
        Sources whose d′ (:mod:`groundmotion.limits.clairvoyant`) is below are drawn again, on the
        same mask and in the same noise law, so that both classes keep the same of these.
    spike_pool
        Measured spikes to draw from (§III-A), or None for Gaussian ones of variance nugget.
    """

    size_px: int
    pixel_m: float
    noise: NoiseRanges
    density: Range
    sources: SourceRanges
    min_d_prime: float
    spike_pool: Maps | None


@dataclass(frozen=True)
class Example:
    """A labelled window.

    Parameters
    ----------
    sparse
        (rows, cols) LOS velocity X = D + T + spikes, mm/yr, NaN where there is no point.
    deformation, atmosphere
        (rows, cols) D and T everywhere.
    spikes
        (n,) at the points, row by row.
    label
        1 with deformation, 0 without.
    parameters
        What was drawn: look, mask_region, density, n_points, a, b_per_km, nugget; with
        deformation also peak_mm_yr (signed), d_prime, and those of the source.
    """

    sparse: Maps
    deformation: Maps
    atmosphere: Maps
    spikes: Maps
    label: int
    parameters: dict[str, Any]


def example_seed(seed: int, split: str, index: int) -> np.random.SeedSequence:
    """Return the seed of one example of a split."""
    if split not in SPLITS:
        raise InputError(f"split {split!r}: expected one of {', '.join(SPLITS)}")
    return np.random.SeedSequence([seed, SPLITS.index(split), index])


def draw_example(
    settings: ExampleSettings, masks: Masks, label: int, seed_sequence: np.random.SeedSequence
) -> Example:
    """Draw one example (§III-B): X = D + T, sampled, with spikes.

    Both classes draw masks and noise in the same way.

    Parameters
    ----------
    settings
        The law.
    masks
        Sampling patterns of the split.
    label
        1 for an example with deformation.
    seed_sequence
        From which everything follows.
    """
    rng = np.random.default_rng(seed_sequence)
    look = PASSES[int(rng.integers(len(PASSES)))]
    still = draw_still(rng, settings, masks, look)
    if not label:
        return still
    mask, noise = np.isfinite(still.sparse), noise_of(still)
    deformation, parameters = draw_deformation(rng, settings, mask, noise, SENTINEL1_UK[look])
    return with_deformation(still, deformation, parameters)


def draw_still(
    rng: np.random.Generator, settings: ExampleSettings, masks: Masks, look: str
) -> Example:
    """Draw an example of still ground, seen by one look."""
    shape = (settings.size_px, settings.size_px)
    noise = settings.noise.draw(rng)
    density = float(np.exp(rng.uniform(*np.log(settings.density))))
    count = max(round(density * settings.size_px**2), 1)
    mask, region = masks.draw(rng, look, count)
    atmosphere = CorrelatedField(shape, settings.pixel_m, noise.a, noise.b_per_km).draw(rng)
    spikes = draw_spikes(rng, count, noise.nugget, settings.spike_pool)
    parameters = {
        "look": look,
        "mask_region": region,
        "density": density,
        "n_points": count,
        "a": noise.a,
        "b_per_km": noise.b_per_km,
        "nugget": noise.nugget,
    }
    still = np.zeros(shape, np.float32)
    sparse = observed(mask, still, atmosphere, spikes)
    return Example(sparse, still, atmosphere, spikes, 0, parameters)


def with_deformation(still: Example, deformation: Maps, source: dict[str, Any]) -> Example:
    """Put deformation into an example of still ground; its source joins the parameters."""
    mask = np.isfinite(still.sparse)
    sparse = observed(mask, deformation, still.atmosphere, still.spikes)
    parameters = {**still.parameters, **source}
    return Example(sparse, deformation, still.atmosphere, still.spikes, 1, parameters)


def noise_of(example: Example) -> NoiseModel:
    """Return the noise model that the law drew for an example."""
    parameters = example.parameters
    return NoiseModel(parameters["a"], parameters["b_per_km"], parameters["nugget"])


def observed(mask: NDArray[np.bool_], deformation: Maps, atmosphere: Maps, spikes: Maps) -> Maps:
    """Return X = D + T at the points of a mask with their spikes, NaN elsewhere."""
    sparse = np.full(mask.shape, np.nan, np.float32)
    sparse[mask] = (deformation + atmosphere)[mask] + spikes
    return sparse


def draw_deformation(
    rng: np.random.Generator,
    settings: ExampleSettings,
    mask: NDArray[np.bool_],
    noise: NoiseModel,
    look: LookGeometry,
) -> tuple[Maps, dict[str, Any]]:
    """Draw a source that is visible on a mask in some noise.

    Returns
    -------
    deformation
        (rows, cols) its LOS velocity everywhere, mm/yr.
    parameters
        peak_mm_yr (signed), d_prime and those of the source.
    """
    source, d_prime = _visible_source(rng, settings, mask, noise, look)
    rows, cols = np.indices((settings.size_px, settings.size_px))
    deformation = los_at(source, rows, cols, settings, look).astype(np.float32)
    visibility = {"peak_mm_yr": source.peak_los(look), "d_prime": d_prime}
    return deformation, {**visibility, **source.parameters()}


def _visible_source(
    rng: np.random.Generator,
    settings: ExampleSettings,
    mask: NDArray[np.bool_],
    noise: NoiseModel,
    look: LookGeometry,
) -> tuple[ExampleSource, float]:
    """Draw sources until one has d′ of at least ``min_d_prime``; return it and its d′."""
    rows, cols = np.nonzero(mask)
    covariance = SparseCovariance(rows, cols, settings.pixel_m, noise)
    side_m = settings.size_px * settings.pixel_m
    for _ in range(_MAX_SOURCES):
        source = settings.sources.draw(rng, side_m, look)
        signal = los_at(source, rows, cols, settings, look)
        # Atmosphere can only hide more, so that this is never less than d′.
        if np.sqrt(signal @ signal / noise.nugget) < settings.min_d_prime:
            continue
        d_prime = float(np.sqrt(max(signal @ covariance.solve(signal[None])[0], 0.0)))
        if d_prime >= settings.min_d_prime:
            return source, d_prime
    raise InputError(
        f"none of {_MAX_SOURCES} sources is detectable (d′ ≥ {settings.min_d_prime}) on a "
        f"mask of {len(rows)} points; lower min_d_prime or widen the preset's ranges"
    )


def los_at(
    source: ExampleSource,
    rows: NDArray[np.integer],
    cols: NDArray[np.integer],
    settings: ExampleSettings,
    look: LookGeometry,
) -> NDArray[np.float64]:
    """Return the LOS velocity of a source at some cells of a window, mm/yr."""
    east, south = (np.asarray(i + 0.5, np.float64) * settings.pixel_m for i in (cols, rows))
    return source.los(east, -south, look)
