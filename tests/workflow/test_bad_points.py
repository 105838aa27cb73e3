"""Unusable point files: one clear message, no artefact, and nothing else is touched."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from tiny import Done, Workflow

pytestmark = pytest.mark.workflow

BOUNDS = [4596500, 1739300, 4601500, 1743500]
GOOD = "easting,northing,mean_velocity\n4597000.5,1740000.5,-1.25\n4598000.5,1741000.5,0.5\n"


def csv(text: str) -> Callable[[Path], None]:
    return lambda path: path.with_suffix(".csv").write_text(text, encoding="utf-8") and None


def broken_zip(path: Path) -> None:
    whole = path.with_suffix(".zip")
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.csv", GOOD * 200)
    whole.write_bytes(whole.read_bytes()[:150])


def raster(values: float, crs: str | None) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with rasterio.open(
            path.with_suffix(".tif"), "w", driver="GTiff", width=20, height=20, count=1,
            dtype="float32", nodata=np.nan, crs=crs,
            transform=rasterio.transform.from_origin(BOUNDS[0], BOUNDS[3], 100, 100),
        ) as file:  # fmt: skip
            file.write(np.full((1, 20, 20), values, np.float32))

    return write


#: Scene → how its file is made, and what the message must name besides the file.
BAD: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "header": (csv(GOOD.replace("mean_velocity", "speed")), ("velocity", "speed")),
    "no_zip": (broken_zip, ("zip",)),
    "text": (csv(GOOD + "4597100,1740100,fast\n"), ("mean_velocity", "fast", "4")),
    "far": (csv(GOOD + "1e9,1740100,1.0\n"), ("EPSG:3035", "4")),
    "empty": (csv(GOOD.splitlines()[0] + "\n"), ("no point",)),
    "all_nan": (raster(np.nan, "EPSG:3035"), ("no points", "data")),
    "no_crs": (raster(1.0, None), ("files_crs",)),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with one file per bad scene, and a good one."""
    folder = tmp_path_factory.mktemp("data")
    for name, (make, _) in BAD.items():
        make(folder / name)
    csv(GOOD)(folder / "good")
    return folder


@pytest.fixture(scope="module")
def run(fresh: Workflow, data: Path) -> tuple[Workflow, Done, dict[str, str]]:
    """Make the good scene's points, then try all the bad ones in one go."""
    workflow = fresh.elsewhere(data.with_name("bad-points"))
    common = {"bounds": BOUNDS, "crs": "EPSG:3035", "pixel_m": 10, "model": "compact"}
    scenes = {name: {**common, "files": {"asc117": f"{name}.*"}} for name in ("good", *BAD)}
    for name, scene in scenes.items():
        if (data / f"{name}.csv").exists():
            scene["files_crs"] = "EPSG:3035"
    overlay = {"scenes": scenes}
    good = workflow("results/points/good/asc117.parquet", overlay=overlay, data=data)
    assert good.code == 0, good.text
    before = workflow.digests()
    targets = [f"results/points/{name}/asc117.parquet" for name in BAD]
    done = workflow(*targets, flags=["--keep-going"], overlay=overlay, data=data)
    return workflow, done, before


def test_the_run_fails_and_keeps_what_was_finished(
    run: tuple[Workflow, Done, dict[str, str]],
) -> None:
    workflow, done, before = run
    assert done.code != 0
    assert before
    assert workflow.digests() == before


@pytest.mark.parametrize("name", BAD)
def test_the_message_says_what_is_wrong_and_where(
    run: tuple[Workflow, Done, dict[str, str]], name: str
) -> None:
    workflow, _, _ = run
    log = (workflow.folder / f"logs/import_points/{name}/asc117.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert f"{name}." in log
    for word in BAD[name][1]:
        assert word in log, log
