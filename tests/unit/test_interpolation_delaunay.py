"""Delaunay: exact triangulation of grids, SciPy's values where there is but one triangulation."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import ConvexHull

from groundmotion.errors import InputError
from groundmotion.interpolation.delaunay import delaunay, interpolate, nearest
from groundmotion.interpolation.median import nan_median_3x3
from groundmotion.interpolation.settings import DelaunaySettings
from groundmotion.interpolation.triangulation import LARGEST_PX, triangulate

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = DelaunaySettings(**CONFIG["fills"]["delaunay"])


def doubled_area(points: NDArray[np.int64], corners: NDArray[np.int32]) -> NDArray[np.int64]:
    a, b, c = (points[corners[:, k]] for k in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0], dtype=np.int64)


def holds_a_point(points: NDArray[np.int64], corners: NDArray[np.int32]) -> bool:
    """Whether any circle through three corners has a point inside, in exact fractions."""
    for triangle in corners:
        (ar, ac), (br, bc), (cr, cc) = ((int(r), int(c)) for r, c in points[triangle])
        d = 2 * (ar * (bc - cc) + br * (cc - ac) + cr * (ac - bc))
        a2, b2, c2 = ar * ar + ac * ac, br * br + bc * bc, cr * cr + cc * cc
        row = Fraction(a2 * (bc - cc) + b2 * (cc - ac) + c2 * (ac - bc), d)
        col = Fraction(a2 * (cr - br) + b2 * (ar - cr) + c2 * (br - ar), d)
        radius = (ar - row) ** 2 + (ac - col) ** 2
        if any((int(r) - row) ** 2 + (int(c) - col) ** 2 < radius for r, c in points):
            return True
    return False


@pytest.mark.parametrize(("count", "size"), [(3, 3), (4, 3), (6, 4), (12, 5), (40, 12)])
def test_circles_are_empty_and_triangles_cover_the_hull(count: int, size: int) -> None:
    for seed in range(25):
        rng = np.random.default_rng(seed)
        cells = rng.choice(size * size, count, replace=False)
        points = np.stack([cells // size, cells % size], axis=1)
        corners = triangulate(points[:, 0], points[:, 1])
        if np.linalg.matrix_rank(points - points[0]) < 2:
            assert corners.shape == (0, 3)
            continue
        area = doubled_area(points, corners)
        assert (area > 0).all()
        assert area.sum() == round(2 * ConvexHull(points).volume)
        assert set(corners.ravel().tolist()) == set(range(count))
        assert not holds_a_point(points, corners)


def test_a_full_grid_is_all_squares_on_circles() -> None:
    row, col = (part.ravel() for part in np.indices((40, 31)))
    corners = triangulate(row, col)
    np.testing.assert_array_equal(doubled_area(np.stack([row, col], axis=1), corners), 1)
    assert len(corners) == 2 * 39 * 30


def test_equals_scipy_where_no_four_points_lie_on_a_circle() -> None:
    rng = np.random.default_rng(3)
    # one point per row and column, far apart: hardly any four on a circle
    values = np.full((400, 700), np.nan, np.float32)
    values[rng.permutation(400)[:60], rng.permutation(700)[:60]] = rng.normal(size=60)
    known = ~np.isnan(values)
    expected = LinearNDInterpolator(np.argwhere(known), values[known])(*np.indices(values.shape))
    inside = ~np.isnan(expected)
    filled = interpolate(values[None], SETTINGS, 1)[0]
    np.testing.assert_allclose(filled[inside], expected[inside], atol=1e-5)
    np.testing.assert_array_equal(filled[~inside], nearest(values)[~inside])
    np.testing.assert_array_equal(filled[known], values[known])


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_a_plane_is_reproduced_inside_of_the_hull(density: float) -> None:
    rng = np.random.default_rng(4)
    row, col = np.indices((80, 90))
    plane = (0.3 * row - 0.7 * col + 5).astype(np.float32)
    sparse = np.where(rng.random(plane.shape) < density, plane, np.nan).astype(np.float32)
    for place in itertools.product((0, -1), (0, -1)):
        sparse[place] = plane[place]
    np.testing.assert_allclose(interpolate(sparse[None], SETTINGS, 1)[0], plane, atol=1e-4)


def test_the_median_comes_first() -> None:
    rng = np.random.default_rng(5)
    sparse = np.where(rng.random((1, 30, 30)) < 0.5, rng.normal(size=(1, 30, 30)), np.nan)
    sparse = sparse.astype(np.float32)
    np.testing.assert_array_equal(
        delaunay(sparse, SETTINGS, 1), interpolate(nan_median_3x3(sparse), SETTINGS, 1)
    )


def test_nearest_takes_the_nearest_of_all_points() -> None:
    for seed, shape in enumerate([(23, 31), (1, 40), (40, 1), (9, 80)]):
        rng = np.random.default_rng(seed)
        values = np.full(shape, np.nan, np.float32)
        points = rng.choice(values.size, 7, replace=False)
        values.ravel()[points] = np.arange(7)
        row, col = np.indices(shape)
        place = np.stack(np.unravel_index(points, shape))
        squared = (row[..., None] - place[0]) ** 2 + (col[..., None] - place[1]) ** 2
        chosen = np.take_along_axis(squared, nearest(values).astype(int)[..., None], -1)[..., 0]
        np.testing.assert_array_equal(chosen, squared.min(axis=-1))


def test_long_edges_are_not_interpolated_across() -> None:
    values = np.full((41, 60), np.nan, np.float32)
    values[::10, :11:10] = 0
    values[::10, 50::9] = 10
    filled = interpolate(values[None], DelaunaySettings(max_edge_px=15.0), 1)[0]
    assert set(np.unique(filled)) == {0, 10}
    assert (filled[:, 31:] == 10).all()
    assert (filled[:, :30] == 0).all()
    everywhere = interpolate(values[None], SETTINGS, 1)[0]
    np.testing.assert_allclose(everywhere[20, 10:51], np.linspace(0, 10, 41), atol=1e-5)


def test_too_large_a_map_is_refused() -> None:
    values = np.zeros((1, 1, LARGEST_PX + 1), np.float32)
    with pytest.raises(InputError, match="tile by tile"):
        interpolate(values, SETTINGS, 1)
