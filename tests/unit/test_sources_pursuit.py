import numpy as np
import pandas as pd
import pytest
import shapely
from noisy_ground import NOISE, TOWARD, known_noise, look_points, scattered

from groundmotion.areas.sources import SourceSettings, is_structure, source_areas
from groundmotion.detection.shapes import unit_profile
from groundmotion.detection.significance.null import draw_null
from groundmotion.detection.significance.scan import LookScan
from groundmotion.detection.sources.outlines import OutlineSettings
from groundmotion.detection.sources.pursuit import Pursuit, PursuitSettings
from groundmotion.noise.cells import CellGrid
from groundmotion.variogram.nested import NestedCovariance

SIDE_M, CELL_M, MIN_POINTS = 3000.0, 40.0, 4
GRID = CellGrid.over((0.0, 0.0, SIDE_M, SIDE_M), CELL_M)
SIZES_M = np.array([60.0, 90.0, 135.0, 200.0, 300.0])
WHITE = NestedCovariance(1.0, (), ())
PLACES = scattered(np.random.default_rng(0), 1500, SIDE_M)


def own_noise():
    return np.random.default_rng(1).standard_normal(len(PLACES))


def scan_of(velocity):
    points = look_points(PLACES, velocity)
    return LookScan(points, known_noise(WHITE, len(PLACES)), GRID, (SIZES_M, TOWARD), NOISE)


@pytest.fixture(scope="module")
def null():
    return draw_null([{"asc": scan_of(own_noise())}], 8, MIN_POINTS, 0)


def pursuit_of(velocity, null):
    return Pursuit({"asc": scan_of(velocity)}, null, {"asc": TOWARD}, MIN_POINTS)


def run(velocity, null, joining_share=0.85, rounds=8):
    settings = PursuitSettings(null.thresholds(1.0), joining_share, rounds)
    return pursuit_of(velocity, null).run(settings)


def bowl(east, north, peak, size=135.0):
    return peak * unit_profile("point", *(PLACES - (east, north)).T, size, TOWARD)


def test_noise_alone_has_no_atoms(null):
    significance, atoms = run(own_noise(), null)
    assert atoms == []
    assert np.all(significance.excess < 0)


def test_what_is_taken_off_leaves_noise(null):
    velocity = own_noise() + bowl(1000.0, 1500.0, -8.0) + bowl(2100.0, 1400.0, 6.0)
    significance, atoms = run(velocity, null)
    assert [a.is_seed for a in atoms].count(True) == 2
    assert np.nanmax(significance.excess) > 0
    left = velocity - sum(a.velocity(*PLACES.T, "asc", TOWARD) for a in atoms)
    after = pursuit_of(left, null).significance(null.thresholds(1.0))
    assert np.all(after.excess < 0)
    assert np.std(left) == pytest.approx(1.0, abs=0.06)


def test_a_weak_bowl_beside_a_strong_one_is_found_once_that_is_off(null):
    velocity = own_noise() + bowl(1500.0, 1500.0, -25.0, 200.0) + bowl(1500.0, 2200.0, 7.0, 90.0)
    assert len(run(velocity, null, rounds=1)[1]) >= 1
    _, atoms = run(velocity, null)
    seeds = [a for a in atoms if a.is_seed]
    away = [np.hypot(a.easting_m - 1500.0, a.northing_m - 2200.0) for a in seeds]
    nearest = seeds[int(np.argmin(away))]
    assert min(away) < 90.0
    assert nearest.peaks["asc"] == pytest.approx(7.0, abs=3 * nearest.stds["asc"])


def test_what_lies_beside_no_source_needs_the_whole_threshold(null):
    # Between the share of it and the whole.
    thresholds = null.thresholds(1.0)
    velocity = own_noise() + bowl(1500.0, 1500.0, -2.0, 135.0)
    significance, atoms = run(velocity, null)
    highest = significance.apart().max()
    assert 0.75 * thresholds.max() < highest < thresholds.min()
    assert atoms == []
    assert run(velocity, null, joining_share=0.5)[1] == []


def trough():
    """Ground that sinks along 1.4 km of a line, 6 mm/yr at its middle."""
    along = np.clip(np.abs(PLACES[:, 0] - 1500.0) - 700.0, 0.0, None)
    across = PLACES[:, 1] - 1500.0
    return -6.0 * np.exp(-(along**2 + across**2) / (2 * 110.0**2))


def test_a_trough_is_covered_by_sources_that_sink(null):
    velocity = own_noise() + trough()
    _, atoms = run(velocity, null)
    table = pd.DataFrame(
        {"easting_m": PLACES[:, 0], "northing_m": PLACES[:, 1], "velocity_mm_yr": velocity}
    )
    areas = source_areas(
        atoms, {"asc": table}, {"asc": TOWARD}, ((0.0, 0.0, SIDE_M, SIDE_M), "EPSG:32633"),
        SourceSettings(OutlineSettings(0.2, 1.0, 0.5), 50.0, 4),
    )  # fmt: skip
    areas = areas[~is_structure(areas)]
    assert set(areas["direction"]) == {"subsidence"}
    half = np.sqrt(2 * np.log(5)) * 110.0
    sinks = shapely.LineString([(800.0, 1500.0), (2200.0, 1500.0)]).buffer(half)
    found = areas.geometry.union_all()
    assert found.intersection(sinks).area > 0.7 * sinks.area
    assert found.intersection(sinks).area > 0.7 * found.area


def test_the_order_of_points_does_not_matter(null):
    velocity = own_noise() + bowl(1000.0, 1500.0, -8.0)
    order = np.random.default_rng(2).permutation(len(PLACES))
    points = look_points(PLACES[order], velocity[order])
    scan = LookScan(points, known_noise(WHITE, len(PLACES)), GRID, (SIZES_M, TOWARD), NOISE)
    settings = PursuitSettings(null.thresholds(1.0), 0.85, 8)
    _, atoms = Pursuit({"asc": scan}, null, {"asc": TOWARD}, MIN_POINTS).run(settings)
    for atom, other in zip(atoms, run(velocity, null)[1], strict=True):
        assert atom.shape == other.shape
        assert atom.easting_m == pytest.approx(other.easting_m, abs=0.5)
        assert atom.joined() == pytest.approx(other.joined(), rel=1e-3)


def test_uplift_is_subsidence_turned_over(null):
    # Gaussian spikes are even, so signs turn and nothing else.
    velocity = own_noise() + bowl(1000.0, 1500.0, -8.0)
    down, up = run(velocity, null)[1], run(-velocity, null)[1]
    for atom, other in zip(down, up, strict=True):
        assert atom.significance == pytest.approx(-other.significance, rel=1e-3)
        assert atom.peaks["asc"] == pytest.approx(-other.peaks["asc"], rel=1e-3)


def test_a_wrong_point_is_no_source(null):
    velocity = own_noise()
    velocity[np.argsort(np.hypot(*(PLACES - 1500.0).T))[0]] -= 60.0
    assert run(velocity, null)[1] == []
