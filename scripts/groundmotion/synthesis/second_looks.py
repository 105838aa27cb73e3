"""The same sources as the other pass sees them: examples of two looks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundmotion.constants import PASSES, SENTINEL1_UK
from groundmotion.noise import CorrelatedField, SparseCovariance, draw_spikes
from groundmotion.synthesis.examples import (
    Example,
    ExampleSettings,
    density_and_count,
    los_at,
    observed,
)
from groundmotion.synthesis.masks import Masks
from groundmotion.synthesis.sources import source_from

#: Branch of an example's seed.
_BRANCH = 2000


def draw_second_look(
    settings: ExampleSettings,
    masks: Masks,
    first: Mapping[str, Any],
    seed_sequence: np.random.SeedSequence,
    poisson: float,
) -> Example:
    """Draw what the other pass sees of an example's ground.

    Noise, points and spikes are drawn anew by the same law; the source stays and is seen from the
    other side. How visible it is there is not asked for.

    Parameters
    ----------
    settings, masks
        The law, and sampling patterns of the split.
    first
        Parameters of the example, with its label.
    seed_sequence
        Of the example; the second look draws from a branch of it.
    poisson
        Poisson's ratio of the ground above point sources.
    """
    # ASSUME: passes sample and err independently; towns, which both see well, are not shared.
    key = (*seed_sequence.spawn_key, _BRANCH)
    rng = np.random.default_rng(np.random.SeedSequence(seed_sequence.entropy, spawn_key=key))
    look = next(name for name in PASSES if name != first["look"])
    shape, noise = (settings.size_px, settings.size_px), settings.noise.draw(rng)
    density, count = density_and_count(rng, settings)
    mask, region = masks.draw(rng, look, count)
    atmosphere = CorrelatedField(shape, settings.pixel_m, noise.a, noise.b_per_km).draw(rng)
    spikes = draw_spikes(rng, count, noise.nugget, settings.spike_pool)
    deformation = np.zeros(shape, np.float32)
    drawn: dict[str, Any] = {}
    if first["label"]:
        source, geometry = source_from(first, poisson), SENTINEL1_UK[look]
        row, col = np.indices(shape)
        deformation = los_at(source, row, col, settings, geometry).astype(np.float32)
        signal = deformation[mask].astype(np.float64)
        rows, cols = np.nonzero(mask)
        covariance = SparseCovariance(rows, cols, settings.pixel_m, noise)
        square = float(signal @ covariance.solve(signal[None])[0])
        drawn = {"peak_mm_yr": source.peak_los(geometry), "d_prime": float(np.sqrt(max(square, 0)))}
    parameters = {
        **first,
        "look": look,
        "mask_region": region,
        "density": density,
        "n_points": count,
        "a": noise.a,
        "b_per_km": noise.b_per_km,
        "nugget": noise.nugget,
        **drawn,
    }
    sparse = observed(mask, deformation, atmosphere, spikes)
    return Example(sparse, deformation, atmosphere, spikes, int(first["label"]), parameters)
