"""What bad files get: one message that names the file, the place, the expectation and the cure."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from groundmotion.errors import InputError
from groundmotion.points import csvfile, vectorfile
from groundmotion.points.reading import read_points
from groundmotion.points.schema import ReadRequest

BRITAIN = ReadRequest(
    crs="EPSG:27700", bounds_m=None, columns={}, files_crs="EPSG:27700", keep_series=False
)
UNSAID = ReadRequest(crs="EPSG:27700", bounds_m=None, columns={}, files_crs=None, keep_series=False)
HEADER = "easting,northing,velocity\n"
GOOD = "430000,560000,1.5\n"


def csv(text: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "points.csv"
        path.write_text(text)
        return path

    return write


def raw(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def zipped(**members: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "points.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name.replace("_", "."), text)
        return path

    return write


def damaged_zip(folder: Path) -> Path:
    path = zipped(a_csv=HEADER + GOOD * 2000)(folder)
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    return path


def geotiff(
    values: list[list[float]], crs: str | None = "EPSG:27700", bands: int = 1
) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "velocity.tif"
        array = np.array(values, np.float32)
        with rasterio.open(
            path, "w", driver="GTiff", dtype="float32", count=bands, height=array.shape[0],
            width=array.shape[1], crs=crs, transform=Affine(100, 0, 430000, 0, -100, 560000),
        ) as raster:  # fmt: skip
            for band in range(bands):
                raster.write(array, band + 1)
        return path

    return write


def layer(kind: str, geometry: object, velocity: object, crs: str | None) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"points.{kind}"
        frame = geopandas.GeoDataFrame({"velocity": velocity}, geometry=geometry, crs=crs)
        frame.to_parquet(path) if kind == "parquet" else frame.to_file(path)
        return path

    return write


def licsbas(par: str, size: int) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "EQA.dem_par").write_text(par)
        np.ones(size, "<f4").tofile(folder / "vel")
        return folder / "vel"

    return write


POINT = [shapely.Point(430000, 560000)]
PAR = "width: 3\nnlines: 2\ncorner_lat: 53\ncorner_lon: -1\npost_lat: -0.001\npost_lon: 0.001\n"

CASES: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "missing file": (lambda folder: folder / "none.csv", ["none.csv", "no such file"]),
    "folder": (lambda folder: folder, ["found a folder"]),
    "empty file": (csv(""), ["points.csv", "empty"]),
    "blank file": (csv("\n\n"), ["points.csv", "empty"]),
    "unknown format": (raw("points.xyz", b"1 2 3"), ["points.xyz", "unknown format", ".csv"]),
    "no velocity": (csv("easting,northing,rate\n1,2,3\n"), ["no column of velocity", "rate"]),
    "no coordinates": (csv("easting,velocity\n1,2\n"), ["pair of coordinates", "easting"]),
    "two velocities": (
        csv("lon,lat,velocity,vel\n0,53,1,1\n"), ["velocity, vel", "columns: velocity_mm_yr"],
    ),
    "no header": (csv(GOOD), ["line 1", "header"]),
    "binary csv": (raw("points.csv", b"\xff\xfe\x00\x01,\n"), ["line 1", "UTF-8"]),
    "no rows": (csv(HEADER), ["points.csv", "no points"]),
    "only NaN": (csv(HEADER + "430000,560000,NaN\n"), ["none of its 1 rows has a velocity"]),
    "text in a number": (
        csv(HEADER + GOOD * 3 + "430000,560000,fast\n"), ["line 5", "velocity", "'fast'"],
    ),
    "text in a coordinate": (
        csv(HEADER + GOOD + "east,560000,1\n"), ["line 3", "column easting", "'east'"],
    ),
    "decimal comma": (csv("easting;northing;velocity\n430000;560000;1,5\n"), ["line 2", "'1,5'"]),
    "missing field": (csv(HEADER + GOOD + "430000,560000\n"), ["line 3", "3 fields", "came 2"]),
    "missing coordinate": (csv(HEADER + GOOD + ",560000,1\n"), ["line 3", "two coordinates"]),
    "infinite velocity": (
        csv(HEADER + GOOD + "430000,560000,inf\n"), ["line 3", "velocity_mm_yr", "finite"],
    ),
    "degrees as metres": (csv(HEADER + "-1.5,53.7,1\n"), ["line 2", "outside", "order"]),
    "swapped metres": (csv(HEADER + "960000,30000,1\n"), ["line 2", "outside", "EPSG:27700"]),
    "latitude beyond the pole": (csv("lon,lat,velocity\n-1.5,91,1\n"), ["line 2", "outside"]),
    "latitude beyond": (csv("lon,lat,velocity\n-1.5,98,1\n"), ["line 2", "outside"]),
    "another country": (
        csv("lon,lat,velocity\n-1.5,53,1\n13.2,38.7,1\n"), ["line 3", "EPSG:27700", "-9"],
    ),
    "unreadable zip": (raw("points.zip", b"no zip at all"), ["points.zip", "cannot be read"]),
    "damaged zip": (damaged_zip, ["points.zip", "cannot be read"]),
    "zip without csv": (zipped(a_xml="<a/>"), ["points.zip", "found 0: a.xml"]),
    "zip with two": (zipped(a_csv=HEADER, b_csv=HEADER), ["found 2: a.csv, b.csv", "unpack"]),
    "text in a zip": (
        zipped(a_csv=HEADER + "430000,560000,fast\n"), ["points.zip, a.csv, line 2", "'fast'"],
    ),
    "all NaN raster": (geotiff([[np.nan, np.nan]]), ["velocity.tif", "no points"]),
    "infinite raster": (geotiff([[1, 2], [np.inf, 1]]), ["row 1, column 0", "finite"]),
    "two bands": (geotiff([[1, 2]], bands=2), ["one band", "found 2"]),
    "no raster": (raw("velocity.tif", b"text"), ["velocity.tif", "cannot be read"]),
    "no layer": (raw("points.shp", b"text"), ["points.shp", "cannot be read"]),
    "no parquet": (raw("points.parquet", b"text"), ["points.parquet", "cannot be read"]),
    "polygons": (
        layer("gpkg", [POINT[0].buffer(5)], [1.0], "EPSG:27700"),
        ["row 1", "expected a point", "Polygon"],
    ),
    "text in a layer": (
        layer("gpkg", POINT * 2, ["1.5", "fast"], "EPSG:27700"), ["row 2", "velocity", "'fast'"],
    ),
    "text in parquet": (
        layer("parquet", POINT * 2, ["1.5", "fast"], "EPSG:27700"), ["row 2", "velocity", "fast"],
    ),
    "no geometry": (
        layer("parquet", [POINT[0], None], [1.0, 2.0], "EPSG:27700"), ["row 2", "two coordinates"],
    ),
    "licsbas size": (licsbas(PAR, 5), ["24 bytes", "found 20"]),
    "licsbas key": (licsbas(PAR.replace("width", "wide"), 6), ["EQA.dem_par", "width: number"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_file_gets_one_clear_message(tmp_path: Path, case: str) -> None:
    write, words = CASES[case]
    path = write(tmp_path)
    with pytest.raises(InputError) as caught:
        read_points(path, BRITAIN)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_rows_are_counted_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "_BLOCK_BYTES", 400)
    path = csv(HEADER + GOOD * 300 + "430000,560000,inf\n")(tmp_path)
    with pytest.raises(InputError, match="line 302,"):
        read_points(path, BRITAIN)
    monkeypatch.setattr(vectorfile, "_BATCH_ROWS", 50)
    rates = [1.0] * 120 + [np.inf]
    for kind in ("parquet", "gpkg"):
        path = layer(kind, POINT * 121, rates, "EPSG:27700")(tmp_path)
        with pytest.raises(InputError, match="row 121,"):
            read_points(path, BRITAIN)


@pytest.mark.parametrize(
    "write",
    [
        csv(HEADER + GOOD),
        geotiff([[1.0]], crs=None),
        layer("parquet", POINT, [1.0], None),
        layer("shp", POINT, [1.0], None),
    ],
    ids=["csv", "geotiff", "parquet", "shapefile"],
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_file_without_coordinate_system(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path)
    with pytest.raises(InputError, match="files_crs"):
        read_points(path, UNSAID)
    assert len(read_points(path, BRITAIN)) == 1


def test_nothing_within_the_bounds_says_what_there_is(tmp_path: Path) -> None:
    path = csv(HEADER + GOOD)(tmp_path)
    request = ReadRequest("EPSG:27700", (0.0, 0.0, 10.0, 10.0), {}, "EPSG:27700", False)
    with pytest.raises(InputError, match=r"within bounds.*430000, 560000"):
        read_points(path, request)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"speed": "velocity"}, "speed is no role"),
        ({"velocity_mm_yr": "rate"}, "'rate' asked for"),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, columns: dict[str, str], words: str) -> None:
    path = csv(HEADER + GOOD)(tmp_path)
    with pytest.raises(InputError, match=words):
        read_points(path, ReadRequest("EPSG:27700", None, columns, "EPSG:27700", False))


@pytest.mark.parametrize(
    ("crs", "words"), [("EPSG:4326", "not projected"), ("EPSG:nonsense", "no coordinate system")]
)
def test_wish_for_an_unusable_system(tmp_path: Path, crs: str, words: str) -> None:
    path = csv(HEADER + GOOD)(tmp_path)
    with pytest.raises(InputError, match=words):
        read_points(path, ReadRequest(crs, None, {}, "EPSG:27700", False))


def test_bounds_the_wrong_way_round() -> None:
    with pytest.raises(InputError, match="left < right"):
        ReadRequest("EPSG:27700", (10.0, 0.0, 0.0, 10.0), {}, None, False)
