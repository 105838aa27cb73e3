"""The command ``groundmotion``."""

import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import distance_transform_edt

from groundmotion import __version__
from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.tables import write_json
from groundmotion.cli.command import main
from groundmotion.grid import cells_of
from groundmotion.networks.building import build_network
from groundmotion.patches.wrapping import ImageSettings


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "EGMS_L2b_117_0227_IW2_VV_2020_2024_1.csv"
    path.write_text(
        "pid,easting,northing,los_east,mean_velocity,20200103,20241231\n"
        "a,4598603.4,1739722.2,-0.6,-2.5,0,1\nb,4598700,1739800,-0.6,0,0,1\n"
    )
    return path


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"groundmotion {__version__}\n"


def test_info_tells_what_a_file_holds(points: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(points)]) == 0
    told = capsys.readouterr().out
    for fact in (
        "asc117",
        "points    2\n",
        "EPSG:3035",
        "[4598603, 1739722, 4598700, 1739800]",
        "2, 20200103 to 20241231",
        "posting   124 m from a point to the next (median)",
        "density   0.02 % of cells of 10 m hold a point, over squares of 1000 m",
    ):
        assert fact in told


def test_info_takes_columns_and_systems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "points.csv"
    path.write_text("E,N,rate\n430000,560000,1.5\n")
    options = ["--files-crs", "EPSG:27700", "--crs", "EPSG:3035"]
    for text in ("easting_m=E", "northing_m=N", "velocity_mm_yr=rate"):
        options += ["--column", text]
    assert main(["info", str(path), *options]) == 0
    assert "EPSG:3035" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [(["none.csv"], "none.csv: no such file"), (["a.csv", "--column", "rate"], "ROLE=NAME")],
)
def test_input_errors_are_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", *options]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1


# --- detect -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a network that was never trained, as training would write it."""
    folder = tmp_path_factory.mktemp("model")
    network = build_network("compact", ImageSettings("unwrapped", 5.0).channels,
                            difference=True, seed=1)  # fmt: skip
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    description = {
        "network": "compact", "input": "unwrapped", "scale_mm_yr": 5.0, "pixel_m": 10,
        "fill": "delaunay", "wraps": [{"interval_mm_yr": 14.0, "offsets_mm_yr": [0.0]}],
    }  # fmt: skip
    stamp = make_stamp("test", "", {}, [], folder)
    write_arrays(folder / "weights.safetensors", weights, stamp)
    write_json(folder / "model.json", description, stamp)
    write_json(folder / "calibration.json", {"temperature": 1.5, "bias": -0.2}, stamp)
    return folder


