"""The command ``groundmotion detect`` without a network: what stands out of the noise of points."""

import subprocess
import sys
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry import Point

from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.tables import read_json
from groundmotion.cli.command import main
from groundmotion.cli.looks import PixelGrid, grid_of, toward_satellite
from groundmotion.cli.model import noise_warnings, trained_semivariance
from groundmotion.cli.sources import on_pixels
from groundmotion.cli.telling import half_distance_m, silence, source_lines, threshold_line
from groundmotion.cli.visibility import noise_lines, smallest_peaks
from groundmotion.detection.sources.scene import SceneNoise
from groundmotion.detection.sources.search import WindowSearch
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.look import LookNoise
from groundmotion.noise.whitening import NestedTorus
from groundmotion.points.schema import PointSet
from groundmotion.variogram.nested import NestedCovariance
from groundmotion.workflow.sources import look_points

EAST, NORTH = 430000.0, 560000.0
Floats = NDArray[np.float64]
#: (easting, northing, peak mm/yr, size m) from the lower left corner.
Bowl = tuple[float, float, float, float]


def bowl(east: Floats, north: Floats, source: Bowl) -> Floats:
    """Velocity of a point source: down to a tenth at 1.906 sizes."""
    x, y, peak, size = source
    return np.asarray(peak * (1 + (np.hypot(east - x, north - y) / size) ** 2) ** -1.5)


