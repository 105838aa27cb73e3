from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from groundmotion.artefacts.provenance import make_stamp
from groundmotion.points.partition import Partition
from groundmotion.simulation.coastline import coarse_land
from groundmotion.simulation.lattice import window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look
from groundmotion.workflow.nation.points import Sorting, write_partition
from groundmotion.workflow.nation.windows import ground_of, window_points

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
BOX = (400_000.0, 300_000.0, 403_000.0, 302_000.0)
SIMULATED = {
    "shared": CONFIG["simulation"], "own": {"seed": 3}, "seed": 1,
    "crs": "EPSG:27700", "pixel_m": 20.0, "bounds": BOX,
}  # fmt: skip


@pytest.fixture
def measured(tmp_path):
    """Two looks of three points, the second look a kilometre further east."""
    stamp = make_stamp(rule="partition_points", code="x", config={}, inputs=[], base=Path())
    sorting = Sorting(Partition(BOX, 1000.0), "EPSG:27700", 1.0)
    for look, first in (("asc", 400_100.0), ("desc", 401_100.0)):
        table = pd.DataFrame(
            {
                "easting_m": first + np.array([0.0, 40.0, 90.0]),
                "northing_m": 300_500.0 + np.array([0.0, 40.0, 90.0]),
                "velocity_mm_yr": np.arange(3, dtype=np.float32),
            }
        )
        write_partition(tmp_path / look, [table], sorting, stamp)
    return [tmp_path / look / "index.parquet" for look in ("asc", "desc")]


def test_a_simulated_scene_is_simulated_window_by_window():
    supply = window_points(SIMULATED, [], [])
    scene = scene_settings(CONFIG["simulation"], {"seed": 3}, 1)
    window = window_over(BOX, 20.0)
    land = land_over(scene, BOX, "EPSG:27700", coarse_land())
    wanted = simulate_look(scene, "desc", window, land)
    assert len(wanted) > 20
    pd.testing.assert_frame_equal(supply("desc", BOX), wanted)


def test_a_measured_scene_is_read_from_the_files_of_the_look(measured):
    supply = window_points({}, [], measured)
    assert sorted(supply("asc", BOX)["easting_m"]) == [400_100.0, 400_140.0, 400_190.0]
    assert sorted(supply("desc", BOX)["easting_m"]) == [401_100.0, 401_140.0, 401_190.0]
    assert len(supply("asc", (400_120.0, 300_000.0, 400_150.0, 302_000.0))) == 1


def test_the_ground_of_a_measured_scene_is_where_any_look_has_points(measured):
    ground = ground_of({"pixel_m": 20.0}, [], measured)
    boxes = [shapely.box(e - 20, 300_480, e + 110, 300_610) for e in (400_100, 401_100)]
    assert ground.symmetric_difference(shapely.union_all(boxes)).area == pytest.approx(0, abs=1e-6)


def test_the_ground_of_a_simulated_scene_is_its_land():
    inland = ground_of({**SIMULATED, "own": {"seed": 3, "coast": True}}, [], [])
    assert inland.contains(shapely.box(*BOX))
    at_sea = {**SIMULATED, "own": {"seed": 3, "coast": True}, "bounds": (7e5, 5e5, 7.1e5, 5.1e5)}
    assert ground_of(at_sea, [], []).is_empty
