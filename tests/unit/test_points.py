"""Points of every format: the same few points, written by the test, come back."""

import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import rasterio
from affine import Affine

from groundmotion.points import csvfile
from groundmotion.points.naming import egms_name, guess_look
from groundmotion.points.reading import read_points
from groundmotion.points.schema import ReadRequest, resolve_columns, series_columns

PLAIN = ReadRequest(crs=None, bounds_m=None, columns={}, files_crs=None, keep_series=False)
SERIES = ReadRequest(crs=None, bounds_m=None, columns={}, files_crs=None, keep_series=True)
BRITAIN = ReadRequest(
    crs="EPSG:27700", bounds_m=None, columns={}, files_crs="EPSG:27700", keep_series=False
)

L2_2024 = (
    "pid,mp_type,latitude,longitude,easting,northing,height_ortho,height_ellipse,line,pixel,"
    "rmse_ts,temporal_coherence,amplitude_dispersion,incidence_angle,track_angle,los_east,"
    "los_north,los_up,mean_velocity,mean_velocity_std,acceleration,acceleration_std,seasonality,"
    "seasonality_std,gnss_velocity,20200103,20200115"
)
L2_2021 = (
    "pid,mp_type,latitude,longitude,easting,northing,height,height_wgs84,line,pixel,rmse,"
    "temporal_coherence,amplitude_dispersion,incidence_angle,track_angle,los_east,los_north,"
    "los_up,mean_velocity,mean_velocity_std,acceleration,acceleration_std,seasonality,"
    "seasonality_std,20160103,20160115"
)
L3 = (
    "pid,easting,northing,height_ortho,rmse_ts,mean_velocity,mean_velocity_std,acceleration,"
    "acceleration_std,seasonality,seasonality_std,gnss_velocity_n,gnss_velocity_e,"
    "gnss_velocity_u,20200103,20200109"
)
KNOWN = {
    "pid": ["a1", "b2", "c3"],
    "easting": [4598603.43, 4598649.23, 4598700.0],
    "northing": [1739722.18, 1739717.35, 1739800.5],
    "latitude": [38.690708, 38.690647, 38.6914],
    "longitude": [13.171103, 13.171623, 13.1722],
    "temporal_coherence": [0.86, 0.85, 0.7],
    "los_east": [-0.621, -0.62, -0.619],
    "los_north": [-0.098, -0.098, -0.097],
    "los_up": [0.777, 0.778, 0.779],
    "mean_velocity": ["-2.1", "-0.0", "0.0"],
    "mean_velocity_std": [0.1, 0.2, 0.3],
    "20200103": [-1.0, 1.5, 0.0],
    "20200115": [2.5, -0.0, 3.5],
}


def egms_table(header: str) -> pd.DataFrame:
    return pd.DataFrame({name: KNOWN.get(name, [7.0, 8.0, 9.0]) for name in header.split(",")})


def metric_points(n: int = 4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "easting": 430000.0 + 100.0 * np.arange(n),
            "northing": 560000.0 + 50.0 * np.arange(n),
            "velocity": np.array([-3.5, 0.0, 2.25, np.nan])[:n],
            "coherence": np.linspace(0.9, 0.6, n),
        }
    )


def layer(table: pd.DataFrame, crs: str | None = "EPSG:27700") -> geopandas.GeoDataFrame:
    geometry = geopandas.points_from_xy(table["easting"], table["northing"])
    rest = table.drop(columns=["easting", "northing"])
    return geopandas.GeoDataFrame(rest, geometry=geometry, crs=crs)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("header", [L2_2024, L2_2021], ids=["2020-2024", "2015-2021"])
