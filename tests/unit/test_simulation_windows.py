"""The whole of Great Britain, window by window."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from groundmotion.simulation.coastline import coarse_land
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
NATION = CONFIG["scenes"]["great_britain_nation"]
SCENE = scene_settings(CONFIG["simulation"], NATION["simulation"], CONFIG["seed"])
WHOLE = window_over(tuple(NATION["bounds"]), NATION["pixel_m"])
TILE_PX = CONFIG["fills"]["tile_px"]


def tile(row: int, col: int) -> Window:
    return Window(
        WHOLE.row + row * TILE_PX, WHOLE.col + col * TILE_PX, TILE_PX, TILE_PX, WHOLE.pixel_m
    )


def points(look: str, window: Window) -> pd.DataFrame:
    land = land_over(SCENE, window.bounds, NATION["crs"], coarse_land())
    return simulate_look(SCENE, look, window, land)


def within(table: pd.DataFrame, window: Window) -> pd.DataFrame:
    left, bottom, right, top = window.bounds
    east, north = table["easting_m"], table["northing_m"]
    return table[(east >= left) & (east < right) & (north > bottom) & (north <= top)]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["northing_m", "easting_m"], ignore_index=True)


def test_the_nation_has_the_size_of_the_papers_map():
    assert WHOLE.shape == (98_504, 68_504)
    assert NATION["role"] == "tiled"


# Tiles meet in Wales, inland and at the coast.
@pytest.mark.parametrize(("row", "col", "look"), [(31, 11, "asc"), (33, 12, "desc")])
def test_four_tiles_agree_with_a_window_across_their_corner(row, col, look):
    corner = tile(row, col)
    across = Window(corner.row - 150, corner.col - 200, 300, 400, WHOLE.pixel_m)
    tiles = [tile(row - i, col - j) for i in (1, 0) for j in (1, 0)]
    pieced = in_order(pd.concat([within(points(look, each), across) for each in tiles]))
    alone = in_order(points(look, across))
    assert len(alone) > 100
    # Which cells hold a point, and where in them, is the same to the last bit.
    for column in ("easting_m", "northing_m", "coherence", "velocity_std_mm_yr"):
        assert np.array_equal(pieced[column], alone[column])
    difference = pieced["velocity_mm_yr"] - alone["velocity_mm_yr"]
    assert np.abs(difference).max() < 2e-5


def test_a_tile_at_sea_is_empty_and_costs_nothing():
    sea = points("asc", tile(20, 24))
    assert len(sea) == 0
    assert list(sea.columns) == list(points("asc", Window(-29_000, 28_000, 50, 50, 10.0)).columns)
