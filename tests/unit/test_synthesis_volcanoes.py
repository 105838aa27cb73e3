import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from groundmotion.constants import FRINGE_MM, SENTINEL1_UK
from groundmotion.errors import InputError
from groundmotion.patches.wrapping import wrap
from groundmotion.synthesis.volcanoes import (
    draw_volcano,
    draw_volcanoes,
    settings_from_config,
    source_los,
)

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[2] / "config.yaml").read_text())
SETTINGS = settings_from_config(CONFIG["volcanoes"], 0.25)
CALM = replace(SETTINGS, alpha=(0.0, 0.0), beta=(0.0, 0.0))
SMALL = replace(SETTINGS, size_px=64, pixel_m=350.0)


def _draw(settings, label, index=0):
    return draw_volcano(settings, label, np.random.SeedSequence([5, index]))


@pytest.mark.parametrize("index", range(3))
def test_in_calm_air_it_is_the_phase_of_a_point_source(index):
    drawn = _draw(CALM, 1, index)
    p = drawn.parameters
    size, pixel = CALM.size_px, CALM.pixel_m
    # Mogi (1958) and the line of sight, pixel by pixel along a row and a column.
    incidence, heading = (math.radians(p[k]) for k in ("incidence_deg", "heading_deg"))
    los = (-math.sin(incidence) * math.cos(heading), math.sin(incidence) * math.sin(heading),
           math.cos(incidence))  # fmt: skip
    for row, col in [(17, c) for c in range(0, size, 9)] + [(r, 140) for r in range(0, size, 9)]:
        x = (col + 0.5) * pixel - p["source_east_m"]
        y = (size - row - 0.5) * pixel - p["source_north_m"]  # row 0 is in the north
        cube = (x**2 + y**2 + p["depth_m"] ** 2) ** 1.5
        moved = [1000 * 0.75 * p["volume_change_m3"] / math.pi * v / cube
                 for v in (x, y, p["depth_m"])]  # fmt: skip
        phase = 2 * math.pi / FRINGE_MM * sum(a * b for a, b in zip(los, moved, strict=True))
        got = wrap(drawn.displacement[row, col], FRINGE_MM, 0.0)
        assert np.exp(1j * got) == pytest.approx(np.exp(1j * phase), abs=1e-3)
    assert abs(p["peak_mm"]) == pytest.approx(np.abs(drawn.deformation).max(), rel=0.01)


def test_in_calm_air_nothing_is_nothing():
    assert not _draw(CALM, 0).displacement.any()


def test_parts_add_up():
    drawn = _draw(SETTINGS, 1)
    quiet = _draw(SETTINGS, 0)
    # Both classes draw ground and air in the same way.
    air = drawn.displacement.astype(np.float64) - source_los(SETTINGS, drawn.parameters)
    assert np.allclose(quiet.displacement, air, atol=1e-3)
    assert quiet.parameters.items() <= drawn.parameters.items()


def test_stratified_air_is_as_high_as_the_ground():
    smooth = replace(SETTINGS.relief, roughness_m=(0.0, 0.0), delay_mm_per_km=(20.0, 20.0))
    drawn = _draw(replace(SETTINGS, alpha=(0.5, 0.5), beta=(0.0, 0.0), relief=smooth), 0)
    peak = np.unravel_index(drawn.displacement.argmax(), drawn.displacement.shape)
    p, pixel = drawn.parameters, SETTINGS.pixel_m
    assert (peak[1] + 0.5) * pixel == pytest.approx(p["cone_east_m"], abs=pixel)
    assert (SETTINGS.size_px - peak[0] - 0.5) * pixel == pytest.approx(p["cone_north_m"], abs=pixel)
    low, high = (0.5 * 20 * h / 1000 for h in SETTINGS.relief.cone_height_m)
    assert low * 0.95 < drawn.displacement.max() < high


def test_turbulent_air_has_the_given_covariance():
    air = replace(SMALL, alpha=(0.0, 0.0), beta=(1.0, 1.0))
    maps = np.stack([_draw(air, 0, i).displacement for i in range(60)]).astype(np.float64)
    lag = 20  # 7 km
    assert np.mean(maps**2) == pytest.approx(7.5, rel=0.15)
    covariance = np.mean(maps[:, :, :-lag] * maps[:, :, lag:])
    assert covariance == pytest.approx(7.5 * math.exp(-7 / 8), rel=0.2)


def test_ranges_are_kept_and_both_classes_are_even():
    rows, maps = draw_volcanoes(SMALL, 7, "train", range(40))
    assert maps.dtype == np.float16
    assert maps.shape == (40, 64, 64)
    assert [row["label"] for row in rows] == [0, 1] * 20
    moving = [row for row in rows if row["label"]]
    peaks = np.array([row["peak_mm"] for row in moving])
    assert np.abs(peaks).min() >= SMALL.min_peak_mm
    assert 3 < np.sum(peaks > 0) < 17
    assert {row["heading_deg"] for row in rows} == {g.heading_deg for g in SENTINEL1_UK.values()}
    for row in moving:
        assert 3000 <= row["depth_m"] <= 5000
        assert 5 <= np.log10(abs(row["volume_change_m3"])) <= 7
        away = np.hypot(row["source_east_m"] - row["cone_east_m"],
                        row["source_north_m"] - row["cone_north_m"])  # fmt: skip
        assert away <= 3000
    for row in rows:
        assert 0 <= row["alpha"] <= 1
        assert 0 <= row["beta"] <= 1
        assert 0.25 <= row["cone_east_m"] / 22400 <= 0.75


def test_each_is_reproducible_by_itself():
    rows, maps = draw_volcanoes(SMALL, 7, "train", range(6))
    one_row, one = draw_volcanoes(SMALL, 7, "train", [4])
    assert rows[4] == one_row[0]
    assert np.array_equal(maps[4], one[0])
    for seed, split in ((8, "train"), (7, "validation")):
        assert not np.array_equal(draw_volcanoes(SMALL, seed, split, [4])[1][0], one[0])


def test_half_precision_keeps_a_hundredth_of_a_fringe():
    loudest = replace(CALM, depth_m=(3000.0, 3000.0), log10_volume_change_m3=(7.0, 7.0))
    exact = _draw(loudest, 1).displacement
    assert np.abs(exact - exact.astype(np.float16)).max() < FRINGE_MM / 100


def test_sources_too_faint_to_see_are_told():
    with pytest.raises(InputError, match="min_peak_mm"):
        _draw(replace(SMALL, min_peak_mm=1e4), 1)
    with pytest.raises(InputError, match="split 'test'"):
        draw_volcanoes(SMALL, 7, "test", [0])
