import numpy as np
import pandas as pd
import pytest
import shapely

from groundmotion.areas.clustering import ClusteringSettings, cluster_areas
from groundmotion.areas.thresholds import THRESHOLD_COLUMNS
from groundmotion.noise.outliers import robust_std

CRS = "EPSG:27700"
SETTINGS = ClusteringSettings(sigmas=2.0, neighbour_m=50.0, min_points=5, outline_m=30.0)


def look(east, north, velocity):
    columns = ("easting_m", "northing_m", "velocity_mm_yr")
    return pd.DataFrame(dict(zip(columns, map(np.asarray, (east, north, velocity)), strict=True)))


def scene(*groups, quiet=400, seed=1):
    """Quiet points far to the west, of standard deviation 1, and groups of fast ones."""
    rng = np.random.default_rng(seed)
    east = [rng.uniform(-9000, -5000, quiet)]
    north = [rng.uniform(0, 4000, quiet)]
    velocity = [np.clip(rng.normal(0, 1, quiet), -1.5, 1.5)]
    for x, y, v in groups:
        east, north, velocity = [*east, x], [*north, y], [*velocity, np.full(len(x), v)]
    return look(*(np.concatenate(part) for part in (east, north, velocity)))


ROW = (np.arange(6) * 40.0, np.zeros(6))


def plain_clusters(places, reach, least):
    """DBSCAN written as a loop: cores that reach each other, and what they reach."""
    near = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) <= reach
    cores = near.sum(1) >= least
    clusters, taken = [], set()
    for first in np.flatnonzero(cores):
        group, todo = set(), [first]
        while todo:
            one = todo.pop()
            if one in group or one in taken:
                continue
            group.add(one)
            if cores[one]:
                todo += list(np.flatnonzero(near[one]))
        taken |= group
        clusters += [group] if group else []
    return clusters


def test_the_robust_deviation_is_that_of_a_normal_law_and_ignores_outliers():
    values = np.random.default_rng(2).normal(3.0, 2.0, 20_000)
    values[:200] = 1e4
    assert robust_std(values) == pytest.approx(2.0, rel=0.03)


def test_a_row_of_fast_points_is_one_area_of_their_discs():
    near = ClusteringSettings(2.0, 50.0, 3, 30.0)
    found = cluster_areas({"asc": scene((*ROW, -8.0))}, near, CRS)
    assert tuple(found.columns) == THRESHOLD_COLUMNS
    assert found["direction"].tolist() == ["subsidence"]
    assert found["n_points"].tolist() == [6]
    assert found["passes"].tolist() == ["asc"]
    discs = shapely.union_all(shapely.buffer(shapely.points(np.column_stack(ROW)), 30.0))
    assert found.geometry[0].equals(discs)
    assert found["area_km2"][0] == pytest.approx(discs.area / 1e6)
    # six discs of 30 m on a line, 40 m apart: five lenses are counted twice
    lens = 2 * 900 * np.arccos(40 / 60) - 20 * np.sqrt(4 * 900 - 1600)
    assert discs.area == pytest.approx(6 * np.pi * 900 - 5 * lens, rel=0.01)


def test_clusters_are_those_of_a_slow_loop():
    rng = np.random.default_rng(5)
    places = rng.uniform(0, 900, (250, 2))
    points = scene((*places.T, 9.0))
    found = cluster_areas({"asc": points}, SETTINGS, CRS)
    expected = plain_clusters(places, 50.0, 5)
    assert len(expected) > 3
    assert sorted(found["n_points"], reverse=True) == sorted(map(len, expected), reverse=True)
    for cluster in expected:
        discs = shapely.union_all(shapely.buffer(shapely.points(places[list(cluster)]), 30.0))
        assert max(discs.intersection(g).area for g in found.geometry) == pytest.approx(discs.area)


def test_points_of_either_sign_make_areas_of_their_own():
    x, y = np.meshgrid(np.arange(4) * 20.0, np.arange(4) * 20.0)
    x, y = x.ravel(), y.ravel()
    found = cluster_areas({"asc": scene((x, y, 8.0), (x + 10, y, -8.0))}, SETTINGS, CRS)
    assert sorted(found["direction"]) == ["subsidence", "uplift"]
    assert found["n_points"].tolist() == [16, 16]
    assert (found["velocity_min_mm_yr"] == found["velocity_max_mm_yr"]).all()


def test_too_few_or_too_slow_points_are_no_area():
    x, y = np.zeros(4), np.arange(4) * 10.0
    assert len(cluster_areas({"asc": scene((x, y, 9.0))}, SETTINGS, CRS)) == 0
    sigma = robust_std(scene()["velocity_mm_yr"].to_numpy())
    x, y = np.zeros(5), np.arange(5) * 10.0
    for times, areas in ((1.9, 0), (2.1, 1)):
        # five among four hundred hardly change the deviation
        assert len(cluster_areas({"asc": scene((x, y, times * sigma))}, SETTINGS, CRS)) == areas


def test_looks_are_put_together_but_have_deviations_of_their_own():
    three = (np.zeros(3), np.arange(3) * 10.0, 9.0)
    quiet, loud = scene(three), scene(three)
    found = cluster_areas({"asc": quiet, "desc": quiet}, SETTINGS, CRS)
    assert (found["n_points"].tolist(), found["passes"].tolist()) == ([6], ["asc+desc"])
    loud.loc[:399, "velocity_mm_yr"] *= 10
    assert len(cluster_areas({"asc": quiet, "desc": loud}, SETTINGS, CRS)) == 0


def test_still_ground_and_no_points_give_an_empty_layer():
    empty = look([], [], [])
    for points in ({"asc": empty}, {"asc": look(np.arange(9.0), np.zeros(9), np.ones(9))}):
        found = cluster_areas(points, SETTINGS, CRS)
        assert len(found) == 0
        assert tuple(found.columns) == THRESHOLD_COLUMNS
        assert found.crs == CRS