def noisy(east: Floats, north: Floats, own: float, shared: float, seed: int = 3) -> Floats:
    """Noise of points, and a field of range 400 m that neighbours share; standard deviations."""
    rng = np.random.default_rng(seed)
    cells = int(max(east.max(), north.max()) // 40) + 1
    field = NestedTorus((cells, cells), 40.0, NestedCovariance(0.0, (400.0,), (1.0,))).draw(rng)
    values = field[(north // 40).astype(int), (east // 40).astype(int)]
    return np.asarray(own * rng.standard_normal(len(east)) + shared * values)


def scattered(number: int, side_m: float, seed: int = 1) -> tuple[Floats, Floats]:
    """Points of a raster, each moved within its square, more than 1 m from the next."""
    step_m = side_m / np.sqrt(number)
    moves = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, number)) * (step_m - 1.1)
    east, north = raster(side_m, step_m)
    return east + moves[0], north + moves[1]


def raster(side_m: float, step_m: float) -> tuple[Floats, Floats]:
    north, east = np.mgrid[step_m / 2 : side_m : step_m, step_m / 2 : side_m : step_m]
    return east.ravel(), north.ravel()


def written(path: Path, east: Floats, north: Floats, velocity: Floats, **more: object) -> Path:
    table = {"easting": EAST + east, "northing": NORTH + north, "velocity": velocity, **more}
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def detected(points: Path, out: Path, *more: str, look: str = "asc") -> int:
    given = ["--look", look] if look else []
    options = [str(points), "--out", str(out), "--files-crs", "EPSG:27700", *given, *more]
    return main(["detect", *options])


def areas_of(out: Path, layer: str = "areas") -> geopandas.GeoDataFrame:
    return read_layer(out / "areas.gpkg", layer)


# --- a bowl, end to end -------------------------------------------------------------------------

SUNKEN: Bowl = (1300.0, 1700.0, -8.0, 160.0)


@pytest.fixture(scope="module")
def sunken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    east, north = scattered(4900, 3000.0)
    velocity = noisy(east, north, 0.8, 0.5) + bowl(east, north, SUNKEN)
    return written(tmp_path_factory.mktemp("points") / "sunken.csv", east, north, velocity)


@pytest.fixture(scope="module")
def found(sunken: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "found"
    assert detected(sunken, out) == 0
    return out


def test_a_bowl_is_outlined_about_its_size(found: Path) -> None:
    areas = areas_of(found)
    assert len(areas) == 1
    area = areas.iloc[0]
    assert area["direction"] == "subsidence"
    assert abs(area["peak_mm_yr"] - SUNKEN[2]) < 2.6 * area["peak_std_mm_yr"]
    # it moves faster than max(1 mm/yr, a fifth of its peak) within 1.387 sizes
    truth = np.pi * (1.387 * SUNKEN[3]) ** 2 / 1e6
    assert truth / 2 < area["area_km2"] < truth * 2
    assert area["geometry"].contains(Point(EAST + SUNKEN[0], NORTH + SUNKEN[1]))
    assert area["size_m"] == pytest.approx(1.906 * SUNKEN[3], rel=0.35)
    assert np.isnan([area["p_max"], area["p_mean"]]).all()
    assert area["rank"] == 1


def test_what_is_written(found: Path) -> None:
    names = {path.name for path in found.iterdir() if not path.name.endswith(".stamp.json")}
    assert names == {"velocity.tif", "filled.tif", "significance.tif", "areas.gpkg", "noise.json"}
    assert len(areas_of(found, "structures")) == 0
    maps = [read_raster(found / f"{name}.tif") for name in ("velocity", "filled", "significance")]
    assert len({(grid.shape, grid.transform, grid.crs) for grid in maps}) == 1
    assert maps[0].pixel_m == 10
    values = maps[2].values
    row, col = np.unravel_index(np.nanargmin(values), values.shape)
    east, north = maps[2].transform @ (col + 0.5, row + 0.5)
    assert np.hypot(east - EAST - SUNKEN[0], north - NORTH - SUNKEN[1]) < 100
    content = read_json(found / "noise.json")
    assert content["false_areas_per_1000_km2"] == 1.0
    noise = SceneNoise.from_dict(content)
    assert noise.looks["asc"].covariance.nugget == pytest.approx(0.64, rel=0.2)


def test_the_lines_say_what_was_found(
    sunken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detected(sunken, tmp_path / "out", "--false-areas", "20") == 0
    told = capsys.readouterr().out
    assert "4900 points of asc, " in told
    assert "mm/yr of each point's own (standard deviation)" in told
    assert "20 false areas per 1,000 km2" in told
    assert "area 1: peak -" in told
    assert "mm/yr (standard error) along the line of sight, subsidence" in told
    assert f"written to {tmp_path / 'out'}: filled.tif, significance.tif, velocity.tif" in told
    assert read_json(tmp_path / "out/noise.json")["false_areas_per_1000_km2"] == 20


# --- cases that went wrong ----------------------------------------------------------------------


def test_two_bowls_of_opposite_sign_are_two_areas(tmp_path: Path) -> None:
    east, north = raster(4000.0, 60.0)
    bowls = [(1200.0, 2000.0, -8.0, 131.0), (2800.0, 2000.0, 8.0, 131.0)]
    velocity = noisy(east, north, 0.7, 0.3) + sum(bowl(east, north, one) for one in bowls)
    assert detected(written(tmp_path / "points.csv", east, north, velocity), tmp_path / "out") == 0
    areas = areas_of(tmp_path / "out")
    assert sorted(areas["direction"]) == ["subsidence", "uplift"]
    for x, y, peak, size in bowls:
        one = areas[areas.contains(Point(EAST + x, NORTH + y))].iloc[0]
        assert np.sign(one["peak_mm_yr"]) == np.sign(one["velocity_median_mm_yr"]) == np.sign(peak)
        truth = np.pi * (1.387 * size) ** 2 / 1e6
        assert truth / 2 < one["area_km2"] < truth * 2


def test_direction_of_a_bowl_in_a_small_extent(tmp_path: Path) -> None:
    east, north = scattered(12100, 7000.0)
    velocity = noisy(east, north, 0.8, 0.3) + bowl(east, north, (3500.0, 3500.0, -12.0, 180.0))
    points = written(tmp_path / "points.csv", east, north, velocity)
    corner = [EAST + 2000, NORTH + 2000, EAST + 5000, NORTH + 5000]
    assert detected(points, tmp_path / "out", "--bounds", *(str(x) for x in corner)) == 0
    areas = areas_of(tmp_path / "out")
    assert areas["direction"].tolist() == ["subsidence"]
    assert read_raster(tmp_path / "out/velocity.tif").bounds == tuple(corner)


def test_sparse_points_show_a_bowl_and_no_more(tmp_path: Path) -> None:
    east, north = scattered(2304, 6000.0)  # 0.64 % of cells of 10 m
    velocity = noisy(east, north, 0.8, 0.3) + bowl(east, north, (2500.0, 3000.0, -12.0, 180.0))
    assert detected(written(tmp_path / "points.csv", east, north, velocity), tmp_path / "out") == 0
    areas = areas_of(tmp_path / "out")
    assert len(areas) == 1
    assert areas.contains(Point(EAST + 2500, NORTH + 3000)).all()


def test_a_wide_bowl_shows_on_points_a_kilometre_apart(tmp_path: Path) -> None:
    east, north = raster(15000.0, 1000.0)
    away = np.hypot(east - 7000.0, north - 7000.0)
    velocity = -28.0 * np.exp(-((away / 2600.0) ** 2)) + noisy(east, north, 0.1, 0.0)
    assert detected(written(tmp_path / "points.csv", east, north, velocity), tmp_path / "out") == 0
    areas = areas_of(tmp_path / "out")
    assert areas["direction"].tolist() == ["subsidence"]
    assert areas.contains(Point(EAST + 7000, NORTH + 7000)).all()
    assert abs(areas["peak_mm_yr"][0] + 28.0) < 3 * areas["peak_std_mm_yr"][0]


def test_loud_noise_is_not_motion(tmp_path: Path) -> None:
    east, north = raster(4000.0, 80.0)
    velocity = noisy(east, north, 1.0, 3.0)
    assert detected(written(tmp_path / "points.csv", east, north, velocity), tmp_path / "out") == 0
    assert len(areas_of(tmp_path / "out")) == 0


def test_nothing_is_said_of_the_sea(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    east, north = raster(3000.0, 60.0)
    land = east < 1600
    east, north = np.append(east[land], 2990.0), np.append(north[land], 1500.0)
    velocity = noisy(east, north, 0.5, 0.2) + bowl(east, north, (1500.0, 1500.0, -8.0, 150.0))
    assert detected(written(tmp_path / "points.csv", east, north, velocity), tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "WARNING: of " in told
    assert "does not mean that nothing moves there" in told
    values = read_raster(tmp_path / "out/significance.tif").values
    assert np.isnan(values[:, -40:]).all()
    assert np.isfinite(values[:, 10:150]).all()


# --- several looks ------------------------------------------------------------------------------


def test_passes_are_looks_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, los_east, seed in (("up", -0.62, 1), ("down", 0.62, 2)):
        east, north = scattered(2500, 2500.0, seed)
        velocity = noisy(east, north, 0.8, 0.3, seed) + bowl(east, north, (1300, 1200, -8, 160))
        los = {"los_east": los_east, "los_north": -0.1, "los_up": 0.778}
        written(tmp_path / f"{name}.csv", east, north, velocity, **los)
    options = ["--out", str(tmp_path / "out"), "--files-crs", "EPSG:27700"]
    files = [str(tmp_path / f"{name}.csv") for name in ("up", "down")]
    assert main(["detect", *files, *options]) == 0
    told = capsys.readouterr().out
    assert "2500 points of asc" in told
    assert "2500 points of desc" in told
    areas = areas_of(tmp_path / "out")
    assert areas["passes"].tolist() == ["asc+desc"]
    assert set(read_json(tmp_path / "out/noise.json")["looks"]) == {"asc", "desc"}
    for name in ("significance", "asc/velocity", "asc/significance", "desc/filled"):
        assert (tmp_path / "out" / f"{name}.tif").is_file()
    assert not (tmp_path / "out/velocity.tif").exists()
    both, alone = (
        read_raster(tmp_path / f"out/{name}significance.tif").values for name in ("", "asc/")
    )
    assert np.nanmin(both) < np.nanmin(alone)


def test_toward_the_satellite() -> None:
    table = pd.DataFrame({"easting_m": [1.0, 2.0], "northing_m": [1.0, 2.0]})
    los = table.assign(los_east=[0.6, 0.6], los_north=0.0, los_up=0.8)
    plain, told = (PointSet(t, "EPSG:3035", ()) for t in (table, los))
    path = Path("EGMS_L2b_117_0227_IW2_VV_2020_2024_1.csv")
    assert toward_satellite("desc", told, [path]) == pytest.approx((0.6, 0.0, 0.8))
    assert toward_satellite("asc", plain, [path])[0] < -0.5
    vertical = Path("EGMS_L3_E45N17_100km_U_2020_2024_1.csv")
    assert toward_satellite("asc", plain, [vertical]) == (0.0, 0.0, 1.0)


# --- what cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        ({"velocity": 1.5}, (), "all 4900 velocities are 1.5 mm/yr"),
        ({"velocity": np.nan}, (), "has a velocity"),
        ({"velocity": lambda t: t["velocity"].where(t.index < 20)}, (), "20 points: expected at"),
        ({}, ("--pixel-m", "0.1"), "million pixels; at most 200 million fit into memory"),
        ({}, ("--bounds", "5", "5", "5", "9"), "expected [left, bottom, right, top]"),
        ({}, ("--bounds", "0", "0", "100", "100"), "none lies within bounds"),
        ({}, ("--false-areas", "0"), "--false-areas 0: expected a positive number"),
        ({}, ("--pixel-m", "-1"), "--pixel-m -1: expected a positive number"),
    ],
)
def test_nothing_is_written_after_an_error(
    sunken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    change: dict[str, object], more: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    points = tmp_path / "points.csv"
    pd.read_csv(sunken).assign(**change).to_csv(points, index=False)
    assert detected(points, tmp_path / "out", *more) == 1
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""
    assert not (tmp_path / "out").exists()


def test_missing_velocities_are_left_out(
    sunken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(sunken)
    table.loc[::2, "velocity"] = np.nan
    table.to_csv(tmp_path / "points.csv", index=False)
    assert detected(tmp_path / "points.csv", tmp_path / "out") == 0
    assert "2450 points of asc" in capsys.readouterr().out
    assert len(areas_of(tmp_path / "out")) == 1


def test_a_stated_uncertainty_that_lacks_somewhere_is_not_used() -> None:
    table = pd.DataFrame(
        {"easting_m": [0.0, 1.0], "northing_m": 0.0, "velocity_mm_yr": 1.0,
         "velocity_std_mm_yr": [0.5, np.nan]}
    )  # fmt: skip
    assert look_points(table).std is None
    whole = table.assign(velocity_std_mm_yr=[0.5, 0.7])
    std = look_points(whole).std
    assert std is not None
    assert std.tolist() == [0.5, 0.7]


def test_so_many_pixels_and_no_more() -> None:
    looks = {"asc": PointSet(pd.DataFrame({"easting_m": [0.0], "northing_m": [0.0]}), "", ())}
    assert grid_of(looks, (0, 0, 200000, 100000), 10.0).shape == (10000, 20000)
    with pytest.raises(InputError, match="200 × 100 km at 9 m are 247 million pixels"):
        grid_of(looks, (0, 0, 200000, 100000), 9.0)


def test_no_network_no_torch() -> None:
    code = "import groundmotion.cli.detect, sys; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "scripts")}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )


# --- info ---------------------------------------------------------------------------------------


def test_info_tells_what_can_be_seen(
    sunken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--files-crs", "EPSG:27700"]
    assert main(["info", str(sunken), *options]) == 0
    assert "noise" not in capsys.readouterr().out
    assert main(["info", str(sunken), *options, "--noise"]) == 0
    told = capsys.readouterr().out
    assert "noise of these points: 0." in told
    assert "a source of 300 m radius: seen, as often as not, from a peak of" in told
    few = pd.read_csv(sunken).head(10)
    few.to_csv(tmp_path / "few.csv", index=False)
    assert main(["info", str(tmp_path / "few.csv"), *options, "--noise"]) == 0
    assert "nothing can be told of noise or motion: " in capsys.readouterr().out
    assert (
        main(["info", str(sunken), "--files-crs", "EPSG:27700", "--noise", "--config", "no"]) == 1
    )


def _points(scale: float, step_m: float = 40.0) -> PointSet:
    east, north = raster(2000.0, step_m)
    velocity = scale * noisy(east, north, 0.8, 0.4)
    return PointSet(
        pd.DataFrame({"easting_m": east, "northing_m": north, "velocity_mm_yr": velocity}),
        "EPSG:27700", (),
    )  # fmt: skip


def test_twice_the_noise_hides_twice_the_motion() -> None:
    from groundmotion.cli.configuration import read_config
    from groundmotion.cli.sources import search_settings
    from groundmotion.detection.sources.scene import fit_scene

    settings = search_settings(read_config(None), None)
    bounds = (0.0, 0.0, 2000.0, 2000.0)
    peaks = []
    for scale in (1.0, 2.0):
        own = look_points(_points(scale).table)
        noise = fit_scene(
            lambda _, extent, own=own: own.inside(extent), {"asc": (0.0, 0.0, 1.0)}, bounds,
            settings, 10.0,
        )  # fmt: skip
        peaks.append(smallest_peaks(own.inside(bounds), noise, bounds, settings))
    assert np.isfinite(peaks[0]).any()
    assert peaks[1] == pytest.approx(2 * peaks[0], rel=0.02)


def test_info_looks_where_points_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    east, north = raster(500.0, 25.0)
    east, north = np.append(east, east + 60000), np.append(north, north)
    written(tmp_path / "points.csv", east, north, np.random.default_rng(1).normal(size=len(east)))
    options = ["--files-crs", "EPSG:27700", "--noise"]
    assert main(["info", str(tmp_path / "points.csv"), *options]) == 0
    assert "a source of 300 m radius: " in capsys.readouterr().out


def test_want_of_memory_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def greedy(_: object) -> list[str]:
        raise MemoryError("2 TiB")

    monkeypatch.setattr("groundmotion.cli.info.tell", greedy)
    assert main(["info", "points.csv"]) == 1
    assert capsys.readouterr().err == "groundmotion: not enough memory (2 TiB); give --bounds\n"


def test_info_says_which_sizes_cannot_be_told() -> None:
    from groundmotion.cli.configuration import read_config

    told = noise_lines(_points(1.0, 130.0), (-0.6, 0.0, 0.8), read_config(None))
    sizes = [line for line in told if line.startswith("a source of")]
    assert "points lie too far apart" in sizes[0]
    assert "from a peak of" in sizes[1]


# --- helpers ------------------------------------------------------------------------------------


def _window(left: float, top: float, values: Floats) -> WindowSearch:
    grid = CellGrid(left, top, 20.0, (values.shape[0], values.shape[1]))
    return WindowSearch(grid, {"": values.astype(np.float32)}, [])


def test_windows_become_one_map_on_the_pixels() -> None:
    grid = PixelGrid(Affine(10, 0, 100, 0, -10, 500), (5, 7))
    parts = [_window(140, 500, np.array([[3.0, 4.0]])), _window(100, 500, np.array([[1.0, 2.0]]))]
    result = on_pixels(parts, "", grid, 20.0)
    expected = [1, 1, 2, 2, 3, 3, 4]
    assert result[0].tolist() == expected
    assert result[1].tolist() == expected
    assert np.isnan(result[2:]).all()
    assert np.isnan(on_pixels(parts, "asc", grid, 20.0)).all()


def test_silence_is_told_where_it_matters() -> None:
    significance = np.zeros((10, 10), np.float32)
    near = np.ones((10, 10), bool)
    assert silence(significance, near) == []
    significance[:, 5:] = np.nan
    near[:, 6:] = False
    (told,) = silence(significance, near)
    assert told.startswith("of 17% of the ground near points and 50% of the whole extent")
    significance, near = np.zeros((20, 20), np.float32), np.zeros((20, 20), bool)
    significance[0, 0], near[0, :2] = np.nan, True
    assert silence(significance, near)[0].startswith("of 50% of the ground near points and 0%")


def test_half_of_a_nested_covariance() -> None:
    nested = NestedCovariance(1.0, (50.0, 1000.0), (1.0, 2.0))
    half = half_distance_m(nested)
    assert half is not None
    assert float(nested.between(np.array(half))) == pytest.approx(1.5)
    assert half_distance_m(NestedCovariance(1.0, (), ())) is None


def test_words_of_thresholds_and_sources() -> None:
    assert "4.0 standard" in threshold_line(np.array([4.0, 4.01]), 1.0)
    assert "1 false area per" in threshold_line(np.array([4.0]), 1.0)
    assert "4.0 to 5.0 (the smallest" in threshold_line(np.array([5.0, 4.0]), 3.0)
    none = pd.DataFrame()
    assert source_lines(none, none) == ["found: 0 areas and 0 single structures"]


NOISE = {"a_mm2_yr2": [0.7, 1.8], "b_per_km": [0.8, 1.6], "sill_mm2_yr2": [1.5, 2.9]}


def test_noise_beyond_that_of_training_is_told() -> None:
    lowest, highest = trained_semivariance(NOISE)
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b, sill = (rng.uniform(*NOISE[key]) for key in NOISE)
        if a <= sill:
            assert lowest <= sill - a * np.exp(-2 * b) <= highest

    def look(factor: float) -> dict[str, LookNoise]:
        nested = NestedCovariance(0.8 * factor, (800.0,), (1.2 * factor,))
        fit = LookNoise(nested, (0, 0, 0), (0, 0), (1, 0), (), 100, 5000.0, 50.0, ())
        return {"asc": fit}

    config = {"examples": {"noise": NOISE}}
    assert noise_warnings(look(1.0), config) == []
    (loud,) = noise_warnings(look(5.0), config)
    assert "2 km apart differ by a semivariance of 9.5 mm²/yr², but it was trained on" in loud
    assert "believe the sources" in loud
    (quiet,) = noise_warnings(look(0.1), config)
    assert "too low or too high" in quiet
