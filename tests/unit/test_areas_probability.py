"""What a map of probability says within polygons."""

import geopandas
import numpy as np
import pytest
import shapely

from groundmotion.areas.probability import part_of, with_probability
from groundmotion.grid import Grid, grid_over

TRANSFORM, SHAPE = grid_over((100.0, 200.0, 200.0, 280.0), 10.0)


def said(values, *shapes):
    grid = Grid(values.astype(np.float32), TRANSFORM, "EPSG:3035")
    areas = geopandas.GeoDataFrame(geometry=list(shapes), crs=grid.crs)
    read = []

    def part(slices):
        read.append(slices)
        return part_of(grid, slices)

    table = with_probability(areas, (grid.transform, grid.shape), part, [0.5, 0.75, 0.9])
    return table[["level", "p_max", "p_mean"]].to_numpy(), read


def test_an_area_is_told_what_the_network_says_of_the_pixels_it_touches():
    values = np.zeros(SHAPE)
    values[2, 3:5] = 0.8, 0.6  # 130–150 m east, 250–260 m north
    values[2, 5] = np.nan
    rows, read = said(values, shapely.box(131, 251, 155, 259), shapely.box(131, 251, 131.5, 251.5))
    assert rows[0] == pytest.approx([0.75, 0.8, 0.7])
    assert rows[1] == pytest.approx([0.75, 0.8, 0.8])  # smaller than a pixel
    assert read[0] == (slice(2, 3), slice(3, 6))  # no more than it needs


def test_where_the_network_is_silent_or_low_there_is_no_level():
    silent, low = np.full(SHAPE, np.nan), np.full(SHAPE, 0.5)
    inside, outside = shapely.box(120, 220, 140, 240), shapely.box(500, 500, 520, 520)
    rows, _ = said(silent, inside, outside)
    assert np.isnan(rows).all()
    rows, _ = said(low, inside)
    assert np.isnan(rows[0, 0])
    assert rows[0, 1:] == pytest.approx([0.5, 0.5])


def test_no_areas_have_the_columns():
    rows, _ = said(np.zeros(SHAPE))
    assert rows.shape == (0, 3)
