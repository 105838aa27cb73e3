"""The other pass sees the same source, from the other side and in other noise."""

import numpy as np
import pytest
from oracles import detectability_index
from test_synthesis import SIZE, law, scene

from groundmotion.constants import SENTINEL1_UK
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.examples import draw_example, example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern
from groundmotion.synthesis.observations import draw_observations, second_look_observations
from groundmotion.synthesis.second_looks import draw_second_look
from groundmotion.synthesis.sources import source_from


@pytest.fixture(scope="module")
def masks():
    ground = scene()
    return Masks({look: [Pattern(f"ground/{look}", ground, SIZE)] for look in ("asc", "desc")})


@pytest.mark.parametrize("source", ["point", "line"])
@pytest.mark.parametrize("index", [1, 3])
def test_the_source_stays_and_is_seen_from_the_other_side(masks, source, index):
    settings, seeds = settings_from_config(law(source), None), example_seed(3, "test", index)
    first = draw_example(settings, masks, 1, seeds)
    second = draw_second_look(settings, masks, {**first.parameters, "label": 1}, seeds, 0.25)
    looks = {first.parameters["look"], second.parameters["look"]}
    assert looks == {"asc", "desc"}
    rebuilt = source_from(first.parameters, 0.25)
    easting, northing = np.meshgrid((np.arange(SIZE) + 0.5) * 10.0, -(np.arange(SIZE) + 0.5) * 10.0)
    for example in (first, second):
        seen = rebuilt.los(easting, northing, SENTINEL1_UK[example.parameters["look"]])
        assert np.allclose(example.deformation, seen, atol=1e-4)
        mask, drawn = np.isfinite(example.sparse), example.parameters
        noise = NoiseModel(drawn["a"], drawn["b_per_km"], drawn["nugget"])
        known = detectability_index(example.deformation[mask], *np.nonzero(mask), 10.0, noise)
        assert drawn["d_prime"] == pytest.approx(known, rel=0.01)
    assert not np.array_equal(first.atmosphere, second.atmosphere)
    assert not np.array_equal(np.isfinite(first.sparse), np.isfinite(second.sparse))


def test_nothing_stays_nothing_and_each_follows_from_its_seed(masks):
    settings = settings_from_config(law(), None)
    rows, _, values = draw_observations(settings, masks, 7, "train", range(4), {})
    found = second_look_observations(settings, masks, 7, "train", 0.25, rows)
    again = second_look_observations(settings, masks, 7, "train", 0.25, rows[2:3])
    assert [row["label"] for row in found[0]] == [0, 1, 0, 1]
    assert [row["index"] for row in found[0]] == [0, 1, 2, 3]
    assert np.array_equal(found[2][2], again[2][0])
    assert "d_prime" not in found[0][0]
    assert all(
        len(a) != len(b) or not np.array_equal(a, b) for a, b in zip(values, found[2], strict=True)
    )
