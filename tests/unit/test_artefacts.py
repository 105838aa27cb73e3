import subprocess

import geopandas
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from groundmotion.artefacts.arrays import map_array, read_arrays, read_extra, write_arrays
from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.files import replacing
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.points import read_point_table, write_point_table
from groundmotion.artefacts.provenance import make_stamp, sha256_of
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import write_frame, write_json, write_table
from groundmotion.errors import InputError
from groundmotion.grid import Grid, grid_over

mpl.use("Agg")


@pytest.fixture
def stamp(tmp_path):
    return make_stamp("a_rule", "c0de", {"seed": 1}, [], tmp_path)


@pytest.fixture
def points():
    return pd.DataFrame(
        {"easting_m": [1.0, 2.0], "northing_m": [3.0, 4.0], "velocity_mm_yr": [0.0, -1.5]}
    )


def writers(stamp):
    """One writer per format, each taking a path."""
    transform, shape = grid_over((0, 0, 40, 30), 10)
    grid = Grid(np.arange(12, dtype=np.float32).reshape(shape), transform, "EPSG:27700")
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]})
    layer = geopandas.GeoDataFrame(
        {"p_max": [0.9]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:27700"
    )
    arrays = {"z": grid.values, "a": grid.values}
    layers = {"areas": layer, "none": layer[:0]}
    raster = {"description": "velocity", "unit": "mm/yr", "simulated": True}
    return {
        "m.tif": lambda p: write_raster(p, grid, stamp, **raster),
        "cog.tif": lambda p: write_raster(p, grid, stamp, **raster, cog=True),
        "n.json": lambda p: write_json(p, {"x": 1.5}, stamp),
        "t.csv": lambda p: write_table(p, table, stamp),
        "f.parquet": lambda p: write_frame(p, table, stamp),
        "a.safetensors": lambda p: write_arrays(p, arrays, stamp),
        "l.gpkg": lambda p: write_layers(p, layers, stamp),
    }


FORMATS = ["m.tif", "cog.tif", "n.json", "t.csv", "f.parquet", "a.safetensors", "l.gpkg"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_carries_its_stamp_and_has_the_same_bytes_twice(name, tmp_path, stamp):
    hashes = set()
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        writers(stamp)[name](path)
        assert read_stamp(path)["rule"] == "a_rule"
        hashes.add(sha256_of(path))
        assert not list(path.parent.glob(".partial*"))
    assert len(hashes) == 1


def test_points_round_trip_and_are_geoparquet(tmp_path, points, stamp):
    path = tmp_path / "p.parquet"
    write_point_table(path, points, "EPSG:3035", stamp, dates=["20200101"])
    table, crs, dates = read_point_table(path)
    pd.testing.assert_frame_equal(table, points)
    assert (crs, dates) == ("EPSG:3035", ("20200101",))
    layer = geopandas.read_parquet(path)
    assert layer.crs == "EPSG:3035"
    assert list(layer.geometry.x) == [1.0, 2.0]


@pytest.mark.parametrize("cog", [False, True])
def test_raster_round_trip_and_tags(tmp_path, stamp, cog):
    path = tmp_path / "r.tif"
    transform, shape = grid_over((0, 0, 600, 500), 1)
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    values[0, 0] = np.nan
    kind = {"description": "velocity", "unit": "mm/yr", "simulated": True, "cog": cog}
    write_raster(path, Grid(values, transform, "EPSG:27700"), stamp, **kind)
    back = read_raster(path)
    np.testing.assert_array_equal(back.values, values)
    assert (back.transform, back.crs) == (transform, "EPSG:27700")
    with rasterio.open(path) as dataset:
        assert dataset.tags()["data"] == "SIMULATED"
        assert np.isnan(dataset.nodata)
        assert bool(dataset.overviews(1)) == cog


def test_arrays_and_their_extra_data_round_trip(tmp_path, stamp):
    path = tmp_path / "a.safetensors"
    arrays = {"x": np.arange(3, dtype=np.float16), "y": np.array([[1, 2]], np.int64)}
    arrays["scalar"] = np.array(7, np.int64)
    write_arrays(path, arrays, stamp, {"fill": "none"})
    back = read_arrays(path)
    assert np.array_equal(map_array(path, "x"), back["x"])
    for name, values in arrays.items():
        np.testing.assert_array_equal(back[name], values)
        assert back[name].shape == values.shape
    assert list(read_arrays(path, ["y"])) == ["y"]
    assert read_extra(path) == {"fill": "none"}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_a_file_without_a_stamp_is_named(tmp_path):
    (tmp_path / "foreign.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"foreign\.csv.*no stamp"):
        read_stamp(tmp_path / "foreign.csv")


def test_figures_are_saved_three_ways(tmp_path, stamp):
    from matplotlib.figure import Figure

    names = [tmp_path / f"fig.{end}" for end in ("png", "pdf", "csv")]
    hashes = []
    for _ in range(2):
        figure = Figure()
        figure.subplots().plot([0, 1])
        save_figure(figure, pd.DataFrame({"x": [0, 1]}), *names, stamp)
        hashes.append([sha256_of(path) for path in names])
    assert hashes[0] == hashes[1]


def test_everybody_may_read_what_a_new_file_lets_them(tmp_path, stamp):
    usual = tmp_path / "usual"
    usual.touch()
    for name, write in writers(stamp).items():
        write(tmp_path / name)
        assert (tmp_path / name).stat().st_mode == usual.stat().st_mode, name


# --- a full disk ----------------------------------------------------------------------------------


@pytest.fixture
def full_disk(tmp_path):
    """A disk of 256 kB, filled but for less than any artefact needs."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes the superuser")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_named_and_leaves_no_part(name, full_disk, stamp):
    filler = full_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb") as file:
        while True:
            file.write(b"0" * 4096)
            file.flush()
    with pytest.raises(InputError, match="the disk is full"):
        writers(stamp)[name](full_disk / name)
    assert [path.name for path in full_disk.iterdir()] == ["filler"]
    filler.unlink()
    writers(stamp)[name](full_disk / name)
    assert read_stamp(full_disk / name)["rule"] == "a_rule"
