import json
from dataclasses import replace

import numpy as np
import pytest
from noisy_ground import LAW, NOISE, TOWARD, dense_noise, look_points, scattered
from noisy_ground import SEARCH as FINE

from groundmotion.detection.shapes import unit_profile
from groundmotion.detection.sources.scene import SceneNoise, fit_scene
from groundmotion.detection.sources.search import search_window, search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.errors import InputError

SIDE_M, SIZE_M = 4000.0, 220.0
#: Cells that divide the extent.
SEARCH = replace(FINE, cell_m=40.0)
BOUNDS = (0.0, 0.0, SIDE_M, SIDE_M)
SINKING, RISING = (1200.0, 2100.0), (2800.0, 2100.0)


def supply_of(points):
    return lambda look, bounds: points[look].inside(bounds)


def in_order(windows, _):
    return windows


def searched(points, noise=None, settings=SEARCH):
    """Noise, windows and atoms of points of looks."""
    supply, toward = supply_of(points), dict.fromkeys(points, TOWARD)
    if noise is None:
        noise = fit_scene(supply, toward, BOUNDS, settings, 10.0)
    windows = list(search_windows(supply, noise, BOUNDS, settings, in_order))
    return noise, windows, [atom for window in windows for atom in window.atoms]


@pytest.fixture(scope="module")
def moving():
    """(places, velocity) of a bowl that sinks and one that rises, 1.6 km apart."""
    rng = np.random.default_rng(0)
    places = scattered(rng, 1600, SIDE_M)
    velocity = 0.7 * dense_noise(rng, places, LAW)
    for (east, north), peak in ((SINKING, -8.0), (RISING, 8.0)):
        away = places - (east, north)
        velocity += peak * unit_profile("point", *away.T, SIZE_M, TOWARD)
    return places, velocity


@pytest.fixture(scope="module")
def whole(moving):
    return searched({"asc": look_points(*moving)})


def by_place(atoms):
    return sorted((a for a in atoms if a.is_seed), key=lambda a: a.easting_m)


def total(atoms, place):
    """LOS velocity of all atoms at a place."""
    east, north = (np.array([x]) for x in place)
    return sum(a.velocity(east, north, "asc", TOWARD)[0] for a in atoms)


def test_two_bowls_are_two_sources_of_their_own_sign_and_place(whole):
    _, _, atoms = whole
    first, second = by_place(atoms)
    for atom, place, sign in ((first, SINKING, -1), (second, RISING, 1)):
        assert (atom.easting_m, atom.northing_m) == pytest.approx(place, abs=100.0)
        peak, std = atom.joined()
        assert peak * sign > 0
        assert atom.significance * sign > 0
        assert abs(peak - 8.0 * sign) < 3 * std
        assert 0.5 * SIZE_M < atom.size_m < 2 * SIZE_M
        assert total(atoms, place) == pytest.approx(8.0 * sign, abs=2.0)


def test_significance_is_signed_and_strongest_where_ground_moves(whole):
    noise, windows, _ = whole
    (window,) = windows
    values = window.significance[""]
    assert values.shape == window.grid.shape == (100, 100)
    assert noise.cell_m == 40.0
    np.testing.assert_array_equal(values, window.significance["asc"])
    east, north = np.meshgrid(*window.grid.centres())
    for place, cell in ((SINKING, np.nanargmin(values)), (RISING, np.nanargmax(values))):
        assert (east.flat[cell], north.flat[cell]) == pytest.approx(place, abs=150.0)
    still = np.min([np.hypot(east - p[0], north - p[1]) for p in (SINKING, RISING)], axis=0) > 700
    assert np.nanmax(np.abs(values[still])) < 5.0


def test_what_moves_is_taken_out_of_the_noise(moving, whole):
    noise = whole[0].looks["asc"]
    assert noise.n_points < len(moving[0])
    # With the bowls in it, it is several times as much.
    assert 0.6 < noise.covariance.sill / (0.49 * LAW.sill) < 1.8


