"""The search of a scene as scripts run it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from geopandas.testing import assert_geodataframe_equal

from groundmotion.areas.sources import no_sources, source_areas
from groundmotion.artefacts.files import array_digest
from groundmotion.artefacts.maps import growing_raster, read_raster, write_raster
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.constants import SENTINEL1_UK
from groundmotion.detection.sources.search import search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.grid import Grid
from groundmotion.noise.cells import CellGrid
from groundmotion.points.partition import Partition
from groundmotion.workflow.nation.points import Sorting, write_partition
from groundmotion.workflow.sources import (
    NOTHING_SEEN,
    cell_frame,
    look_points,
    look_supply,
    noise_content,
    noise_from,
    noise_messages,
    noise_std,
    noise_variogram,
    outlined_sources,
    part_of,
    scene_points,
    source_layers,
    source_settings,
    table_supply,
    toward_satellite,
)

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = SearchSettings.from_config({**CONFIG["significance"], "drawn_km2": 8.0}, 1)
BOUNDS, CRS = (1000.0, 2000.0, 3000.0, 4000.0), "EPSG:3035"
SCENE = {"bounds": list(BOUNDS), "pixel_m": 10.0, "crs": CRS}
#: Easting, northing, size and peak of the bowls that move.
BOWLS = [(1500.0, 3500.0, 120.0, -12.0), (2600.0, 2400.0, 100.0, 12.0)]


def simulated(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    east, north = rng.uniform(BOUNDS[0], BOUNDS[2], count), rng.uniform(BOUNDS[1], BOUNDS[3], count)
    velocity = rng.standard_normal(count)
    for x, y, size, peak in BOWLS:
        velocity += peak * (1 + ((east - x) ** 2 + (north - y) ** 2) / size**2) ** -1.5
    return pd.DataFrame({"easting_m": east, "northing_m": north, "velocity_mm_yr": velocity})


TABLES = {"asc": simulated(3000, 1), "desc": simulated(1500, 2)}
TOWARD = dict.fromkeys(TABLES, (0.0, 0.0, 1.0))


@pytest.fixture(scope="module")
def content():
    return noise_content(table_supply(TABLES), TOWARD, SCENE, SETTINGS, 1)


@pytest.fixture(scope="module")
def stamp():
    return make_stamp("find_sources", "0", {}, [], Path.cwd())


def test_points_keep_their_std_where_every_one_has_one():
    table = TABLES["asc"].head(3)
    assert look_points(table).std is None
    assert look_points(table.assign(velocity_std_mm_yr=[1.0, 2.0, 3.0])).std.tolist() == [1, 2, 3]
    assert look_points(table.assign(velocity_std_mm_yr=[1.0, np.nan, 3.0])).std is None


def test_tables_supply_windows_as_files_do():
    table = pd.DataFrame({"easting_m": [0.0, 5.0, 10.0], "northing_m": [10.0, 5.0, 0.0],
                          "velocity_mm_yr": 0.0})  # fmt: skip
    # a point on the left or the top edge is inside
    assert table_supply({"asc": table})("asc", (0.0, 0.0, 10.0, 10.0)).index.tolist() == [0, 1]


def test_a_look_without_vectors_is_seen_from_sentinel1():
    table = TABLES["asc"].head(2)
    usual = SENTINEL1_UK["desc"].unit_vector()
    assert toward_satellite("desc022", table) == toward_satellite("desc022") == usual
    own = table.assign(los_east=[0.5, 0.7], los_north=0.0, los_up=0.8)
    assert toward_satellite("desc022", own) == pytest.approx((0.6, 0.0, 0.8))
    assert toward_satellite("desc022", own.assign(los_up=np.nan)) == usual


def test_the_file_of_the_noise_gives_it_back(content):
    noise = noise_from(content)
    lowest, highest = noise.thresholds(SETTINGS).min(), noise.thresholds(SETTINGS).max()
    assert {**noise.as_dict(), "threshold": [lowest, highest]} == content
    levels, words = zip(*noise_messages(content), strict=True)
    assert not any(levels)
    assert words[0].startswith(f"asc: {content['looks']['asc']['n_points']} points")
    assert words[-1].startswith(f"threshold {lowest:.2f} (largest sources) to {highest:.2f}")


def test_a_look_that_cannot_be_searched_is_warned_of():
    tables = {**TABLES, "desc": TABLES["desc"].head(5)}
    content = noise_content(table_supply(tables), TOWARD, SCENE, SETTINGS, 1)
    assert list(content["looks"]) == ["asc"]
    warned = [words for is_warning, words in noise_messages(content) if is_warning]
    assert warned == [f"desc is left out: {content['left_out']['desc']}"]


def test_a_scene_that_cannot_be_searched_is_not_called_still():
    still = {look: table.head(20) for look, table in TABLES.items()}
    content = noise_content(table_supply(still), TOWARD, SCENE, SETTINGS, 1)
    assert noise_from(content) is None
    assert set(content["left_out"]) == {"asc", "desc"}
    (_, reason), last = noise_messages(content)
    assert "expected at least 30" in reason
    assert last == (True, NOTHING_SEEN)
    assert content["cell_m"] == 20.0


def test_sources_outlined_in_groups_are_those_of_the_whole(content):
    noise, supply = noise_from(content), table_supply(TABLES)
    windows = list(search_windows(look_supply(supply), noise, BOUNDS, SETTINGS, lambda x, _: x))
    atoms = [atom for window in windows for atom in window.atoms]
    rules = source_settings(CONFIG["sources"])
    found = outlined_sources(atoms, supply, noise, (BOUNDS, CRS), rules)
    whole = source_areas(atoms, TABLES, TOWARD, (BOUNDS, CRS), rules)
    assert_geodataframe_equal(found, whole)
    assert set(found["direction"].head(2)) == {"uplift", "subsidence"}
    layers = source_layers(found)
    assert len(layers["areas"]) + len(layers["structures"]) == len(found)
    for layer in layers.values():
        assert layer["rank"].tolist() == list(range(1, len(layer) + 1))
    assert not layers["areas"]["flags"].str.contains("single_structure").any()


def test_no_sources_are_tables_with_columns_of_numbers():
    layers = source_layers(no_sources(CRS))
    assert [len(layer) for layer in layers.values()] == [0, 0]
    assert layers["areas"]["peak_mm_yr"].dtype == np.float64


def test_windows_fill_the_map_and_one_look_is_scanned_alone(content, tmp_path, stamp):
    noise, supply = noise_from(content), look_supply(table_supply(TABLES))
    small = replace(SETTINGS, window_m=700.0, halo_m=200.0)
    frame = cell_frame(BOUNDS, noise.cell_m, CRS)
    seen = np.zeros(frame.shape, int)
    for window in search_windows(supply, noise, BOUNDS, replace(small, rounds=0), lambda x, _: x):
        seen[part_of(frame, window)] += 1
        assert window.grid.shape == window.significance[""].shape
    assert (seen == 1).all()
    scan = replace(SETTINGS, rounds=0)
    alone = replace(noise, looks={"desc": noise.looks["desc"]})
    (one,) = search_windows(supply, alone, BOUNDS, scan, lambda x, _: x)
    (both,) = search_windows(supply, noise, BOUNDS, scan, lambda x, _: x)
    assert np.array_equal(one.significance["desc"], both.significance["desc"], equal_nan=True)


def test_a_map_that_grows_is_one_written_at_once(tmp_path, stamp):
    values = np.random.default_rng(3).standard_normal((300, 520)).astype(np.float32)
    values[:100] = np.nan
    frame = cell_frame((0.0, 0.0, 5200.0, 3000.0), 10.0, CRS)
    words = {"description": "d", "unit": "1", "simulated": True}
    write_raster(
        tmp_path / "whole.tif", Grid(values, frame.transform, CRS), stamp, cog=True, **words
    )
    (tmp_path / ".partial-1-parts.plain.tif").write_bytes(b"of a run that was killed")
    with growing_raster(tmp_path / "parts.tif", frame, stamp, **words) as write:
        for rows in (slice(170, 300), slice(100, 170)):
            write((rows, slice(0, 400)), values[rows, :400])
            write((rows, slice(400, 520)), values[rows, 400:])
    parts = read_raster(tmp_path / "parts.tif")
    assert np.array_equal(parts.values, values, equal_nan=True)
    whole, grown = ((tmp_path / name).read_bytes() for name in ("whole.tif", "parts.tif"))
    assert array_digest(values).encode() in whole
    assert array_digest(values).encode() in grown
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts.tif", "whole.tif"]


def test_a_tiled_scene_is_searched_by_the_points_of_its_windows(tmp_path, stamp):
    sorting = Sorting(Partition(BOUNDS, 1000.0), CRS, 0.0)
    vectors = {"los_east": 0.6, "los_north": 0.0, "los_up": 0.8}
    table = TABLES["asc"].assign(**vectors)
    write_partition(tmp_path / "asc", [table], sorting, stamp)
    supply, toward = scene_points([], ["asc", "desc"], SCENE, [], [tmp_path / "asc/index.parquet"])
    assert toward["asc"] == pytest.approx((0.6, 0.0, 0.8))
    assert toward["desc"] == SENTINEL1_UK["desc"].unit_vector()
    box = (1000.0, 2500.0, 2500.0, 4000.0)
    found, expected = supply("asc", box), table_supply({"asc": table})("asc", box)
    columns = ["easting_m", "northing_m", "velocity_mm_yr"]
    assert len(found) == len(expected)
    for one, other in zip(
        found[columns].sort_values("easting_m").to_numpy().T,
        expected[columns].sort_values("easting_m").to_numpy().T,
        strict=True,
    ):
        assert one == pytest.approx(other, rel=1e-6)


def test_the_variogram_in_the_file_is_that_of_the_noise(content):
    noise = noise_from(content)
    grid = CellGrid.over(BOUNDS, noise.cell_m)
    own = noise.looks["asc"]
    variogram = noise_variogram(look_points(TABLES["asc"]), own, grid, SETTINGS.noise)
    near = variogram.lag_m < 70
    # white noise of variance 1, but for the bowls
    assert variogram.gamma_mm2_yr2[near] == pytest.approx(
        own.covariance.gamma(variogram.lag_m[near]), rel=0.25
    )
    assert variogram.lag_m[-1] <= own.max_lag_m
    std = noise_std(look_points(TABLES["asc"]), BOUNDS, SETTINGS, 50.0)
    assert std == pytest.approx(float(np.sqrt(own.covariance.gamma(np.array([50.0]))[0])), rel=0.1)
    assert noise_std(look_points(TABLES["asc"].head(1)), BOUNDS, SETTINGS, 50.0) is None
