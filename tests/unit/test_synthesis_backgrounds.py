"""Real windows reproduce the points; a source put in adds its LOS velocity there and no more."""

import os
from pathlib import Path

import numpy as np
import pytest
from oracles import detectability_index
from test_synthesis import SIZE, law, scene

from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.errors import InputError
from groundmotion.grid import grid_over, rasterise
from groundmotion.names import REAL_BACKGROUND
from groundmotion.noise.model import NoiseModel
from groundmotion.points.reading import read_points
from groundmotion.points.schema import ReadRequest
from groundmotion.synthesis.backgrounds import (
    Background,
    draw_on_background,
    window_corners,
    with_windows,
)
from groundmotion.synthesis.examples import example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern
from groundmotion.synthesis.observations import draw_shifted_observations
from groundmotion.synthesis.shifting import shifts_from_config
from groundmotion.synthesis.sources import PointSource

NOISE = NoiseModel(0.4, 2.2, 0.5)


def measured(look="asc117", seed=0, shape=(200, 230)):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, shape).astype(np.float32)
    values[~scene(seed)[: shape[0], : shape[1]]] = np.nan
    return Background("somewhere", look, values, NOISE)


def drawn(background, label, index=0, **changes):
    settings = settings_from_config(law(**changes), None)
    return draw_on_background(settings, [background], label, example_seed(5, "test", index))


def unmirrored(background, example):
    """Return the window of the map, mirrored as the example is, or None."""
    row, col = example.parameters["row"], example.parameters["col"]
    size = example.sparse.shape[0]
    window = background.values[row : row + size, col : col + size]
    for axes in ((), (0,), (1,), (0, 1)):
        turned = np.flip(window, axes)
        if np.array_equal(turned, example.sparse, equal_nan=True):
            return turned
    return None


def test_windows_reproduce_the_points():
    background, places = measured(), set()
    for index in range(8):
        example = drawn(background, 0, index)
        assert unmirrored(background, example) is not None
        assert example.parameters["n_points"] == np.isfinite(example.sparse).sum()
        assert not example.deformation.any()
        places.add((example.parameters["row"], example.parameters["col"]))
    assert len(places) > 6


@pytest.mark.parametrize("look", ["asc117", "desc022"])
def test_a_source_adds_exactly_its_los_at_the_points(look):
    background = measured(look)
    for index in range(4):
        empty, moved = (drawn(background, label, index) for label in (0, 1))
        seen = np.isfinite(moved.sparse)
        assert np.array_equal(seen, np.isfinite(empty.sparse))
        p = moved.parameters
        source = PointSource(
            (p["centre_east_m"], p["centre_north_m"]), p["depth_m"], p["volume_change_m3_yr"], 0.25
        )
        row, col = np.nonzero(seen)
        geometry = SENTINEL1_UK[look_pass(look)]
        los = source.los((col + 0.5) * 10.0, -(row + 0.5) * 10.0, geometry)
        assert np.array_equal(moved.sparse[seen], empty.sparse[seen] + los.astype(np.float32))
        d_prime = detectability_index(los, row, col, 10.0, NOISE)
        assert p["d_prime"] == pytest.approx(d_prime, rel=0.01)
        assert p["d_prime"] >= 6.0
        assert (p["look"], p["nugget"]) == (look, NOISE.nugget)


def test_corners_are_those_of_windows_with_enough_points():
    values = measured().values[60:120, 40:90]
    found = {tuple(corner) for corner in window_corners(values, 40, 350)}
    slow = {
        (row, col)
        for row in range(21)
        for col in range(11)
        if np.isfinite(values[row : row + 40, col : col + 40]).sum() >= 350
    }
    assert 0 < len(slow) < 21 * 11
    assert found == slow
    assert len(window_corners(values, 61, 1)) == 0


def test_scenes_without_a_window_are_left_out_or_named():
    settings = settings_from_config(law(), None)
    empty = Background("sea", "asc117", np.full((200, 200), np.nan, np.float32), NOISE)
    small = Background("islet", "asc117", measured().values[:50], NOISE)
    full = measured()
    assert with_windows(settings, [empty, small, full]) == [full]
    with pytest.raises(InputError, match="sea, asc117: no window of 96 pixels with 276 points"):
        draw_on_background(settings, [empty], 0, example_seed(5, "test", 0))


def test_real_backgrounds_join_the_shifts():
    ground = scene()
    masks = Masks({look: [Pattern(look, ground, SIZE)] for look in ("asc", "desc")})
    settings, both = settings_from_config(law(), None), [measured(), measured("desc022", 1)]
    rows, _, values = draw_shifted_observations(
        settings, masks, 3, both, shifts_from_config(["exponential"], {}), range(8)
    )
    real = [row for row in rows if row["shift"] == REAL_BACKGROUND]
    assert [row["label"] for row in real] == [0, 1] * 4
    assert {row["look"] for row in real} == {"asc117", "desc022"}
    assert len(values) == len(rows) == 16


def test_windows_of_egms_points_hold_their_velocities():
    folder = Path(os.environ.get("GROUNDMOTION_DATA", "data")) / "egms_ustica"
    path = folder / "EGMS_L2b_117_0227_IW2_VV_2020_2024_1.zip"
    if not path.is_file():
        pytest.skip(f"no {path} (set GROUNDMOTION_DATA)")
    request = ReadRequest(crs=None, bounds_m=None, columns={}, files_crs=None, keep_series=False)
    table = read_points(path, request).table
    bounds = (4596500, 1739300, 4601500, 1743500)
    names = ("easting_m", "northing_m", "velocity_mm_yr")
    east, north, velocity = (table[name].to_numpy() for name in names)
    background = Background(
        "ustica", "asc117", rasterise(east, north, velocity, *grid_over(bounds, 10.0))[0], NOISE
    )
    example = drawn(background, 0, size_px=224, density=[0.01, 0.3])
    assert unmirrored(background, example) is not None
    left = bounds[0] + 10 * example.parameters["col"]
    top = bounds[3] - 10 * example.parameters["row"]
    inside = (east >= left) & (east < left + 2240) & (north <= top) & (north > top - 2240)
    cells = {
        (int((e - left) // 10), int((top - n) // 10))
        for e, n in zip(east[inside], north[inside], strict=True)
    }
    assert example.parameters["n_points"] == pytest.approx(len(cells), abs=3)  # on edges
    assert np.nanmax(example.sparse) <= velocity[inside].max() + 1e-4