def test_egms_l2_of_both_releases(tmp_path: Path, header: str, zipped: bool) -> None:
    name = "EGMS_L2b_117_0227_IW2_VV_2020_2024_1"
    path = tmp_path / f"{name}.csv"
    egms_table(header).to_csv(path, index=False)
    if zipped:
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, path.name)
            archive.writestr(f"{name}.xml", "<BURST/>")
        path = tmp_path / f"{name}.zip"
    points = read_points(path, SERIES)
    assert points.crs == "EPSG:3035"
    np.testing.assert_array_equal(points.table["easting_m"], KNOWN["easting"])
    np.testing.assert_array_equal(points.table["northing_m"], KNOWN["northing"])
    np.testing.assert_allclose(points.table["velocity_mm_yr"], [-2.1, 0.0, 0.0], rtol=1e-6)
    np.testing.assert_allclose(points.table["velocity_std_mm_yr"], [0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_allclose(points.table["coherence"], [0.86, 0.85, 0.7], rtol=1e-6)
    np.testing.assert_allclose(points.table["height_m"], [7, 8, 9])
    assert points.table["velocity_mm_yr"].dtype == np.float32
    first, last = (day for _, day in series_columns(header.split(",")))
    assert points.dates == (first, last)
    series = np.stack(points.table["series_mm"].tolist())
    assert series.shape == (3, 2)
    assert guess_look([path], points.table) == "asc117"


def test_egms_l3_has_no_look_vector_and_no_coherence(tmp_path: Path) -> None:
    path = tmp_path / "EGMS_L3_E45N17_100km_U_2020_2024_1.csv"
    egms_table(L3).to_csv(path, index=False)
    points = read_points(path, SERIES)
    assert points.crs == "EPSG:3035"
    assert points.dates == ("20200103", "20200109")
    assert set(points.table) == {
        "easting_m", "northing_m", "velocity_mm_yr", "velocity_std_mm_yr", "height_m", "series_mm",
    }  # fmt: skip
    assert guess_look([path], points.table) is None


def test_series_is_read_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    egms_table(L2_2024).to_csv(path, index=False)
    points = read_points(path, PLAIN)
    assert points.dates == ()
    assert "series_mm" not in points.table


def test_geographic_csv_agrees_with_pyproj(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("Lon;Lat;VEL (mm/yr)\n-1.5;53.7;-4.5\n-1.4;53.8;0\n")
    request = ReadRequest("EPSG:27700", None, {}, None, keep_series=False)
    points = read_points(path, request)
    transformer = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    easting, northing = transformer.transform([-1.5, -1.4], [53.7, 53.8])
    np.testing.assert_allclose(points.table["easting_m"], easting)
    np.testing.assert_allclose(points.table["northing_m"], northing)
    np.testing.assert_array_equal(points.table["velocity_mm_yr"], np.float32([-4.5, 0]))


def test_degrees_without_a_wish_become_utm(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("longitude,latitude,velocity\n14.139,40.819,7\n")
    assert read_points(path, PLAIN).crs == "EPSG:32633"


def test_chosen_columns_go_before_the_aliases(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("E_BNG,N_BNG,lon,lat,velocity,my rate\n430000,560000,0,0,99,-1.5\n")
    columns = {"easting_m": "E_BNG", "northing_m": "N_BNG", "velocity_mm_yr": "my rate"}
    points = read_points(path, ReadRequest("EPSG:27700", None, columns, "EPSG:27700", False))
    assert points.table.iloc[0].tolist() == [430000.0, 560000.0, -1.5]


def test_second_row_without_numbers_is_metadata(tmp_path: Path) -> None:
    path = tmp_path / "stamps.csv"
    path.write_text("lon,lat,v,coh\ndeg,deg,mm/yr,-\n-1.5,53.7,-4.5,0.8\n-1.4,53.7,1.5,0.9\n")
    points = read_points(path, PLAIN)
    np.testing.assert_array_equal(points.table["velocity_mm_yr"], np.float32([-4.5, 1.5]))


def test_stamps_visualizer_export(tmp_path: Path) -> None:
    # MATLAB: datenum(2018,1,2) is 737062; the export holds the day numbers less one.
    path = tmp_path / "stamps_tsexport.csv"
    path.write_text(
        "export_res_1,export_res_2,export_res_3,export_res_4,export_res_5\n"
        "-1.49,53.69,NaN,737061,737073\n"
        "-1.5,53.7,-4.5,0.5,1.5\n"
    )
    points = read_points(path, SERIES)
    assert points.dates == ("20180102", "20180114")
    assert len(points) == 1
    np.testing.assert_array_equal(points.table["series_mm"].iloc[0], [0.5, 1.5])


def test_missing_velocity_drops_the_point_and_zero_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        "easting,northing,velocity\n430000,560000,\n430001,560000,NaN\n430002,560000,0.0\n"
        "430003,560000,-0.0\n"
    )
    points = read_points(path, BRITAIN)
    assert points.table["easting_m"].tolist() == [430002.0, 430003.0]
    assert np.signbit(points.table["velocity_mm_yr"]).tolist() == [False, True]


def test_bounds_share_out_every_point_once(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    edges = np.array([430000.0, 430050.0, 430100.0])
    easting, northing = (a.ravel() for a in np.meshgrid(edges, edges + 130000))
    pd.DataFrame({"easting": easting, "northing": northing, "velocity": 1.0}).to_csv(
        path, index=False
    )
    found = []
    for left in (429950.0, 430000.0, 430050.0, 430100.0):
        for top in (560000.0, 560050.0, 560100.0):
            bounds = (left, top - 50, left + 50, top)
            if left < 430000:
                continue
            request = ReadRequest("EPSG:27700", bounds, {}, "EPSG:27700", False)
            found.append(len(read_points(path, request)))
    assert found == [1] * 9


def test_csv_passes_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "points.csv"
    n = 500
    table = pd.DataFrame(
        {"easting": 430000.0 + np.arange(n), "northing": 560000.0, "velocity": np.arange(n) / 8}
    )
    table.to_csv(path, index=False)
    monkeypatch.setattr(csvfile, "_BLOCK_BYTES", 400)
    points = read_points(path, BRITAIN)
    np.testing.assert_array_equal(points.table["velocity_mm_yr"], table["velocity"])


@pytest.mark.parametrize("kind", ["shp", "gpkg", "geojson", "parquet", "zip"])
def test_layers_of_points(tmp_path: Path, kind: str) -> None:
    table = metric_points()
    frame = layer(table)
    if kind == "geojson":
        frame = frame.to_crs("EPSG:4326")
    path = tmp_path / f"points.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "zip":
        frame.to_file(tmp_path / "points.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("points.[sdpc]*"):
                archive.write(part, f"folder/{part.name}")
    else:
        frame.to_file(path)
    points = read_points(path, ReadRequest("EPSG:27700", None, {}, None, keep_series=False))
    assert points.crs == "EPSG:27700"
    measured = table[:3]
    tolerance = 0.02 if kind == "geojson" else 0
    np.testing.assert_allclose(points.table["easting_m"], measured["easting"], atol=tolerance)
    np.testing.assert_allclose(points.table["northing_m"], measured["northing"], atol=tolerance)
    np.testing.assert_array_equal(points.table["velocity_mm_yr"], measured["velocity"])
    np.testing.assert_allclose(points.table["coherence"], measured["coherence"], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Column names longer than 10 characters")
@pytest.mark.filterwarnings("ignore:Normalized/laundered field name")
def test_shapefile_with_cut_names_and_dates(tmp_path: Path) -> None:
    table = egms_table(L2_2024).rename(columns={"20200103": "D20180102", "20200115": "D20180114"})
    table["mean_velocity"] = table["mean_velocity"].astype(float)
    path = tmp_path / "points.shp"
    layer(table, "EPSG:3035").to_file(path)
    assert {"mean_veloc", "mean_vel_1", "temporal_c"} <= set(
        geopandas.read_file(path, rows=1).columns
    )
    points = read_points(path, SERIES)
    assert points.dates == ("20180102", "20180114")
    np.testing.assert_allclose(points.table["velocity_mm_yr"], [-2.1, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(points.table["velocity_std_mm_yr"], [0.1, 0.2, 0.3], rtol=1e-6)
    np.testing.assert_allclose(points.table["coherence"], [0.86, 0.85, 0.7], rtol=1e-6)
    np.testing.assert_array_equal(points.table["series_mm"].iloc[2], [0.0, 3.5])


def test_parquet_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"lon": [-1.5], "lat": [53.7], "vel": [2]}), path)
    points = read_points(path, ReadRequest("EPSG:27700", None, {}, None, keep_series=False))
    assert points.table["velocity_mm_yr"].tolist() == [2.0]
    assert 430000 < points.table["easting_m"][0] < 436000


@pytest.mark.parametrize("nodata", [np.nan, -9999.0, None])
@pytest.mark.parametrize("zipped", [False, True])
def test_geotiff_pixels_become_points(tmp_path: Path, nodata: float | None, zipped: bool) -> None:
    gap = np.nan if nodata is None else nodata
    values = np.array([[1.0, gap, 0.0], [-2.5, 3.0, gap]], np.float32)
    path = write_geotiff(tmp_path / "velocity.tif", values, nodata)
    if zipped:
        with zipfile.ZipFile(tmp_path / "velocity.zip", "w") as archive:
            archive.write(path, path.name)
        path = tmp_path / "velocity.zip"
    points = read_points(path, PLAIN)
    assert points.table["velocity_mm_yr"].tolist() == [1.0, 0.0, -2.5, 3.0]
    assert points.table["easting_m"].tolist() == [430050.0, 430250.0, 430050.0, 430150.0]
    assert points.table["northing_m"].tolist() == [559950.0, 559950.0, 559850.0, 559850.0]


def test_geotiff_of_whole_numbers_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "velocity.tif"
    stored = np.array([[10, -32768], [0, -25]], np.int16)
    with rasterio.open(
        path, "w", driver="GTiff", dtype="int16", count=1, height=2, width=2, nodata=-32768,
        crs="EPSG:27700", transform=Affine(100, 0, 430000, 0, -100, 560000),
    ) as raster:  # fmt: skip
        raster.write(stored, 1)
        raster.scales, raster.offsets = (0.1,), (3.0,)
    velocity = read_points(path, PLAIN).table["velocity_mm_yr"]
    np.testing.assert_allclose(velocity, [4.0, 3.0, 0.5], rtol=1e-6)


def test_geotiff_reads_only_rows_near_the_bounds(tmp_path: Path) -> None:
    values = np.arange(200, dtype=np.float32).reshape(100, 2)
    path = write_geotiff(tmp_path / "velocity.tif", values, None)
    bounds = (430000.0, 555000.0, 430200.0, 555300.0)
    points = read_points(path, ReadRequest("EPSG:27700", bounds, {}, None, keep_series=False))
    assert points.table["velocity_mm_yr"].tolist() == [94.0, 95.0, 96.0, 97.0, 98.0, 99.0]


def test_geotiff_with_a_second_raster(tmp_path: Path) -> None:
    path = write_geotiff(tmp_path / "velocity.tif", np.float32([[1, np.nan], [2, 3]]), np.nan)
    write_geotiff(tmp_path / "coh.tif", np.float32([[0.1, 0.2], [0.3, np.nan]]), np.nan)
    request = ReadRequest(None, None, {"coherence": "coh.tif"}, None, keep_series=False)
    found = read_points(path, request).table["coherence"]
    np.testing.assert_array_equal(found, np.float32([0.1, 0.3, np.nan]))


def test_licsbas_float32_with_its_companions(tmp_path: Path) -> None:
    results = tmp_path / "TS_GEOCml1" / "results"
    geocoded = tmp_path / "GEOCml1"
    results.mkdir(parents=True)
    geocoded.mkdir()
    velocity = np.array([[1.5, np.nan, 0.0], [-2.0, 4.0, 5.0]], "<f4")
    velocity.tofile(results / "vel.mskd")
    (velocity / 10).astype("<f4").tofile(results / "coh_avg")
    np.full((2, 3), 0.69, "<f4").tofile(geocoded / "E.geo")
    (geocoded / "EQA.dem_par").write_text(
        "width: 3\nnlines: 2\ncorner_lat: 40.9  decimal degrees\n"
        "corner_lon: 14.0  decimal degrees\npost_lat: -0.001\npost_lon: 0.001\n"
    )
    points = read_points(results / "vel.mskd", PLAIN)
    assert points.table["velocity_mm_yr"].tolist() == [1.5, 0.0, -2.0, 4.0, 5.0]
    np.testing.assert_allclose(points.table["coherence"][4], 0.5)
    assert guess_look([results / "vel.mskd"], points.table) == "desc"
    # The corner is the centre of the first pixel.
    transformer = pyproj.Transformer.from_crs("EPSG:4326", points.crs, always_xy=True)
    easting, northing = transformer.transform(14.002, 40.899)
    np.testing.assert_allclose(points.table.loc[4, ["easting_m", "northing_m"]].tolist(),
                               [easting, northing])  # fmt: skip


def test_names_of_egms_files() -> None:
    burst = egms_name(Path("EGMS_L2a_022_0845_IW2_VV.zip"))
    assert burst is not None and (burst.level, burst.track) == ("L2a", 22)
    ortho = egms_name(Path("EGMS_L3_E45N17_100km_E_2020_2024_1.tiff"))
    assert ortho is not None and ortho.component == "E"
    assert egms_name(Path("points.csv")) is None


def test_dates_are_told_from_numbers() -> None:
    names = ["pixel", "20180114", "D20180102", "2018-01-08", "20181399", "12345678"]
    assert series_columns(names) == [(2, "20180102"), (3, "20180108"), (1, "20180114")]


def test_velocity_spread_is_never_taken_for_the_velocity() -> None:
    names = ["lon", "lat", "mean_velocity_std", "mean_velocity", "gnss_velocity"]
    found = resolve_columns(names, {}, "a.csv", has_geometry=False)
    assert (found["velocity_mm_yr"], found["velocity_std_mm_yr"]) == (3, 2)


def write_geotiff(
    path: Path, values: np.ndarray, nodata: float | None, crs: str | None = "EPSG:27700"
) -> Path:
    transform = Affine(100, 0, 430000, 0, -100, 560000)
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=values.shape[0],
        width=values.shape[1], crs=crs, transform=transform, nodata=nodata,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
    return path
