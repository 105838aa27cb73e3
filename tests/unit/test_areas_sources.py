import geopandas
import numpy as np
import pandas as pd
import pytest
from noisy_ground import TOWARD, scattered

from groundmotion.areas.sources import (
    SOURCE_COLUMNS,
    SourceSettings,
    is_structure,
    source_areas,
)
from groundmotion.constants import SENTINEL1_UK
from groundmotion.detection.shapes import TENTH_RADIUS
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.outlines import OutlineSettings

CRS = "EPSG:32633"
BOUNDS = (0.0, 0.0, 4000.0, 4000.0)
SETTINGS = SourceSettings(OutlineSettings(0.2, 1.0, 0.5), structure_m=50.0, min_points=4)
VIEWS = {"asc": TOWARD, "desc": SENTINEL1_UK["desc"].unit_vector()}
SIZE_M = 150.0


def atom(peak, east=2000.0, north=2000.0, *, size=SIZE_M, significance=8.0, is_seed=True, looks=("asc",), std=1.0, shape="gaussian"):  # fmt: skip
    peaks = dict.fromkeys(looks, peak) if np.isscalar(peak) else peak
    stds = dict.fromkeys(peaks, std)
    return Atom(
        shape, east, north, size, peaks, stds, float(np.sign(sum(peaks.values()))) * significance,
        is_seed,
    )  # fmt: skip


def tables(atoms, looks=("asc",), number=3000, offset=0.0):
    """Points that move as the atoms say, and an offset more."""
    result = {}
    for seed, look in enumerate(looks):
        east, north = scattered(np.random.default_rng(seed), number, 4000.0).T
        velocity = offset + sum(a.velocity(east, north, look, VIEWS[look]) for a in atoms)
        result[look] = pd.DataFrame(
            {"easting_m": east, "northing_m": north, "velocity_mm_yr": velocity + 0 * east}
        )
    return result


def areas(*atoms, looks=("asc",), settings=SETTINGS, points=None, bounds=BOUNDS):
    points = tables(atoms, looks) if points is None else points
    return source_areas(atoms, points, VIEWS, (bounds, CRS), settings)


def words(table, row=0):
    return set(table["flags"][row].split(",")) - {""}


def test_no_atoms_make_an_empty_layer_of_the_same_columns():
    empty = areas()
    assert isinstance(empty, geopandas.GeoDataFrame)
    assert list(empty.columns) == list(SOURCE_COLUMNS)
    assert len(empty) == 0
    assert empty.crs == CRS
    assert list(is_structure(empty)) == []


def test_an_area_is_where_its_bowl_is_and_says_how_it_moves():
    bowl = atom(-10.0)
    table = areas(bowl, points=tables([bowl], offset=5.0))
    assert list(table.columns) == list(SOURCE_COLUMNS)
    row = table.iloc[0]
    radius = 0.885 * SIZE_M * np.sqrt(2 * np.log(5))
    assert row["area_km2"] == pytest.approx(np.pi * radius**2 / 1e6, rel=0.03)
    assert row["area_km2"] == pytest.approx(row.geometry.area / 1e6)
    assert row.geometry.centroid.x == pytest.approx(2000.0, abs=10.0)
    assert row.geometry.centroid.y == pytest.approx(2000.0, abs=10.0)
    assert row["peak_mm_yr"] == pytest.approx(-10.0, rel=0.02)
    assert row["peak_std_mm_yr"] == pytest.approx(1.0, rel=0.02)
    assert row["size_m"] == pytest.approx(TENTH_RADIUS * SIZE_M)
    assert (row["direction"], row["flags"], row["significance"]) == ("subsidence", "", 8.0)


def test_velocities_are_those_of_the_points_inside():
    bowl = atom(10.0)
    points = tables([bowl], offset=5.0)
    row = areas(bowl, points=points).iloc[0]
    table = points["asc"]
    radius = 0.885 * SIZE_M * np.sqrt(2 * np.log(5))
    away = np.hypot(table["easting_m"] - 2000.0, table["northing_m"] - 2000.0)
    inside = table["velocity_mm_yr"][away < radius]
    assert row["n_points"] == pytest.approx(len(inside), abs=2)
    assert row["velocity_median_mm_yr"] == pytest.approx(inside.median(), abs=0.4)
    assert row["velocity_max_mm_yr"] == pytest.approx(inside.max())
    # Against its surroundings it moves by what the bowl does, whatever the reference.
    against = row["velocity_median_mm_yr"] - row["velocity_relative_mm_yr"]
    assert against == pytest.approx(5.0, abs=0.03)
    assert row["direction"] == "uplift"
    assert row["passes"] == "asc"


def test_the_most_significant_comes_first_and_ranks_count_from_1():
    bowls = [
        atom(-10.0, 700.0, significance=6.0), atom(9.0, 2000.0, significance=12.0),
        atom(-8.0, 3300.0, significance=9.0),
    ]  # fmt: skip
    table = areas(*bowls)
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["significance"].tolist() == [12.0, 9.0, 6.0]
    assert table.geometry.centroid.x.tolist() == pytest.approx([2000.0, 3300.0, 700.0], abs=10.0)
    again = areas(*bowls[::-1])
    assert again["significance"].tolist() == table["significance"].tolist()
    assert again["area_km2"].tolist() == pytest.approx(table["area_km2"].tolist())


def test_what_reaches_beyond_the_scene_is_cut_and_told():
    bowls = [atom(-10.0, 4000.0), atom(-10.0, 2000.0, significance=7.0)]
    table = areas(*bowls, points=tables(bowls, number=6000))
    assert words(table, 0) == {"at_edge"}
    assert words(table, 1) == set()
    assert table.total_bounds[2] <= 4000.0
    assert table["area_km2"][0] == pytest.approx(table["area_km2"][1] / 2, rel=0.05)
    assert len(areas(atom(-10.0, 5500.0), points=tables([atom(-10.0)]))) == 0


