"""How densely points lie."""

import numpy as np
import pytest

from groundmotion.points.sampling import density, posting_m


def _raster(step_m, side_m=4000.0):
    row, col = np.mgrid[0:side_m:step_m, 0:side_m:step_m] + 5.0
    return col.ravel(), row.ravel()


@pytest.mark.parametrize("step_m", [20.0, 100.0, 800.0])
def test_the_posting_of_a_raster_is_its_step(step_m):
    assert posting_m(*_raster(step_m)) == pytest.approx(step_m)


def test_the_posting_of_points_at_random_is_that_of_a_poisson_process():
    rng = np.random.default_rng(1)
    places = rng.uniform(0, 10_000, (2, 20_000))
    # the distance r to the next has P(> r) = exp(−π r² n / area)
    assert posting_m(*places) == pytest.approx(np.sqrt(np.log(2) * 1e8 / 2e4 / np.pi), rel=0.03)


def test_points_at_one_place_count_once():
    east, north = _raster(100.0)
    assert posting_m(np.repeat(east, 3), np.repeat(north, 3)) == pytest.approx(100.0)
    assert density(np.repeat(east, 3), np.repeat(north, 3), 10.0) == density(east, north, 10.0)


@pytest.mark.parametrize("count", [0, 1])
def test_one_point_has_no_posting(count):
    assert np.isnan(posting_m(np.zeros(count), np.zeros(count)))


@pytest.mark.parametrize(("step_m", "pixel_m"), [(100.0, 10.0), (20.0, 10.0), (20.0, 5.0)])
def test_the_density_of_a_raster_is_a_cell_in_so_many(step_m, pixel_m):
    assert density(*_raster(step_m), pixel_m) == pytest.approx((pixel_m / step_m) ** 2)


def test_the_sea_does_not_make_land_sparse():
    east, north = _raster(100.0)
    far = east[:1] + 50_000.0, north[:1]
    joined = (np.append(east, far[0]), np.append(north, far[1]))
    assert density(*joined, 10.0) == pytest.approx(0.01, rel=0.07)
