"""Areas outlined region by region against those of the map in one piece."""

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from geopandas.testing import assert_geodataframe_equal
from scipy import ndimage

from groundmotion.areas.polygons import AreaSettings, level_polygons, probability_areas
from groundmotion.areas.regions import coarse_maximum, joined_areas, joined_levels, regions
from groundmotion.grid import Grid

TRANSFORM = Affine(10.0, 0.0, 300000.0, 0.0, -10.0, 900000.0)
CRS = "EPSG:27700"
HOW = AreaSettings((0.5, 0.75, 0.9), ring_px=20, min_points=1)
CELL_PX = 28


def _cut(grid, part):
    corner = grid.transform @ Affine.translation(part[1].start, part[0].start)
    return Grid(grid.values[part], corner, grid.crs)


def _by_regions(grid, points, group_px):
    above = coarse_maximum(grid.values, CELL_PX) > HOW.levels[0]
    nothing = Grid(np.full((1, 1), np.nan, np.float32), grid.transform, grid.crs)
    areas, levels = [probability_areas(nothing, {}, HOW)], [level_polygons(nothing, HOW.levels)]
    largest = 0
    for region in regions(above, grid.shape, CELL_PX, HOW.ring_px, group_px):
        part = _cut(grid, region.window)
        part = Grid(region.keep(part.values), part.transform, part.crs)
        areas.append(probability_areas(part, points, HOW))
        levels.append(level_polygons(part, HOW.levels))
        largest = max(largest, part.values.size)
    return joined_areas(areas), joined_levels(levels), largest


@pytest.fixture(scope="module")
def scene():
    """Areas of every size: specks, shapes with holes and one across the whole map."""
    rng = np.random.default_rng(11)
    rows, cols = 1000, 1300
    rough = ndimage.gaussian_filter(rng.normal(0, 1, (rows, cols)), 14)
    values = np.clip(0.2 + 0.12 * rough / rough.std(), 0, 1)
    row, col = np.mgrid[:rows, :cols]
    values[np.abs(row - 480 - 60 * np.sin(col / 90)) < 8] = 0.8
    values[-60:, :200] = np.nan
    # Neighbours nearer than twice the ring, in cells that do not touch.
    values[56:60, 700:760], values[112:116, 700:760] = 0.95, 0.6
    n = 60_000
    points = {
        look: pd.DataFrame(
            {
                "easting_m": 300000 + rng.uniform(0, cols * 10, n),
                "northing_m": 900000 - rng.uniform(0, rows * 10, n),
                "velocity_mm_yr": rng.normal(0, 2, n).astype(np.float32),
            }
        )
        for look in ("asc", "desc")
    }
    return Grid(values.astype(np.float32), TRANSFORM, CRS), points


@pytest.mark.parametrize("group_px", [28, 280, 5000])
def test_regions_give_the_areas_of_one_piece_to_the_last_bit(scene, group_px):
    grid, points = scene
    areas, levels, largest = _by_regions(grid, points, group_px)
    expected = probability_areas(grid, points, HOW)
    assert len(expected) > 20
    assert expected["n_points"].max() > 100
    assert_geodataframe_equal(areas, expected)
    assert_geodataframe_equal(levels, level_polygons(grid, HOW.levels))
    if group_px == 28:
        assert largest < 0.6 * grid.values.size


def test_a_map_without_areas_gives_an_empty_table():
    grid = Grid(np.full((90, 90), 0.2, np.float32), TRANSFORM, CRS)
    areas, levels, _ = _by_regions(grid, {}, 280)
    assert len(areas) == len(levels) == 0
    assert list(areas.columns) == list(probability_areas(grid, {}, HOW).columns)


def test_cells_hold_the_largest_known_value():
    values = np.array([[np.nan, np.nan, 0.4], [np.nan, np.nan, 0.9]], np.float32)
    np.testing.assert_allclose(coarse_maximum(values, 2), [[-np.inf, 0.9]])
