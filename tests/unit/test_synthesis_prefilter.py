"""Sources that cannot be seen are passed over early, and none that can."""

import numpy as np
import pytest
from oracles import detectability_index
from test_synthesis import SIZE, law

from groundmotion.constants import SENTINEL1_UK
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.examples import ExampleSettings, draw_deformation, los_at
from groundmotion.synthesis.law import settings_from_config

LOOK = SENTINEL1_UK["asc"]


def first_visible(
    rng: np.random.Generator, settings: ExampleSettings, mask: np.ndarray, noise: NoiseModel
) -> dict[str, float]:
    """Draw sources until one has the d′ that is asked for: slow, every d′ in full."""
    rows, cols = np.nonzero(mask)
    while True:
        source = settings.sources.draw(rng, settings.size_px * settings.pixel_m, LOOK)
        signal = los_at(source, rows, cols, settings, LOOK)
        d_prime = detectability_index(signal, rows, cols, settings.pixel_m, noise)
        if d_prime >= settings.min_d_prime:
            return {**source.parameters(), "d_prime": float(d_prime)}


@pytest.mark.parametrize("noise", [NoiseModel(3.0, 1.0, 0.1), NoiseModel(0.2, 1.0, 2.0)])
def test_the_first_source_bright_enough_is_taken(noise: NoiseModel) -> None:
    settings = settings_from_config(law(min_d_prime=9.0), None)
    mask = np.random.default_rng(0).random((SIZE, SIZE)) < 0.05
    for seed in range(20):
        found = draw_deformation(np.random.default_rng(seed), settings, mask, noise, LOOK)[1]
        expected = first_visible(np.random.default_rng(seed), settings, mask, noise)
        assert {name: found[name] for name in expected} == pytest.approx(expected)