def test_still_ground_shows_something_in_one_scene_of_eight_at_most():
    """At one false area per 1,000 km² 0.13 are expected on the 128 km²."""
    shown = 0
    for seed in range(1, 9):
        rng = np.random.default_rng(seed)
        places = scattered(rng, 800, SIDE_M)
        noise, _, atoms = searched({"asc": look_points(places, dense_noise(rng, places, LAW))})
        assert not noise.looks["asc"].warnings
        shown += any(atom.is_seed for atom in atoms)
    assert shown <= 1


def test_the_order_of_points_does_not_matter(moving, whole):
    noise, _, atoms = whole
    order = np.random.default_rng(9).permutation(len(moving[0]))
    again = searched({"asc": look_points(*(x[order] for x in moving))}, noise)[2]
    for atom, other in zip(again, atoms, strict=True):
        assert (atom.shape, atom.is_seed) == (other.shape, other.is_seed)
        assert (atom.easting_m, atom.northing_m) == pytest.approx(
            (other.easting_m, other.northing_m), abs=1.0
        )
        assert atom.joined() == pytest.approx(other.joined(), rel=0.01)


def test_windows_show_what_one_piece_does(moving, whole):
    noise, (one,), atoms = whole
    settings = replace(SEARCH, window_m=2000.0, halo_m=1000.0)
    _, windows, parts = searched({"asc": look_points(*moving)}, noise, settings)
    assert [w.grid.shape for w in windows] == 4 * [(50, 50)]
    corners = [(w.grid.left_m, w.grid.top_m) for w in windows]
    assert corners == [(0.0, 4000.0), (2000.0, 4000.0), (0.0, 2000.0), (2000.0, 2000.0)]
    for atom, other in zip(by_place(parts), by_place(atoms), strict=True):
        assert (atom.easting_m, atom.northing_m) == pytest.approx(
            (other.easting_m, other.northing_m), abs=0.2 * SIZE_M
        )
        assert atom.shape == other.shape
        assert abs(atom.joined()[0] - other.joined()[0]) < other.joined()[1]
    upper = np.hstack([w.significance["asc"] for w in windows[:2]])
    lower = np.hstack([w.significance["asc"] for w in windows[2:]])
    together, piece = np.vstack([upper, lower]), one.significance["asc"]
    both = np.isfinite(together) & np.isfinite(piece)
    assert both.mean() > 0.9
    strong = both & (np.abs(piece) > 4.5)
    assert np.abs(together - piece)[strong].max() < 1.0


def test_an_extent_without_points_shows_nothing(whole):
    noise = whole[0]
    empty = look_points(np.zeros((0, 2)), np.zeros(0))
    assert search_window(lambda *_: empty, noise, (BOUNDS, BOUNDS), SEARCH) is None


def test_a_look_that_cannot_be_searched_is_left_out_and_told(moving):
    places, velocity = moving
    points = {
        "asc": look_points(places[:900], velocity[:900]),
        "desc": look_points(places[:9], velocity[:9]),
    }
    noise, windows, _ = searched(points, settings=replace(SEARCH, drawn_km2=20.0))
    assert set(noise.looks) == set(noise.toward) == {"asc"}
    assert "points: expected at least 30" in noise.left_out["desc"]
    assert set(windows[0].significance) == {"", "asc"}


def test_no_look_that_can_be_searched_is_an_error(moving):
    few = {"asc": look_points(moving[0][:9], moving[1][:9])}
    with pytest.raises(InputError, match="no look can be searched: asc: 9 points"):
        searched(few)


def test_the_noise_of_a_scene_survives_json_and_finds_the_same(moving, whole):
    noise, _, atoms = whole
    again = SceneNoise.from_dict(json.loads(json.dumps(noise.as_dict())))
    assert again == noise
    assert searched({"asc": look_points(*moving)}, again)[2] == atoms


def test_settings_are_read_from_the_configuration():
    noise = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(NOISE).items()}
    section = {k: v for k, v in vars(SEARCH).items() if k not in ("noise", "seed")}
    assert SearchSettings.from_config({**section, "noise": noise}, SEARCH.seed) == SEARCH
    with pytest.raises(TypeError, match="unknown"):
        SearchSettings.from_config({**section, "noise": noise, "unknown": 1}, 0)
