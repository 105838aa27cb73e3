"""Deformation sources against limits, closed forms, integrals and finite differences."""

import itertools

import numpy as np
import pytest

from groundmotion.constants import SENTINEL1_UK, LookGeometry
from groundmotion.deformation import (
    MiningPanel,
    TroughShape,
    Tunnel,
    arc_track,
    mining_bowl,
    offset_to_track,
    peck_trough,
    point_source,
    point_source_depth,
    point_source_peak_los,
    project_los,
    trough_profile,
    tunnel_trough,
)
from groundmotion.errors import InputError

STRAIGHT = arc_track((0.0, 0.0), 0.0, 4000.0, 0.0, 2)
SHAPE = TroughShape(l_sag_m=60.0, l_hog_m=40.0, d_sag_mm_yr=6.0, d_hog_mm_yr=2.0)


def test_point_source_peak_and_half_width():
    peak = point_source(0.0, 0.0, 40.0, 30.0, 0.25)[2]
    assert peak == pytest.approx(1000 * 0.75 * 30 / (np.pi * 40**2))
    # full width at half maximum is 1.53 depths
    assert point_source(1.5328 / 2 * 40, 0.0, 40.0, 30.0, 0.25)[2] == pytest.approx(peak / 2, 1e-3)


def test_point_source_moves_outward_and_as_far_as_distance_to_depth():
    east, north, up = point_source(30.0, -40.0, 25.0, 10.0, 0.25)
    assert east > 0 > north
    assert np.hypot(east, north) / up == pytest.approx(50 / 25)
    assert np.allclose(point_source(30.0, -40.0, 25.0, -10.0, 0.25), [-east, -north, -up])


def test_point_source_lifts_a_fixed_share_of_its_volume():
    # ∬ u_z = 2 (1 − ν) ΔV over the half-space's surface; the tail beyond R is d/√(R² + d²)
    x = np.arange(-6000, 6000, 20.0) + 10
    up = point_source(x, x[:, None], 200.0, 50.0, 0.25)[2]
    inside = np.hypot(x, x[:, None]) < 6000
    share = 1 - 200 / np.hypot(6000, 200)
    assert (up * inside).sum() * 400 / 1000 == pytest.approx(2 * 0.75 * 50 * share, rel=1e-3)


@pytest.mark.parametrize("look", list(SENTINEL1_UK.values()))
def test_point_source_peak_los_is_the_largest_on_a_fine_grid(look):
    x = np.linspace(-60, 60, 1201)
    field = project_los(point_source(x, x[:, None], 50.0, -20.0, 0.25), look)
    peak = point_source_peak_los(50.0, -20.0, 0.25, look)
    assert peak == pytest.approx(field.min(), rel=1e-5)
    assert peak < field[600, 600]


def test_depth_from_radius():
    depth = point_source_depth(300.0, 0.1)
    up = point_source(np.array([0.0, 300.0]), 0.0, depth, 1.0, 0.25)[2]
    assert up[1] / up[0] == pytest.approx(0.1)


def test_a_source_needs_depth():
    with pytest.raises(InputError, match="depth_m -1"):
        point_source(0.0, 0.0, -1.0, 1.0, 0.25)


def test_trough_profile_at_its_landmarks():
    found = trough_profile([0.0, 29.9999999, 30.0, -30.0, 70.0, 500.0], SHAPE)
    assert found == pytest.approx([8.0, 2.0, 2.0, 2.0, 0.0, 0.0], abs=1e-6)


def test_trough_sags_inside_and_hogs_outside_the_points_of_inflection():
    x = np.linspace(-69, 69, 2001)
    bend = np.gradient(np.gradient(-trough_profile(x, SHAPE), x), x)
    outside = (np.abs(x) > 31) & (np.abs(x) < 69)
    inside = np.abs(x) < 29
    # curvature changes sign in a real trough where hogging begins
    assert np.all(bend[inside] > 0)
    assert np.all(bend[outside] < 0)


def test_tunnel_trough_is_subsidence_only_and_ends_with_the_track():
    ends = tunnel_trough(
        np.array([0.0, 0.0, 0.0]), np.array([0.0, 2000.0, 2075.0]), STRAIGHT, SHAPE
    )
    assert ends[2] == pytest.approx([-8.0, -8.0, 0.0])
    assert np.all(ends[:2] == 0)


def test_arc_is_a_circle_of_the_given_radius_and_length():
    track = arc_track((100.0, 50.0), 30.0, 800.0, 1 / 500, 401)
    middle = np.radians(30.0)
    to_centre = np.array([np.cos(middle), -np.sin(middle)])  # clockwise turn: to the right
    radius = np.hypot(*(track - np.array([100.0, 50.0]) - 500 * to_centre).T)
    assert radius == pytest.approx(500.0)
    assert np.hypot(*np.diff(track, axis=0).T).sum() == pytest.approx(800.0, rel=1e-5)
    assert track[200] == pytest.approx([100.0, 50.0])


