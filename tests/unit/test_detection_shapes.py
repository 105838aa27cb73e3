import numpy as np
import pytest

from groundmotion.constants import SENTINEL1_UK
from groundmotion.deformation import point_source, point_source_peak_los, project_los
from groundmotion.detection.shapes import (
    FROM_ABOVE,
    HALF_WIDTH,
    SHAPES,
    TENTH_RADIUS,
    unit_profile,
)

VIEWS = [FROM_ABOVE, *(look.unit_vector() for look in SENTINEL1_UK.values())]


def square(side, number):
    line = np.linspace(-side, side, number)
    return np.meshgrid(line, line)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("toward", VIEWS)
def test_the_peak_is_1_whatever_the_size_and_view(shape, toward):
    for size in (35.0, 900.0):
        profile = unit_profile(shape, *square(1.5 * size, 601), size, toward)
        assert profile.max() == pytest.approx(1.0, abs=1e-5)
        assert profile.max() <= 1.0 + 1e-12


@pytest.mark.parametrize("look", list(SENTINEL1_UK.values()))
def test_a_point_source_is_mogis_seen_along_the_line_of_sight(look):
    east, north = square(2000.0, 81)
    seen = project_los(point_source(east, north, 300.0, -4e4, 0.25), look)
    expected = seen / point_source_peak_los(300.0, -4e4, 0.25, look)
    profile = unit_profile("point", east, north, 300.0, look.unit_vector())
    np.testing.assert_allclose(profile, expected, atol=1e-9)


def test_widths_from_above_are_the_closed_forms():
    half, tenth = (np.sqrt(share ** (-2 / 3) - 1) for share in (0.5, 0.1))
    assert pytest.approx(2 * half, rel=1e-3) == HALF_WIDTH
    assert pytest.approx(tenth, rel=2e-3) == TENTH_RADIUS


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_about_as_wide_at_a_tenth_of_their_peak(shape):
    away = np.linspace(0, 4, 4001)
    profile = unit_profile(shape, away, 0 * away, 1.0, FROM_ABOVE)
    assert np.all(np.diff(profile) <= 0)
    assert away[np.argmax(profile < 0.1)] == pytest.approx(TENTH_RADIUS, rel=0.2)


def test_a_flat_bowl_is_flat_and_steeper_at_its_edge_than_the_others():
    away = np.linspace(0, 4, 4001)
    profiles = {s: unit_profile(s, away, 0 * away, 1.0, FROM_ABOVE) for s in SHAPES}
    assert profiles["flat"][np.searchsorted(away, 0.7)] > 0.97
    steepest = {s: -np.diff(p).min() for s, p in profiles.items()}
    assert steepest["flat"] > 1.5 * max(steepest["point"], steepest["gaussian"])


@pytest.mark.parametrize("shape", SHAPES)
def test_only_a_point_source_is_lopsided_in_a_look_from_the_side(shape):
    east, north = square(500.0, 41)
    toward = VIEWS[1]
    profile = unit_profile(shape, east, north, 200.0, toward)
    if shape == "point":
        there = np.argmax(profile)
        assert east.flat[there] * toward[0] + north.flat[there] * toward[1] > 0
    else:
        np.testing.assert_allclose(profile, profile[::-1, ::-1])