@pytest.fixture(scope="module")
def sunken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 3000 points over 2 km × 2.5 km with a bowl in the middle."""
    rng = np.random.default_rng(1)
    east, north = rng.uniform(0, 2000, 3000), rng.uniform(0, 2500, 3000)
    velocity = rng.normal(0, 0.5, 3000) - 10 * np.exp(-np.hypot(east - 1000, north - 1200) / 300)
    table = {"easting": 430003 + east, "northing": 560004 + north, "velocity": velocity}
    path = tmp_path_factory.mktemp("points") / "points.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def searched(points: Path, model: Path, out: Path, *more: str) -> int:
    options = ["--model", str(model), "--out", str(out), "--files-crs", "EPSG:27700", *more]
    return main(["detect", str(points), *options])


def test_detect_writes_maps_on_one_grid_and_areas(
    sunken: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert searched(sunken, model, tmp_path / "out", "--look", "asc") == 0
    assert "points of asc" in capsys.readouterr().out
    names = ("velocity", "filled", "probability")
    maps = {name: read_raster(tmp_path / f"out/{name}.tif") for name in names}
    assert {grid.crs for grid in maps.values()} == {"EPSG:27700"}
    assert len({(grid.shape, grid.transform) for grid in maps.values()}) == 1
    table, grid = pd.read_csv(sunken), maps["velocity"]
    easting, northing = table["easting"].to_numpy(), table["northing"].to_numpy()
    _, inside = cells_of(easting, northing, grid.transform, grid.shape)
    assert inside.all()  # the default extent holds every point
    assert grid.bounds == pytest.approx((430000, 560000, 432010, 562510), abs=10)
    assert 0 <= np.nanmin(maps["probability"].values) <= np.nanmax(maps["probability"].values) <= 1
    area = read_layer(tmp_path / "out/areas.gpkg", "areas").iloc[0]
    assert 0 < area["p_mean"] <= area["p_max"] <= 1
    levels = read_layer(tmp_path / "out/areas.gpkg", "levels")
    assert {"level", "area_km2"} <= set(levels.columns)


def _shore(tmp_path: Path, step_m: float = 50.0, size_m: float = 4000.0) -> Path:
    """Return points of a raster over land, so far to the north, and one 5 km out at sea."""
    north, east = np.mgrid[0:size_m:step_m, 0 : 0.75 * size_m : step_m]
    velocity = -10 * np.exp(-np.hypot(east - 0.7 * size_m, north - size_m / 2) / (4 * step_m + 100))
    velocity += np.random.default_rng(4).normal(0, 0.5, velocity.shape)
    table = {"easting": east.ravel(), "northing": north.ravel(), "velocity": velocity.ravel()}
    table = {name: np.append(values, end) for (name, values), end in zip(
        table.items(), (0.75 * size_m + 5000.0, size_m / 2, 0.0), strict=True)}  # fmt: skip
    path = tmp_path / "shore.csv"
    pd.DataFrame(table).assign(easting=lambda t: t["easting"] + 430000).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("fill", ["delaunay", "none"])
def test_detect_says_nothing_of_the_sea(model: Path, tmp_path: Path, fill: str) -> None:
    other = shutil.copytree(model, tmp_path / "other")
    told = json.loads((model / "model.json").read_text())
    (other / "model.json").write_text(json.dumps({**told, "fill": fill}))
    assert searched(_shore(tmp_path), other, tmp_path / "out", "--look", "asc") == 0
    maps = {n: read_raster(tmp_path / f"out/{n}.tif") for n in ("velocity", "probability")}
    has_point, said = (np.isfinite(grid.values) for grid in maps.values())
    assert not said[distance_transform_edt(~has_point) > 50].any()
    land = said[:, :300]
    assert land.all()
    levels = read_layer(tmp_path / "out/areas.gpkg", "levels")
    outlined = levels[levels["level"] == 0.5]["area_km2"].sum()
    assert outlined <= said.sum() * 1e-4 + 1e-6


def test_detect_warns_where_no_window_holds_enough_points(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = _shore(tmp_path, step_m=1000.0, size_m=15000.0)
    assert searched(points, model, tmp_path / "out", "--look", "asc") == 0
    told = capsys.readouterr().out
    assert "WARNING: the network: no window of 2.24 km holds 20 points: at most 9" in told
    assert "does not mean that nothing moves" in told
    assert "the network scored nothing" in told
    assert np.isnan(read_raster(tmp_path / "out/probability.tif").values).all()
    areas = read_layer(tmp_path / "out/areas.gpkg", "areas")
    assert set(areas["direction"]) <= {"subsidence"}
    assert areas["p_max"].isna().all()
    assert len(read_layer(tmp_path / "out/areas.gpkg", "levels")) == 0


def test_detect_warns_of_noise_beyond_that_of_training(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    north, east = np.mgrid[0:3000:80.0, 0:3000:80.0]
    velocity = np.random.default_rng(5).normal(0, 3.0, north.size)
    table = {"easting": 430000 + east.ravel(), "northing": north.ravel(), "velocity": velocity}
    pd.DataFrame(table).to_csv(tmp_path / "points.csv", index=False)
    assert searched(tmp_path / "points.csv", model, tmp_path / "out", "--look", "asc") == 0
    told = capsys.readouterr().out
    assert "but it was trained on 1.2 to 2.9; it takes noise for motion" in told
    assert len(read_layer(tmp_path / "out/areas.gpkg", "areas")) == 0


def test_detect_warns_of_points_sparser_than_in_training(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert searched(_shore(tmp_path, step_m=125.0), model, tmp_path / "out", "--look", "asc") == 0
    # the point out at sea is told as well
    told = capsys.readouterr().out.splitlines()
    unsearched, sparse = (
        line for line in told if "the network: " in line and "km apart" not in line
    )
    assert unsearched.startswith("WARNING: the network: 3% of the ground near points was not sea")
    assert sparse.startswith("WARNING: the network: in 100% of the windows fewer than 1 % of cells")
    assert "trained on 1 to 30 %" in sparse


def test_detect_within_bounds(sunken: Path, model: Path, tmp_path: Path) -> None:
    bounds = ["--bounds", "430000", "560000", "431500", "562400", "--look", "desc"]
    assert searched(sunken, model, tmp_path, *bounds) == 0
    grid = read_raster(tmp_path / "probability.tif")
    assert grid.bounds == (430000, 560000, 431500, 562400)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "--look"),
        (("--look", "north"), "'asc' or 'desc'"),
        (("--look", "asc", "--pixel-m", "5"), "trained on pixels of 10"),
        (("--look", "asc", "--model", "nowhere"), "nowhere: holds no model.json"),
        (("--look", "asc", "--config", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("--look", "asc", "--bounds", "0", "0", "10", "10"), "none lies within bounds"),
    ],
)
def test_detect_writes_nothing_after_an_error(
    sunken: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    assert searched(sunken, model, tmp_path / "out", *more) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_detect_calibrates(sunken: Path, model: Path, tmp_path: Path) -> None:
    other = shutil.copytree(model, tmp_path / "other")
    stamp = make_stamp("test", "", {}, [], tmp_path)
    write_json(other / "calibration.json", {"temperature": 1.0, "bias": -9.0}, stamp)
    assert searched(sunken, model, tmp_path / "a", "--look", "asc") == 0
    assert searched(sunken, other, tmp_path / "b", "--look", "asc") == 0
    usual, doubtful = (read_raster(tmp_path / f"{x}/probability.tif") for x in "ab")
    assert np.nanmax(doubtful.values) < 0.01
    assert np.nanmin(usual.values) > 0.1


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "holds no calibration.json"), ("{}", "temperature and bias"), ("{", "calibration")],
)
def test_detect_takes_no_model_without_its_calibration(
    sunken: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    content: str | None, words: str,
) -> None:  # fmt: skip
    other = shutil.copytree(model, tmp_path / "other")
    (other / "calibration.json").unlink()
    if content is not None:
        (other / "calibration.json").write_text(content)
    assert searched(sunken, other, tmp_path / "out", "--look", "asc") == 1
    told = capsys.readouterr().err
    assert words in told
    assert str(other) in told
    assert not (tmp_path / "out").exists()


def test_the_shipped_configuration_is_packaged() -> None:
    root = Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["setuptools"]["data-files"]["share/groundmotion"]
    assert shipped == ["config.yaml", "rules/config.schema.yaml"]
    assert all((root / name).is_file() for name in shipped)