def test_straight_arc_runs_along_its_azimuth():
    track = arc_track((0.0, 0.0), 90.0, 100.0, 0.0, 3)
    assert track == pytest.approx(np.array([[-50.0, 0.0], [0.0, 0.0], [50.0, 0.0]]), abs=1e-9)


def test_offset_to_track_against_dense_sampling():
    rng = np.random.default_rng(1)
    track = arc_track((0.0, 0.0), 20.0, 900.0, 1 / 300, 9)
    east, north = rng.uniform(-700, 700, (2, 50))
    fine = np.concatenate([np.linspace(a, b, 400) for a, b in itertools.pairwise(track)])
    slow = np.hypot(east[:, None] - fine[:, 0], north[:, None] - fine[:, 1]).min(1)
    assert np.hypot(*offset_to_track(east, north, track)) == pytest.approx(slow, abs=0.2)


def test_a_track_needs_two_points():
    with pytest.raises(InputError, match="at least two points"):
        offset_to_track(0.0, 0.0, np.zeros((1, 2)))


def test_peck_trough_holds_the_volume_lost_and_sinks_toward_the_tunnel():
    tunnel = Tunnel(depth_m=25.0, diameter_m=6.0, volume_loss_yr=0.01, width_factor=0.5)
    x = np.arange(-200, 200, 0.25)
    east, north, up = peck_trough(x, np.zeros_like(x), STRAIGHT, tunnel)
    lost_m2 = 0.01 * np.pi * 6**2 / 4
    assert -up.sum() * 0.25 / 1000 == pytest.approx(lost_m2, rel=1e-6)
    assert up.min() == pytest.approx(-1000 * lost_m2 / (np.sqrt(2 * np.pi) * 12.5))
    right = x == 12.5
    assert up[right] / up.min() == pytest.approx(np.exp(-0.5))
    assert east[right] == pytest.approx(up[right] * 12.5 / 25)
    assert np.allclose(north, 0)


def test_paper_trough_comes_close_to_a_gaussian_one_of_the_same_inflection():
    # continuity of slope at the inflection: d_sag / l_sag = d_hog / (2 l_hog)
    i = 20.0
    peak = 8.0
    d_hog = peak * np.exp(-0.5)
    d_sag = peak - d_hog
    shape = TroughShape(2 * i, d_hog * i / d_sag, d_sag, d_hog)
    x = np.linspace(0, 100, 500)
    gauss = peak * np.exp(-(x**2) / (2 * i**2))
    assert np.abs(trough_profile(x, shape) - gauss).max() < 0.08 * peak


def test_mining_bowl_is_flat_bottomed_over_a_wide_panel():
    wide = MiningPanel(2000.0, 3000.0, 0.0, 200.0, -7.0)
    assert mining_bowl(np.array([0.0, 300.0]), 0.0, wide)[2] == pytest.approx([-7, -7], rel=1e-6)
    # half over the edge of the panel, a quarter over its corner
    edges = mining_bowl(np.array([1000.0, 1000.0]), np.array([0.0, 1500.0]), wide)[2]
    assert edges == pytest.approx([-3.5, -1.75], rel=1e-6)


def test_mining_bowl_moves_inward_with_the_slope():
    panel = MiningPanel(400.0, 900.0, 35.0, 150.0, -5.0)
    x, y, step = 130.0, -210.0, 0.01
    east, north, _ = mining_bowl(x, y, panel)
    slope = [
        (mining_bowl(x + dx, y + dy, panel)[2] - mining_bowl(x - dx, y - dy, panel)[2]) / 2 / step
        for dx, dy in ((step, 0.0), (0.0, step))
    ]
    assert [east, north] == pytest.approx(-150 / np.sqrt(2 * np.pi) * np.array(slope), rel=1e-5)
    assert east < 0 < north


def test_mining_bowl_is_as_large_as_the_panel():
    panel = MiningPanel(400.0, 900.0, 35.0, 150.0, -5.0)
    x = np.arange(-1500, 1500, 20.0)
    total = mining_bowl(x, x[:, None], panel)[2].sum() * 400
    assert total == pytest.approx(-5 * 400 * 900, rel=1e-6)


def test_los_of_vertical_motion_and_of_motion_along_the_track():
    look = LookGeometry(39.0, -12.0)
    assert project_los(np.array([0, 0, 1.0]), look) == pytest.approx(np.cos(np.radians(39)))
    along = np.array([np.sin(np.radians(-12)), np.cos(np.radians(-12)), 0.0])
    assert project_los(along, look) == pytest.approx(0.0, abs=1e-12)
