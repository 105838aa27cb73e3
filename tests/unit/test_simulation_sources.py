import numpy as np
import pytest
import shapely

from groundmotion.errors import InputError
from groundmotion.simulation.sources import (
    SHAPE_KEYS,
    RandomSources,
    SceneSource,
    draw_sources,
    source_from,
)

SHAPES = {
    "point": {"radius_m": 200.0},
    "mining_bowl": {"width_m": 600.0, "length_m": 900.0, "azimuth_deg": 30.0, "influence_m": 200.0},
    "rebound": {"width_m": 800.0, "length_m": 1600.0, "azimuth_deg": 120.0},
    "quarry": {"radius_m": 300.0, "azimuth_deg": 10.0, "edge_m": 40.0},
    "landslide": {
        "width_m": 300.0, "length_m": 500.0, "azimuth_deg": 250.0, "edge_m": 50.0, "slope_deg": 20.0,
    },
    "tunnel": {
        "length_m": 2000.0, "azimuth_deg": 80.0, "curvature_per_km": 0.3, "spacing_m": 25.0,
        "inflection_m": 40.0, "depth_m": 60.0,
    },
    "seam": {
        "length_m": 1500.0, "azimuth_deg": 0.0, "curvature_per_km": -0.2, "half_width_m": 150.0,
    },
}  # fmt: skip
CENTRE = (450_000.0, 320_000.0)


def source(kind, peak=-5.0, **changes):
    return SceneSource(kind, CENTRE, peak, {**SHAPES[kind], **changes})


def around(half_m, step_m):
    axis = np.arange(-half_m, half_m + step_m / 2, step_m)
    east, north = np.meshgrid(CENTRE[0] + axis, CENTRE[1] + axis)
    return east, north


def test_every_kind_is_tried():
    assert set(SHAPES) == set(SHAPE_KEYS)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_peak_is_the_peak(kind):
    peak = 5.0 if kind == "landslide" else -5.0
    east, north = around(1200, 5)
    moved = source(kind, peak).displacement(east, north)
    size = np.linalg.norm(moved, axis=0) if kind == "landslide" else np.abs(moved[2])
    assert size.max() == pytest.approx(5.0, rel=0.03)


@pytest.mark.parametrize("kind", SHAPES)
def test_nothing_moves_beyond_the_reach(kind):
    one = source(kind, 5.0)
    angle = np.linspace(0, 2 * np.pi, 360)
    moved = one.displacement(
        CENTRE[0] + one.reach_m * np.sin(angle), CENTRE[1] + one.reach_m * np.cos(angle)
    )
    # The horizontal motion of a point source falls with the square of distance only.
    assert np.abs(moved[2]).max() < 0.005
    assert np.abs(moved[:2]).max() < (0.05 if kind == "point" else 0.005)


@pytest.mark.parametrize("kind", sorted(set(SHAPES) - {"landslide"}))
def test_motion_changes_sign_with_the_peak(kind):
    east, north = around(600, 50)
    down, up = (source(kind, peak).displacement(east, north) for peak in (-4.0, 4.0))
    assert up == pytest.approx(-down)


def test_half_of_a_point_sources_peak_remains_at_its_radius():
    moved = source("point").displacement(CENTRE[0] + 200.0, CENTRE[1])
    assert moved[2] == pytest.approx(-2.5)


def test_a_mining_bowl_has_a_flat_bottom_and_a_point_source_has_not():
    inside = CENTRE[0] + np.array([0.0, 100.0])
    bowl = source("mining_bowl", width_m=900.0).displacement(inside, CENTRE[1])[2]
    point = source("point", radius_m=450.0).displacement(inside, CENTRE[1])[2]
    assert bowl[1] / bowl[0] > 0.99
    assert point[1] / point[0] < 0.97


def test_a_rebound_is_half_as_high_at_half_its_length():
    angle = np.radians(120.0)
    along = CENTRE[0] + 800 * np.sin(angle), CENTRE[1] + 800 * np.cos(angle)
    assert source("rebound", 6.0).displacement(*along)[2] == pytest.approx(3.0)


def test_a_landslide_slides_down_its_azimuth():
    east, north, up = source("landslide", 10.0).displacement(*CENTRE)
    assert np.degrees(np.arctan2(east, north)) % 360 == pytest.approx(250.0)
    assert np.degrees(np.arctan2(-up, np.hypot(east, north))) == pytest.approx(20.0)


def test_two_tunnels_far_apart_are_two_troughs():
    wide = source("tunnel", spacing_m=400.0, azimuth_deg=0.0, curvature_per_km=0.0)
    offset = np.array([-200.0, 0.0, 200.0])
    up = wide.displacement(CENTRE[0] + offset, CENTRE[1])[2]
    assert up == pytest.approx([-5.0, 0.0, -5.0], abs=0.02)


def test_a_source_comes_from_its_configuration():
    made = source_from({"kind": "point", "centre_m": [1, 2], "peak_mm_yr": -3, "radius_m": 100})
    assert made == SceneSource("point", (1.0, 2.0), -3.0, {"radius_m": 100.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "volcano"}, r"'volcano': expected point, mining_bowl"),
        ({"depth_m": 3}, r"kind point: expected the keys radius_m, got radius_m, depth_m"),
        ({"radius_m": "wide"}, r"expected kind, centre_m"),
        ({"centre_m": 4}, r"expected kind, centre_m"),
    ],
)
def test_a_wrong_source_is_refused(change, message):
    settings = {"kind": "point", "centre_m": [1, 2], "peak_mm_yr": -3, "radius_m": 100}
    with pytest.raises(InputError, match=message):
        source_from({**settings, **change})


SCATTERED = (
    RandomSources("point", 8.0, (-8.0, 8.0), {"radius_m": (100.0, 400.0)}),
    RandomSources("quarry", 3.0, (-9.0, -3.0),
                  {"radius_m": (100.0, 300.0), "azimuth_deg": (0.0, 360.0), "edge_m": (30.0, 60.0)}),
)  # fmt: skip


def test_extents_have_the_same_random_sources_where_they_overlap():
    land = shapely.box(0, 0, 1e6, 1e6)
    wide = draw_sources(SCATTERED, (1, 2), (0, 0, 100_000, 60_000), land)
    narrow = draw_sources(SCATTERED, (1, 2), (33_000, 17_000, 71_000, 52_000), land)
    inside = [
        s for s in wide if 33_000 <= s.centre_m[0] < 71_000 and 17_000 <= s.centre_m[1] < 52_000
    ]
    assert sorted(map(repr, narrow)) == sorted(map(repr, inside))
    assert len(wide) == pytest.approx(11 * 60, abs=4 * np.sqrt(660))
    radii = [s.shape["radius_m"] for s in wide if s.kind == "point"]
    assert 100 <= min(radii) < 120 and 350 < max(radii) <= 400
    assert np.median(radii) == pytest.approx(200, rel=0.1)  # log-uniform


def test_random_sources_lie_on_land():
    land = shapely.box(0, 0, 50_000, 60_000)
    found = draw_sources(SCATTERED, (1, 2), (0, 0, 100_000, 60_000), land)
    assert found and all(s.centre_m[0] < 50_000 for s in found)
