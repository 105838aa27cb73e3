import numpy as np
import pytest
from affine import Affine
from scipy import ndimage

from groundmotion import grid
from groundmotion.errors import InputError


def test_rasterise_averages_points_of_one_cell_and_keeps_zero_as_data():
    transform, shape = grid.grid_over((0, 0, 30, 20), 10)
    easting, northing = np.array([1.0, 2.0, 25.0, 99.0]), np.array([19.0, 18.0, 1.0, 5.0])
    mean, counts = grid.rasterise(
        easting, northing, np.array([1.0, 3.0, 0.0, 7.0]), transform, shape
    )
    np.testing.assert_array_equal(mean, [[2, np.nan, np.nan], [np.nan, np.nan, 0]])
    np.testing.assert_array_equal(counts, [[2, 0, 0], [0, 0, 1]])


def test_the_centre_of_every_cell_lies_in_it():
    transform, shape = grid.grid_over((100, 200, 170, 250), 5)
    easting, northing = np.meshgrid(*grid.pixel_centres(transform, shape))
    cells, inside = grid.cells_of(easting.ravel(), northing.ravel(), transform, shape)
    np.testing.assert_array_equal(cells, np.arange(np.prod(shape)))
    assert inside.all()
    assert not grid.cells_of(np.array([99.0]), np.array([225.0]), transform, shape)[1][0]


def test_the_centre_of_a_pixel_is_half_a_pixel_from_its_corner():
    transform, shape = grid.grid_over((100, 200, 115, 210), 5)
    easting, northing = grid.pixel_centres(transform, shape)
    assert easting.tolist() == [102.5, 107.5, 112.5]
    assert northing.tolist() == [207.5, 202.5]


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (10, 23)])
@pytest.mark.parametrize("halo_px", [0, 2, 40])
def test_tiles_cover_every_cell_once_and_find_themselves_in_their_halo(shape, halo_px):
    seen = np.zeros(shape, int)
    ids = np.arange(np.prod(shape)).reshape(shape)
    for tile in grid.tiles(shape, tile_px=4, halo_px=halo_px):
        seen[tile.inner] += 1
        np.testing.assert_array_equal(ids[tile.outer][tile.inner_in_outer], ids[tile.inner])
    assert (seen == 1).all()


def test_bounds_give_back_the_extent():
    transform, shape = grid.grid_over((0, 0, 100, 50), 10)
    made = grid.Grid(np.zeros(shape, np.float32), transform, "EPSG:3035")
    assert made.bounds == (0, 0, 100, 50)
    assert made.pixel_m == 10


@pytest.mark.parametrize(
    ("bounds", "crs", "named"),
    [
        ((0, 0, 60, 50), "EPSG:3035", "60"),
        ((10, 0, 110, 50), "EPSG:3035", "110"),
        ((0, 0, 100, 50), "EPSG:27700", "EPSG:27700"),
    ],
    ids=["size", "place", "crs"],
)
def test_maps_of_one_grid_and_others(bounds, crs, named):
    def made(bounds_m, system):
        transform, shape = grid.grid_over(bounds_m, 10)
        return grid.Grid(np.zeros(shape, np.float32), transform, system)

    one = made((0, 0, 100, 50), "EPSG:3035")
    grid.check_same_grid({"asc": one, "desc": made((0, 0, 100, 50), "EPSG:3035")})
    with pytest.raises(InputError, match=f"asc and desc: expected maps on one .*{named}"):
        grid.check_same_grid({"asc": one, "desc": made(bounds, crs)})


def test_cells_beyond_the_gap():
    has_point = np.zeros((1, 6), bool)
    assert grid.beyond_gap(has_point, 2).all()
    has_point[0, 0] = True
    np.testing.assert_array_equal(grid.beyond_gap(has_point, 2), [[0, 0, 0, 1, 1, 1]])


@pytest.mark.parametrize("gap_px", [0, 0.7, 1, 5**0.5, 13, 50, 1000, np.inf])
@pytest.mark.parametrize("shape", [(1, 90), (90, 1), (37, 41), (60, 9000)])
def test_cells_beyond_the_gap_are_those_whose_nearest_point_is_farther(shape, gap_px):
    rng = np.random.default_rng(3)
    for share in (0.0, 0.001, 0.05):
        has_point = rng.random(shape) < share
        far = np.ones(shape, bool)
        if has_point.any():
            far = ndimage.distance_transform_edt(~has_point) > gap_px
        np.testing.assert_array_equal(grid.beyond_gap(has_point, gap_px), far)


@pytest.mark.parametrize(("bounds", "pixel_m"), [((5, 0, 5, 1), 1), ((0, 0, 1, 1), 0)])
def test_impossible_extents_are_refused(bounds, pixel_m):
    with pytest.raises(InputError, match="expected"):
        grid.grid_over(bounds, pixel_m)


def test_grid_transform_is_north_up():
    transform, _ = grid.grid_over((0, 0, 10, 10), 5)
    assert transform == Affine(5, 0, 0, 0, -5, 10)
