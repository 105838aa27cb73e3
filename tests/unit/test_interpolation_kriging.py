"""Kriging: closed forms, another library, the dense solve against conjugate gradients."""

from dataclasses import replace
from pathlib import Path

import gstools
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.kriging_variance import block_variance
from groundmotion.interpolation.settings import Covariance, FillSettings, KrigingSettings
from groundmotion.interpolation.torus import Preconditioner, Torus, convolve
from groundmotion.noise.whitening import NestedTorus
from groundmotion.variogram.nested import NestedCovariance

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
COVARIANCE = Covariance(nugget=0.9, a=1.4, b_per_km=1.2, pixel_m=10.0)
SHORT = Covariance(nugget=0.4, a=1.0, b_per_km=6.0, pixel_m=10.0)
EVERYTHING = 10**9


def kriging(covariance: Covariance = COVARIANCE, **changes: object) -> Filler:
    whole = FillSettings.from_config(CONFIG["fills"])
    return Filler("kriging", replace(whole, kriging=replace(whole.kriging, **changes)), covariance)


def with_std(filler: Filler, values: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    return filler(values), filler.std(values)


def points(shape: tuple[int, int], density: float, seed: int) -> NDArray[np.float64]:
    """Clustered points of a smooth field with spikes."""
    rng = np.random.default_rng(seed)
    row, col = np.indices(shape) / 30
    share = density * (1 + np.sin(row + 1) * np.cos(col))
    values = 2 * np.sin(1.1 * row) + np.cos(0.7 * col + row) + rng.normal(0, 0.8, shape)
    return np.where(rng.random(shape) < share, values, np.nan)


def test_one_point_follows_the_covariance() -> None:
    values = np.full((30, 40), np.nan)
    values[12, 7] = 3.0
    filled, std = with_std(kriging(trend="none"), values)
    row, col = np.indices(values.shape)
    distance_km = np.hypot(row - 12, col - 7) * 0.01
    share = 1.4 * np.exp(-1.2 * distance_km) / (1.4 + 0.9)
    np.testing.assert_allclose(filled, 3 * share, atol=1e-5)
    np.testing.assert_allclose(std**2, 1.4 - share**2 * (1.4 + 0.9), atol=1e-5)


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_points_without_spikes_are_kriged_as_if_they_had_some(density: float) -> None:
    values = points((224, 224), density, 3)
    sure, solvable = (kriging(replace(COVARIANCE, nugget=v)) for v in (5e-5, 0.01 / 0.99 * 1.4))
    np.testing.assert_allclose(sure(values), solvable(values), atol=0.01)


def test_ordinary_kriging_equals_gstools() -> None:
    values = points((40, 50), 0.04, 1)
    known = ~np.isnan(values)
    place = np.argwhere(known) * 0.01
    model = gstools.Exponential(dim=2, var=1.4, len_scale=1 / 1.2, nugget=0.9)
    # the nugget is spikes, so that the field between them is wanted: exact=False
    other = gstools.krige.Ordinary(model, place.T, values[known], exact=False, cond_err="nugget")
    row, col = np.indices(values.shape) * 0.01
    expected, variance = other((row.ravel(), col.ravel()))
    filled, std = with_std(kriging(max_dense_points=EVERYTHING), values)
    np.testing.assert_allclose(filled.ravel(), expected, atol=1e-4)
    # GSTools adds the nugget of the pixel itself
    np.testing.assert_allclose(std.ravel() ** 2, variance - 0.9, atol=1e-4)


@pytest.mark.parametrize("trend", ["none", "constant", "plane"])
@pytest.mark.parametrize("covariance", [COVARIANCE, SHORT])
def test_the_iterative_solve_equals_the_dense(trend: str, covariance: Covariance) -> None:
    values = points((90, 120), 0.06, 2)
    quick = kriging(covariance, trend=trend, max_dense_points=0, error_cell=0.04)
    exact = kriging(covariance, trend=trend, max_dense_points=EVERYTHING)
    filled, std = with_std(quick, values)
    expected, expected_std = with_std(exact, values)
    difference = filled - expected
    assert np.abs(difference).max() < 0.03
    assert np.sqrt((difference**2).mean()) < 0.006
    ratio = std / expected_std
    assert np.sqrt(((ratio - 1) ** 2).mean()) < 0.03
    assert 0.95 < ratio.min() <= ratio.max() < 1.3


def test_wider_cells_state_the_error_more_coarsely() -> None:
    values = points((90, 120), 0.06, 2)
    exact = kriging(max_dense_points=EVERYTHING).std(values)
    apart = []
    for cell in (0.04, 0.08, 0.16):
        std = kriging(max_dense_points=0, error_cell=cell).std(values)
        apart.append(np.sqrt(((std / exact - 1) ** 2).mean()))
    assert apart == sorted(apart)
    assert apart[0] < 0.03
    assert apart[1] < 0.08  # as in config.yaml


@pytest.mark.parametrize("covariance", [COVARIANCE, SHORT])
def test_a_free_mean_in_one_solve_equals_the_dense(covariance: Covariance) -> None:
    values = points((90, 120), 0.06, 2) + 7  # without a free mean the gaps fall back to 0
    quick = kriging(covariance, max_dense_points=0)
    filled = quick(values)
    exact = kriging(covariance, max_dense_points=EVERYTHING)(values)
    difference = filled - exact
    assert np.abs(difference).max() < 0.03
    assert np.sqrt((difference**2).mean()) < 0.006
    np.testing.assert_allclose(quick(values + 300) - 300, filled, atol=2e-3)


def test_far_from_points_at_one_side_the_mean_is_told_as_by_the_dense_solve() -> None:
    values = points((90, 200), 0.3, 5) + 4
    values[:, 60:] = np.nan
    close = kriging(SHORT, max_dense_points=0, tolerance=1e-5)
    exact = kriging(SHORT, max_dense_points=EVERYTHING)
    np.testing.assert_allclose(close(values), exact(values), atol=2e-3)


def test_unbiased_for_its_trend() -> None:
    row, col = np.indices((60, 70)) / 20
    plane = 2 + row - 3 * col
    values = np.where(np.isnan(points((60, 70), 0.05, 3)), np.nan, plane)
    for dense in (0, EVERYTHING):
        filled = kriging(trend="plane", max_dense_points=dense)(values)
        np.testing.assert_allclose(filled, plane, atol=0.02)


def test_the_errors_have_the_standard_deviation_told() -> None:
    """Fields of the covariance itself: squared errors over variances average to 1."""
    rng = np.random.default_rng(4)
    place = np.argwhere(np.ones((32, 32)))
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    root = np.linalg.cholesky(SHORT.between(distance))
    told = []
    for _ in range(12):
        field = (root @ rng.normal(size=len(place))).reshape(32, 32)
        spikes = rng.normal(0, np.sqrt(SHORT.nugget), field.shape)
        values = np.where(rng.random(field.shape) < 0.1, field + spikes, np.nan)
        filled, std = with_std(kriging(SHORT, trend="none"), values)
        told.append(((filled - field) ** 2 / std**2).mean())
    assert np.mean(told) == pytest.approx(1, abs=0.15)


def test_the_torus_is_its_own_adjoint_and_squares_to_the_covariance() -> None:
    rng = np.random.default_rng(5)
    torus = Torus((33, 40), SHORT, 1)
    values = rng.normal(size=(33, 40)).astype(np.float32)
    u = torus.project(rng.normal(size=(33, 40)).astype(np.float32))
    image = torus.project(values)
    inner = (u.real * image.real + u.imag * image.imag).sum()
    assert (torus.synthesise(u) * values).sum() == pytest.approx(inner, rel=1e-4)
    place = np.zeros((33, 40))
    place[10, 20] = 1
    row, col = np.indices(place.shape)
    expected = SHORT.between(np.hypot(row - 10, col - 20))
    np.testing.assert_allclose(convolve(place, SHORT, 1), expected, atol=1e-12)
    banded = torus.synthesise(torus.project(place.astype(np.float32)))
    far = np.hypot(row - 10, col - 20) > 3  # the band cannot hold the tip
    np.testing.assert_allclose(banded[far], expected[far], atol=0.02)


def test_the_variance_by_blocks_without_and_with_points() -> None:
    empty = np.zeros((70, 50), dtype=bool)
    np.testing.assert_array_equal(block_variance(empty, COVARIANCE, 0.04, 1), np.float32(1.4))
    full = block_variance(~empty, COVARIANCE, 0.04, 1)
    assert 0 < full.min() <= full.max() < 0.1 * 1.4
    half = empty.copy()
    half[:, :25] = True
    variance = block_variance(half, COVARIANCE, 0.04, 2)
    assert (np.diff(variance[:, 27:], axis=1) >= -1e-4).all()
    np.testing.assert_array_equal(variance, block_variance(half, COVARIANCE, 0.04, 1))


def test_giving_up_says_what_to_change() -> None:
    values = points((90, 90), 0.1, 6)
    hopeless = kriging(max_dense_points=0, max_iterations=2, tolerance=1e-6)
    with pytest.raises(InputError, match=r"raise kriging.max_iterations"):
        hopeless(values)


def test_settings_are_those_of_the_configuration() -> None:
    assert kriging().settings.kriging == KrigingSettings(**CONFIG["fills"]["kriging"])


def test_a_preconditioner_knows_all_weights_of_a_small_torus() -> None:
    weights = np.random.default_rng(1).random((5, 6)).astype(np.float32)
    torus = NestedTorus((5, 6), 1000.0, NestedCovariance(0.0, (4000.0,), (1.0,)))
    down, across = (x.ravel() for x in np.meshgrid(torus.k, [*torus.l, *-torus.l[1:-1]]))
    matrix = Preconditioner._coupled(torus, weights, (down, across), np.ones(down.size))
    whole = np.fft.fft2(weights, torus.size) / np.prod(torus.size)
    rows, cols = (
        (f[:, None] - f[None, :]) % n for f, n in zip((down, across), torus.size, strict=True)
    )
    assert matrix == pytest.approx(whole[rows, cols] + np.eye(down.size), abs=1e-5)
