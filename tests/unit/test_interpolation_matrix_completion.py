"""Algorithm 1: as printed, its fixed point, and how far the two can be apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.errors import InputError
from groundmotion.interpolation.cosines import CosineBand, MirroredFilter
from groundmotion.interpolation.delaunay import delaunay
from groundmotion.interpolation.diffusion import Diffusion, gaussian, kernel
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.matrix_completion import (
    algorithm_1,
    matrix_completion_bounds,
    matrix_completion_bregman,
)
from groundmotion.interpolation.settings import BregmanSettings, FillSettings

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = FillSettings.from_config(CONFIG["fills"])
MATRIX = SETTINGS.matrix_completion
FILL = Filler("matrix_completion", SETTINGS)


def clustered(shape: tuple[int, int], density: float, seed: int) -> NDArray[np.float32]:
    """Bowls, waves and spikes at clustered points."""
    rng = np.random.default_rng(seed)
    settled = np.exp(1.2 * _unit(ndimage.gaussian_filter(rng.normal(size=shape), 8, mode="wrap")))
    row, col = np.indices(shape)
    values = _unit(ndimage.gaussian_filter(rng.normal(size=shape), 25, mode="wrap"))
    for _ in range(2):
        centre = rng.uniform(0, shape[0], 2)
        values -= rng.uniform(3, 12) * np.exp(
            -((row - centre[0]) ** 2 + (col - centre[1]) ** 2) / (2 * rng.uniform(6, 20) ** 2)
        )
    values += rng.normal(0, 0.9, shape)
    share = np.minimum(settled * density / settled.mean(), 0.9)
    return np.where(rng.random(shape) < share, values, np.nan).astype(np.float32)


def _unit(field: NDArray[np.float64]) -> NDArray[np.float64]:
    return field / field.std()


def printed(values: NDArray[np.float32], **changes: object) -> tuple[NDArray[np.float64], int]:
    start = delaunay(values[None], SETTINGS.delaunay, 1)[0]
    x, iterations = algorithm_1(values, start, replace(MATRIX, **changes))
    return x, sum(iterations)


@pytest.mark.parametrize(
    ("density", "seed", "maximum", "rms"),
    [
        (0.01, 2, 0.1, 0.03),
        (0.03, 1, 0.05, 0.01),
        (0.05, 1, 0.02, 0.005),
        (0.25, 1, 0.005, 0.001),
    ],
)
def test_the_fast_form_stays_near_the_printed(
    density: float, seed: int, maximum: float, rms: float
) -> None:
    values = clustered((96, 96), density, seed)
    difference = FILL(values) - printed(values)[0]
    assert np.abs(difference).max() < maximum
    assert np.sqrt((difference**2).mean()) < rms


def test_the_fast_form_solves_the_linear_system() -> None:
    """A dense solve of (I − G(I − M/λ)) x = G Mᵀy/λ, G from the filter of unit pixels."""
    values = clustered((26, 31), 0.05, 3)
    mask = ~np.isnan(values)
    unit = np.eye(values.size).reshape(-1, *values.shape)
    matrix = gaussian(unit, MATRIX.sigma_px).reshape(values.size, values.size).T
    pull = mask.ravel() / MATRIX.step_factor
    left = np.eye(values.size) - matrix * (1 - pull)
    expected = np.linalg.solve(left, matrix @ (pull * np.where(mask, values, 0).ravel()))
    accurate = replace(SETTINGS, matrix_completion=replace(MATRIX, accuracy_mm_yr=1e-5))
    filled = replace(FILL, settings=accurate)(values)
    np.testing.assert_allclose(filled.ravel(), expected, atol=1e-3)


def test_transforms_of_large_maps_solve_the_same() -> None:
    small = clustered((200, 90), 0.05, 4)
    # a map mirrored at its borders has the mirrored solution; 800 pixels take the other transform
    large = np.concatenate([small, small[::-1], small, small[::-1]])
    filled = FILL(large)
    np.testing.assert_allclose(filled[:200], FILL(small), atol=0.01)


@pytest.mark.parametrize("density", [0.02, 0.1, 0.4])
def test_the_bounds_hold(density: float) -> None:
    values = clustered((60, 66), density, 5)
    loose = replace(MATRIX, accuracy_mm_yr=0.05)
    exact = Diffusion(values.shape, replace(MATRIX, accuracy_mm_yr=1e-6), 1).fill(values)[0]
    diffusion = Diffusion(values.shape, loose, 1)
    filled, iterations = diffusion.fill(values)
    bounds = diffusion.bounds(values, filled)
    assert iterations > 1
    assert np.abs(filled - exact).max() <= bounds.solver_mm_yr < 20
    whole = replace(SETTINGS, matrix_completion=loose)
    assert matrix_completion_bounds(values, filled, whole) == bounds
    # with the SVD at its last threshold, iterated until nothing moves any more
    x = exact.astype(np.float64)
    mask = ~np.isnan(values)
    y = np.where(mask, values, 0).astype(np.float64)
    first = MATRIX.initial_alpha_factor * np.abs(y).max()
    alpha = first
    while alpha * MATRIX.cooling > MATRIX.tolerance * first:
        alpha *= MATRIX.cooling
    for _ in range(400):
        x = x + mask * (y - x) / MATRIX.step_factor
        left, s, right = np.linalg.svd(x, full_matrices=False)
        s = np.maximum(s - alpha / (2 * MATRIX.step_factor) * s ** (MATRIX.p - 1), 0)
        x = gaussian((left * s) @ right, MATRIX.sigma_px)
    assert np.abs(x - exact).max() <= bounds.threshold_mm_yr < 1


def test_the_life_is_that_of_a_walker() -> None:
    """With a point in every pixel the walker dies with probability 1/λ at each step: λ steps."""
    values = np.ones((40, 50), np.float32)
    diffusion = Diffusion(values.shape, MATRIX, 1)
    bounds = diffusion.bounds(values, values)
    assert bounds.life_steps == pytest.approx(MATRIX.step_factor, rel=0.01)
    near = np.zeros((200, 200), dtype=bool)
    near[:, :50] = True
    sparse = np.where(near, np.float32(1), np.nan)
    wide = Diffusion(sparse.shape, MATRIX, 1)
    there = wide.bounds(sparse, np.ones_like(sparse), within=near).life_steps
    assert there < 0.5 * wide.bounds(sparse, np.ones_like(sparse)).life_steps


@pytest.mark.parametrize("shape", [(40, 90), (600, 40), (7, 5)])
def test_filter_and_band_are_scipys_gaussian(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(6).normal(size=shape).astype(np.float32)
    expected = ndimage.gaussian_filter(values.astype(float), 5.0, mode="reflect")
    np.testing.assert_allclose(
        MirroredFilter(shape, kernel(5.0), 1).apply(values), expected, atol=2e-6
    )
    band = CosineBand(shape, kernel(5.0), 1e-3, 1)
    filtered = band.synthesise(band.response.astype(np.float32) * band.project(values))
    np.testing.assert_allclose(filtered, expected, atol=1e-3)


def test_dense_points_are_only_smoothed_and_sparse_ones_flatten_a_bowl() -> None:
    """What is left is a smoother of length σ·sqrt(λ/2ρ): few points, wide smoothing."""
    row, col = np.indices((120, 120)) - 60
    bowl = -10 * np.exp(-(row**2 + col**2) / (2 * 15.0**2))
    rng = np.random.default_rng(7)
    depth = []
    for density in (0.01, 0.05, 0.3, 1.0):
        sparse = np.where(rng.random(bowl.shape) < density, bowl, np.nan)
        depth.append(float(FILL(sparse)[60, 60]))
    assert depth == sorted(depth, reverse=True)
    assert depth[0] > -7
    assert depth[-1] < -8.5


def test_what_each_reading_of_a_symbol_changes() -> None:
    values = clustered((48, 48), 0.08, 8)
    x, steps = printed(values)
    entrywise, steps_entrywise = printed(values, loss="entrywise")
    stopped, steps_stopped = printed(values, residual_stop=1e-6)
    assert steps_entrywise != steps
    assert np.abs(entrywise - x).max() < 0.05
    # the residual never falls so low: spikes remain
    np.testing.assert_array_equal(stopped, x)
    assert steps_stopped == steps
    # a residual that every step meets leaves one step per α
    assert printed(values, residual_stop=1e9)[1] == 88


@pytest.mark.parametrize(
    ("density", "seed", "maximum"), [(0.05, 11, 0.01), (0.1, 12, 0.005), (0.25, 13, 0.002)]
)
def test_the_norm_in_the_loss_changes_the_steps_and_hardly_the_map(
    density: float, seed: int, maximum: float
) -> None:
    values = clustered((48, 48), density, seed)
    (nuclear, steps), (entrywise, other_steps) = (
        printed(values, loss=loss) for loss in ("nuclear", "entrywise")
    )
    assert steps != other_steps or density == 0.25  # many points: the residual decides alone
    assert np.abs(nuclear - entrywise).max() < maximum


def test_the_residual_stop_of_the_original_needs_a_map_that_nothing_smooths() -> None:
    """At 1e-6 it changes nothing as printed, not even without noise: the filter lowers every bowl
    and the last threshold every value. It acts where neither is left: a constant, cooled longer.
    """
    row, col = np.indices((48, 48)) - 24
    sampled = np.random.default_rng(14).random(row.shape) < 0.98
    bowl = np.where(sampled, 5 * np.exp(-(row**2 + col**2) / 800), np.nan).astype(np.float32)
    for sigma_px, lowest, highest in ((MATRIX.sigma_px, 1.0, 50.0), (0.1, 1e-5, 1e-3)):
        x, steps = printed(bowl, sigma_px=sigma_px)
        assert lowest < np.linalg.norm((bowl - x)[sampled]) < highest
        stopped, stopped_steps = printed(bowl, sigma_px=sigma_px, residual_stop=1e-6)
        assert stopped_steps == steps
        np.testing.assert_array_equal(stopped, x)
    constant = np.where(sampled, np.float32(2), np.nan)
    x, steps = printed(constant, tolerance=1e-6)
    stopped, stopped_steps = printed(constant, tolerance=1e-6, residual_stop=1e-6)
    assert stopped_steps < steps
    np.testing.assert_allclose(stopped, x, atol=1e-6)


def test_algorithm_1_line_by_line() -> None:
    """One outer and one inner step against the printed lines."""
    values = clustered((20, 24), 0.2, 9)
    mask = ~np.isnan(values)
    y = np.where(mask, values, 0).astype(float)
    start = delaunay(values[None], SETTINGS.delaunay, 1)[0].astype(float)
    alpha = 0.9 * np.abs(y).max()
    x = start + mask * (y - start) / 1.1
    u, s, v = np.linalg.svd(x, full_matrices=False)
    shrunk = np.sign(s) * np.maximum(0, np.abs(s) - alpha / (2 * 1.1) * np.abs(s) ** (0.8 - 1))
    expected = ndimage.gaussian_filter((u * shrunk) @ v, 5.0)
    one = replace(MATRIX, max_inner_iterations=1, tolerance=0.95)
    x, iterations = algorithm_1(values, start, one)
    assert iterations == [1]
    np.testing.assert_allclose(x, expected, atol=1e-9)


def test_giving_up_says_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundmotion.interpolation.diffusion._MAX_ITERATIONS", 2)
    with pytest.raises(InputError, match=r"raise matrix_completion.accuracy_mm_yr"):
        FILL(clustered((40, 40), 0.1, 10))


def bregman(values: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
    return matrix_completion_bregman(values[None], MATRIX, BregmanSettings(rounds), 1)[0]


def test_bregmans_rounds_are_those_that_add_the_residual_to_the_data() -> None:
    values = clustered((60, 70), 0.1, 3)
    np.testing.assert_array_equal(bregman(values, 1), FILL(values))
    data, filled = values, np.zeros_like(values)
    for _ in range(5):  # as Osher et al. (2005) have it: y ← y + (observed − x), x ← F(y)
        filled = FILL(data)
        data = data + (values - filled)
    np.testing.assert_allclose(bregman(values, 5), filled, atol=0.02)


def test_bregmans_rounds_fit_the_points_better_and_better_and_give_the_bowl_back() -> None:
    row, col = np.indices((120, 120))
    bowl = -10 * np.exp(-((row - 60) ** 2 + (col - 60) ** 2) / (2 * 12**2))
    rng = np.random.default_rng(4)
    values = np.where(rng.random(bowl.shape) < 0.05, bowl, np.nan).astype(np.float32)
    maps = [bregman(values, rounds) for rounds in (1, 2, 4, 8, 16)]
    residuals = [np.nanstd(values - filled) for filled in maps]
    assert residuals == sorted(residuals, reverse=True)
    peaks = [filled[60, 60] for filled in maps]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > -6 > -9 > peaks[-1]
