"""The same sources as the other pass sees them: examples of two looks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from groundmotion.constants import PASSES, SENTINEL1_UK
from groundmotion.noise.model import SparseCovariance
from groundmotion.synthesis.examples import (
    Example,
    ExampleSettings,
    draw_still,
    los_at,
    noise_of,
    with_deformation,
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
    # ASSUME: passes sample and err independently; towns, which both see well, are not shared. A
    # mixture's shifts (examples.mixture) are those of the first look alone.
    key = (*seed_sequence.spawn_key, _BRANCH)
    rng = np.random.default_rng(np.random.SeedSequence(seed_sequence.entropy, spawn_key=key))
    look = next(name for name in PASSES if name != first["look"])
    still = draw_still(rng, settings, masks, look)
    parameters = {**first, **still.parameters}
    if not first["label"]:
        return replace(still, parameters=parameters)
    source, geometry = source_from(first, poisson), SENTINEL1_UK[look]
    row, col = np.indices((settings.size_px, settings.size_px))
    deformation = los_at(source, row, col, settings, geometry).astype(np.float32)
    rows, cols = np.nonzero(np.isfinite(still.sparse))
    signal = deformation[rows, cols].astype(np.float64)
    covariance = SparseCovariance(rows, cols, settings.pixel_m, noise_of(still))
    square = float(signal @ covariance.solve(signal[None])[0])
    visibility = {
        "peak_mm_yr": source.peak_los(geometry),
        "d_prime": float(np.sqrt(max(square, 0))),
    }
    return with_deformation(still, deformation, {**parameters, **visibility})
