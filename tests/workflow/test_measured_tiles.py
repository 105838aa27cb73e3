"""A measured scene of role tiled: its points are sorted by tile, and only when asked for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny import SHORT_RUN_SECONDS, Workflow

from groundmotion.artefacts.tables import read_table
from groundmotion.workflow.nation.points import point_index, read_points_window

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(SHORT_RUN_SECONDS + 100)]

BOUNDS = (400_000.0, 300_000.0, 460_000.0, 340_000.0)
MINE = {
    "files": {"asc": "mine/*.csv"}, "files_crs": "EPSG:27700", "crs": "EPSG:27700",
    "bounds": list(BOUNDS), "pixel_m": 10, "model": "compact", "role": "tiled",
}  # fmt: skip
OVERLAY = {"scenes": {"mine": MINE}, "tiled": {"tile_px": 2520, "halo_px": 242}}
INDEX = "results/points/mine/asc/index.parquet"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    folder = tmp_path / "data/mine"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        table = pd.DataFrame(
            {
                "easting": rng.uniform(390_000, 470_000, 2000).round(1),
                "northing": rng.uniform(300_000, 310_000, 2000).round(1),
                "velocity": rng.normal(size=2000).round(2),
                "coherence": rng.random(2000).round(2),
            }
        )
        table.to_csv(folder / f"{name}.csv", index=False)
    return tmp_path / "data"


def test_points_are_sorted_by_tile(fresh: Workflow, tmp_path: Path, data: Path) -> None:
    workflow = fresh.elsewhere(tmp_path / "run")
    done = workflow(INDEX, overlay=OVERLAY, data=data)
    assert done.code == 0, done.text[-4000:]
    folder = (workflow.folder / INDEX).parent
    index = point_index(folder)
    assert set(index["row"]) == {1}  # the north is empty
    assert set(index["col"]) == {0, 1, 2}
    read = pd.concat([pd.read_csv(path) for path in sorted(data.glob("mine/*.csv"))])
    inside = read[read["easting"].between(BOUNDS[0], BOUNDS[2], inclusive="left")]
    found = read_points_window(folder, BOUNDS)
    assert 0.99 * len(inside) < len(found) == index["n_points"].sum() <= len(inside)
    assert set(found["easting_m"]) <= set(inside["easting"])
    again = workflow(INDEX, overlay=OVERLAY, data=data)
    assert again.idle


def test_its_tiles_are_those_with_points(fresh: Workflow, tmp_path: Path, data: Path) -> None:
    workflow = fresh.elsewhere(tmp_path / "run")
    tiles = "results/scenes/mine/tiles.csv"
    done = workflow(tiles, overlay=OVERLAY, data=data)
    assert done.code == 0, done.text[-4000:]
    table = read_table(workflow.folder / tiles)
    assert set(zip(table["row"], table["col"], strict=True)) == {(1, 0), (1, 1), (1, 2)}


def test_scenes_of_role_tiled_are_made_only_when_asked_for(
    fresh: Workflow, tmp_path: Path, data: Path
) -> None:
    overlay = {**OVERLAY, "active_scenes": "all"}
    done = fresh.elsewhere(tmp_path / "run")(flags=["--dry-run"], overlay=overlay, data=data)
    assert done.code == 0, done.text[-4000:]
    planned = done.planned()
    assert planned["simulate_points"] > 1
    assert not planned["partition_points"] and not planned["list_tiles"]
    assert "great_britain_nation" not in done.text