def test_sources_no_wider_than_a_building_are_single_structures():
    points = tables([], number=1)
    dense = scattered(np.random.default_rng(1), 400, 120.0) + 1940.0
    points["asc"] = pd.DataFrame(
        {"easting_m": dense[:, 0], "northing_m": dense[:, 1], "velocity_mm_yr": -4.0}
    )
    small = areas(atom(-10.0, size=25.0), points=points)
    assert words(small) == {"single_structure"}
    assert is_structure(small).tolist() == [True]
    assert is_structure(areas(atom(-10.0))).tolist() == [False]
    # Words are whole: a longer one is another.
    assert not is_structure(pd.DataFrame({"flags": ["single_structures", "few_points", ""]})).any()


def test_areas_of_few_points_are_told_and_of_fewer_left_out():
    bowl = atom(-10.0)
    ring = 60.0 * np.array([[np.cos(a), np.sin(a)] for a in np.arange(7)]) + 2000.0
    table = pd.DataFrame(
        {"easting_m": ring[:, 0], "northing_m": ring[:, 1], "velocity_mm_yr": -8.0}
    )
    few = areas(bowl, points={"asc": table})
    assert few["n_points"].tolist() == [7]
    assert words(few) == {"few_points"}
    assert len(areas(bowl, points={"asc": table[:3]})) == 0


def test_two_looks_that_agree_have_no_flag_and_one_alone_is_told():
    both = areas(atom(-10.0, looks=("asc", "desc")), looks=("asc", "desc"))
    assert words(both) == set()
    assert both["passes"][0] == "asc+desc"
    assert both["peak_std_mm_yr"][0] == pytest.approx(np.sqrt(0.5), rel=0.02)
    bowl = atom(-10.0)
    points = tables([bowl], ("asc", "desc"))
    away = np.hypot(points["desc"]["easting_m"] - 2000, points["desc"]["northing_m"] - 2000)
    points["desc"] = points["desc"][away > 400.0]
    assert words(areas(bowl, points=points)) == {"one_look"}


@pytest.mark.parametrize(
    ("asc", "desc", "direction", "flags"),
    [
        (-10.0, 9.0, "none", {"looks_disagree", "no_direction"}),
        (-10.0, 4.0, "subsidence", {"looks_disagree"}),
        (4.0, 11.0, "uplift", {"looks_disagree"}),
        (9.0, 10.0, "uplift", set()),
        (-10.0, 0.5, "subsidence", {"looks_disagree"}),
    ],
)
def test_the_direction_is_none_where_looks_contradict(asc, desc, direction, flags):
    table = areas(atom({"asc": asc, "desc": desc}), looks=("asc", "desc"))
    assert table["direction"].tolist() == [direction]
    assert words(table) == flags


def test_an_unsure_peak_has_no_direction():
    table = areas(atom(-10.0, std=6.0))
    assert table["direction"].tolist() == ["none"]
    assert words(table) == {"no_direction"}


def test_a_source_without_an_atom_above_its_threshold_is_none():
    assert len(areas(atom(-10.0, is_seed=False))) == 0
    joined = areas(atom(-10.0), atom(-6.0, 2180.0, is_seed=False, significance=4.0))
    assert len(joined) == 1
    assert joined["area_km2"][0] > 1.15 * areas(atom(-10.0))["area_km2"][0]


def test_a_chain_of_bowls_along_a_line_is_one_area():
    chain = [
        atom(-6.0, east, 2000.0 + 20.0 * (-1) ** i, size=110.0)
        for i, east in enumerate(np.arange(1400.0, 2601.0, 150.0))
    ]  # fmt: skip
    table = areas(*chain)
    assert table["direction"].tolist() == ["subsidence"]
    left, bottom, right, top = table.total_bounds
    assert right - left > 1300.0
    assert top - bottom < 450.0


def test_neighbours_of_opposite_sign_are_two_areas_that_do_not_overlap():
    table = areas(atom(-10.0, 1900.0), atom(10.0, 2200.0, significance=7.0))
    assert table["direction"].tolist() == ["subsidence", "uplift"]
    first, second = table.geometry
    assert first.intersection(second).area < 1e-6


def test_a_narrow_fast_source_in_a_wide_slow_one_is_another_and_cut_out_of_it():
    wide, narrow = atom(-3.0, size=450.0), atom(-30.0, 2100.0, size=80.0, significance=15.0)
    table = areas(wide, narrow)
    assert table["size_m"].tolist() == pytest.approx([TENTH_RADIUS * 80.0, TENTH_RADIUS * 450.0])
    assert table.geometry[0].intersection(table.geometry[1]).area < 1e-6
    union = table.geometry.union_all().area / 1e6
    assert table["area_km2"].sum() == pytest.approx(union, rel=1e-6)
    assert table["area_km2"][1] > 5 * table["area_km2"][0]


def test_an_area_lies_the_same_wherever_its_system_starts():
    first = areas(atom(-10.0, 2003.0, 1998.0))
    shift = 500_000.0
    moved = tables([atom(-10.0, 2003.0, 1998.0)])
    moved["asc"][["easting_m", "northing_m"]] += shift
    second = areas(
        atom(-10.0, 2003.0 + shift, 1998.0 + shift), points=moved,
        bounds=tuple(b + shift for b in BOUNDS),
    )  # fmt: skip
    assert second["area_km2"][0] == pytest.approx(first["area_km2"][0], rel=0.01)
    assert second["n_points"][0] == pytest.approx(first["n_points"][0], abs=2)
