"""Points of the real files: EGMS over Ustica, LiCSBAS over Campi Flegrei."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groundmotion.points.naming import guess_look
from groundmotion.points.reading import read_look, read_points
from groundmotion.points.schema import ReadRequest

SERIES = ReadRequest(crs=None, bounds_m=None, columns={}, files_crs=None, keep_series=True)
ASCENDING = "EGMS_L2b_117_0227_IW2_VV_2020_2024_1.zip"
DESCENDING = "EGMS_L2b_022_0845_IW2_VV_2020_2024_1.zip"


def real(folder: str) -> Path:
    root = os.environ.get("GROUNDMOTION_DATA")
    path = Path(root) / folder if root else None
    if path is None or not path.is_dir():
        pytest.skip(f"needs real data: set GROUNDMOTION_DATA to the folder that holds {folder}")
    return path


@pytest.mark.parametrize(
    ("name", "look", "n", "dates", "median"),
    [(ASCENDING, "asc117", 11_759, 207, -0.7), (DESCENDING, "desc022", 11_590, 210, -1.6)],
)
def test_egms_bursts(name: str, look: str, n: int, dates: int, median: float) -> None:
    path = real("egms_ustica") / name
    points = read_points(path, SERIES)
    assert (len(points), len(points.dates), points.crs) == (n, dates, "EPSG:3035")
    assert points.table["velocity_mm_yr"].median() == pytest.approx(median)
    assert guess_look([path], points.table) == look
    with zipfile.ZipFile(path) as archive, archive.open(path.stem + ".csv") as stream:
        slow = pd.read_csv(stream)
    np.testing.assert_array_equal(points.table["easting_m"], slow["easting"])
    np.testing.assert_allclose(points.table["velocity_mm_yr"], slow["mean_velocity"], rtol=1e-6)
    np.testing.assert_allclose(
        np.stack(points.table["series_mm"].tolist()), slow[list(points.dates)], rtol=1e-6
    )


def test_egms_ortho_csv_agrees_with_its_geotiff() -> None:
    folder = real("egms_ustica")
    maps = [
        read_points(folder / f"EGMS_L3_E45N17_100km_U_2020_2024_1.{kind}", SERIES).table
        for kind in ("zip", "tiff")
    ]
    keys = ["easting_m", "northing_m"]
    csv, tif = (table.sort_values(keys, ignore_index=True) for table in maps)
    pd.testing.assert_frame_equal(
        csv[[*keys, "velocity_mm_yr"]], tif[[*keys, "velocity_mm_yr"]], rtol=1e-6
    )


def test_ortho_components_are_not_mixed() -> None:
    folder = real("egms_ustica")
    files = sorted(folder.glob("EGMS_L3_*.tiff"))
    with pytest.raises(ValueError, match="one component"):
        read_look(files, SERIES, None, 1.0)


def test_same_burst_twice_is_the_burst_once() -> None:
    path = real("egms_ustica") / ASCENDING
    request = ReadRequest("EPSG:32633", None, {}, None, keep_series=False)
    once = read_look([path], request, "asc117", 1.0)
    twice = read_look([path, path], request, "asc117", 1.0)
    pd.testing.assert_frame_equal(once.table, twice.table)
    assert once.table["easting_m"].between(300_000, 350_000).all()


@pytest.mark.parametrize(("name", "n"), [("vel", 20_864), ("vel.mskd", 15_598)])
def test_licsbas_map(name: str, n: int) -> None:
    path = real("licsbas_campi_flegrei") / f"TS_GEOCml1clip_results_{name}"
    points = read_points(path, SERIES)
    assert (len(points), points.crs) == (n, "EPSG:32633")
    assert guess_look([path], points.table) == "desc"
    length = np.hypot(np.hypot(points.table["los_east"], points.table["los_north"]),
                      points.table["los_up"])  # fmt: skip
    np.testing.assert_allclose(length, 1, atol=2e-3)
    assert points.table["coherence"].between(0, 1).all()
