"""Settlements: density, clustering and roads."""

from dataclasses import replace

import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.synthesis.settlements import SettlementSettings, clustered_density, draw_mask

SETTLED = SettlementSettings(
    mean_density=0.08,
    max_density=0.7,
    town_spacing_km=1.5,
    town_radius_m=(150.0, 800.0),
    country_share=0.05,
    texture_m=40.0,
    road_spacing_km=1.0,
)


def test_settlement_has_the_density_asked_for_and_is_clustered():
    rng = np.random.default_rng(11)
    density = clustered_density((400, 300), 10.0, rng, SETTLED)
    assert density.mean() == pytest.approx(0.08, rel=1e-3)
    assert density.min() >= 0
    assert density.max() <= np.float32(0.7)
    mask = draw_mask(density, rng)
    assert mask.mean() == pytest.approx(0.08, rel=0.05)
    # counts of points in 200 m squares vary far more than those of a uniform pattern would
    counts = mask.reshape(20, 20, 15, 20).sum((1, 3))
    assert counts.var() > 10 * counts.mean()


def test_roads_add_points_in_the_country():
    lonely = SettlementSettings(0.05, 0.9, 50.0, (10.0, 20.0), 0.05, 40.0, 0.0)
    roads = replace(lonely, road_spacing_km=0.5)
    without, with_ = (
        clustered_density((300, 300), 10.0, np.random.default_rng(1), s) for s in (lonely, roads)
    )
    dense = [(d > 8 * np.median(d)).mean() for d in (without, with_)]
    assert dense[1] > dense[0] + 0.01


def test_even_a_high_density_is_reached():
    crowded = replace(SETTLED, mean_density=0.6)
    density = clustered_density((200, 200), 10.0, np.random.default_rng(0), crowded)
    assert density.mean() == pytest.approx(0.6, rel=1e-3)


def test_density_must_be_possible():
    wrong = replace(SETTLED, mean_density=0.8)
    with pytest.raises(InputError, match=r"mean density 0\.8"):
        clustered_density((40, 40), 10.0, np.random.default_rng(0), wrong)
