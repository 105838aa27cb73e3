"""A real scene: found where its files are, left out by name where they are not."""

import os
from pathlib import Path

import numpy as np
import pytest
from tiny import FULL_RUN_SECONDS, Workflow

from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.points import read_point_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(FULL_RUN_SECONDS + 100)]

LOOKS = ("asc117", "desc022")


def test_a_scene_without_files_is_left_out_by_name(fresh: Workflow, tmp_path: Path) -> None:
    workflow = fresh.elsewhere(tmp_path)
    done = workflow(
        "results/tables/table1.csv", flags=["--dry-run"],
        overlay={"active_scenes": ["ustica", "london"]}, data=tmp_path,
    )  # fmt: skip
    assert done.code == 0, done.text
    assert "Scene ustica is left out" in done.text
    assert str(tmp_path) in done.text
    assert "Scene london" not in done.text


def test_egms_points_go_through_the_chain(finished: Workflow) -> None:
    data = Path(os.environ.get("GROUNDMOTION_DATA", "data")).resolve()
    if not list(data.glob("egms_ustica/*.zip")):
        pytest.skip(f"no EGMS files of Ustica below {data} (set GROUNDMOTION_DATA)")
    scene = "results/scenes/ustica"
    targets = [f"{scene}/areas_point.gpkg", f"{scene}/thresholds.gpkg"]
    targets += [f"results/variogram/ustica/{look}.json" for look in LOOKS]
    done = finished(*targets, data=data, seconds=FULL_RUN_SECONDS)
    assert done.code == 0, done.text[-4000:]
    for look in LOOKS:
        table, crs, _ = read_point_table(finished.folder / f"results/points/ustica/{look}.parquet")
        assert crs == "EPSG:3035"
        assert len(table) > 1000
        velocity = read_raster(finished.folder / f"{scene}/{look}/velocity.tif")
        assert 0.02 < np.isfinite(velocity.values).mean() < 0.5
    probability = read_raster(finished.folder / f"{scene}/probability_point.tif").values
    seen = probability[np.isfinite(probability)]
    assert seen.size
    assert 0 <= seen.min() <= seen.max() <= 1
