"""The one interface of every fill: shapes, bad input, the same answer whatever the threads."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.grid import grid_over, rasterise
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import SHARED_KEYS, Covariance, FillSettings
from groundmotion.names import FILLS

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = FillSettings.from_config(CONFIG["fills"])
COVARIANCE = Covariance(nugget=0.9, a=1.0, b_per_km=1.2, pixel_m=10.0)
FILLING = [name for name in FILLS if name != "none"]


def filler(name: str, threads: int = 1) -> Filler:
    return Filler(name, SETTINGS, COVARIANCE, threads=threads)


def sparse_map(shape: tuple[int, int], density: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    row, col = np.indices(shape) / 40
    values = np.sin(row) + np.cos(1.7 * col) + rng.normal(0, 0.5, shape)
    return np.where(rng.random(shape) < density, values, np.nan).astype(np.float32)


@pytest.mark.parametrize("name", FILLING)
def test_every_pixel_is_filled_and_a_batch_is_its_maps(name: str) -> None:
    batch = np.stack([sparse_map((35, 41), 0.1, seed) for seed in (1, 2, 3)])
    filled = filler(name)(batch)
    assert filled.shape == batch.shape
    assert filled.dtype == np.float32
    assert np.isfinite(filled).all()
    for alone, together in zip(batch, filled, strict=True):
        np.testing.assert_array_equal(filler(name)(alone), together)


@pytest.mark.parametrize("name", FILLING)
def test_the_same_bytes_on_one_thread_and_on_three(name: str) -> None:
    slow = {"matrix_completion_reference": (16, 20), "kriging": (130, 110)}
    shape = slow.get(name, (520, 450))
    batch = np.stack([sparse_map(shape, 0.03, seed) for seed in (1, 2)])
    for maps in (batch, batch[0]):
        one, three = (filler(name, threads)(maps) for threads in (1, 3))
        assert one.tobytes() == three.tobytes()


@pytest.mark.parametrize("name", FILLING)
def test_a_constant_stays_and_values_scale_and_shift(name: str) -> None:
    values = sparse_map((40, 50), 0.2, 5)
    np.testing.assert_allclose(filler(name)(values * 0 + 3), 3, atol=2e-3)
    if name != "matrix_completion_reference":  # its threshold is not linear
        filled = filler(name)(values)
        np.testing.assert_allclose(filler(name)(2 * values - 7), 2 * filled - 7, atol=0.01)


@pytest.mark.parametrize("name", FILLING)
def test_one_point_fills_the_map_with_its_value(name: str) -> None:
    values = np.full((20, 33), np.nan)
    values[4, 30] = -2.5
    np.testing.assert_allclose(filler(name)(values), -2.5, atol=5e-3)


@pytest.mark.parametrize("name", FILLING)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2), (7, 7)])
def test_maps_smaller_than_the_filter_are_filled(name: str, shape: tuple[int, int]) -> None:
    values = np.full(shape, np.nan)
    values[0, 0] = 1.0
    values[-1, -1] = 1.0
    np.testing.assert_allclose(filler(name)(values), 1, atol=2e-3)


@pytest.mark.parametrize("name", FILLING)
def test_points_in_a_line_are_filled(name: str) -> None:
    for place in (np.s_[10, 3:30:2], np.s_[3:30:2, 10]):
        values = np.full((40, 40), np.nan)
        values[place] = np.linspace(0, 1, 14)
        filled = filler(name)(values)
        assert np.isfinite(filled).all()
        assert -0.2 <= filled.min() <= filled.max() <= 1.2
    diagonal = np.full((40, 40), np.nan)
    np.fill_diagonal(diagonal, 2.0)
    np.testing.assert_allclose(filler(name)(diagonal), 2, atol=5e-3)


@pytest.mark.parametrize("name", [*FILLS, "kriging_std"])
def test_bad_maps_are_refused_by_name_and_place(name: str) -> None:
    run = filler("kriging").std if name == "kriging_std" else filler(name)
    values = sparse_map((20, 20), 0.2, 1)
    empty = np.full_like(values, np.nan)
    with pytest.raises(InputError, match="map 0 of 1 has no point"):
        run(empty)
    with pytest.raises(InputError, match="map 1 of 2 has no point"):
        run(np.stack([values, empty]))
    for infinite in (np.inf, -np.inf):
        values[7, 11] = infinite
        with pytest.raises(InputError, match=rf"holds {infinite} at row 7, col 11"):
            run(values)
    with pytest.raises(InputError, match=r"\(rows, cols\).*got shape \(400,\)"):
        run(values.ravel())


@pytest.mark.parametrize("name", FILLING)
def test_duplicate_points_count_as_their_mean(name: str) -> None:
    transform, shape = grid_over((0, 0, 300, 240), 10)
    rng = np.random.default_rng(7)
    east, north, velocity = rng.uniform([0, 0, -2], [300, 240, 2], (60, 3)).T
    # every point twice at the very same place, by as much above the first as below
    apart = rng.uniform(0, 1, 60)
    twice = (np.tile(part, 2) for part in (east, north))
    doubled, counts = rasterise(*twice, np.r_[velocity - apart, velocity + apart], transform, shape)
    single, _ = rasterise(east, north, velocity, transform, shape)
    assert counts.max() >= 2
    filled = filler(name)(doubled)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled, filler(name)(single), atol=1e-3)


def test_the_standard_deviation_of_few_points_in_any_place() -> None:
    """One point, points in a line, and maps of a few pixels: finite, least at the points."""
    sill = 1.0 + 0.9
    maps = [np.full(shape, np.nan) for shape in [(20, 33), (40, 40), (40, 40), (1, 1), (1, 9)]]
    maps[0][4, 30] = -2.5
    maps[1][10, 3:30:2] = 1.0
    np.fill_diagonal(maps[2], 2.0)
    for small in maps[3:]:
        small[0, 0] = small[-1, -1] = 1.0
    for values in maps:
        filled, std = filler("kriging")(values), filler("kriging").std(values)
        at_points = ~np.isnan(values)
        assert np.isfinite(filled).all()
        assert (std > 0).all()
        assert std.max() < 2 * np.sqrt(sill)
        assert std[at_points].min() <= std.min()


def test_none_leaves_the_map_as_it_is() -> None:
    values = sparse_map((20, 20), 0.2, 1)
    np.testing.assert_array_equal(filler("none")(values), values)


def test_the_input_is_not_changed() -> None:
    values = sparse_map((40, 40), 0.2, 1)
    before = values.copy()
    for name in FILLS:
        filler(name)(values)
    filler("kriging").std(values)
    np.testing.assert_array_equal(values, before)


def test_unknown_names_and_a_missing_covariance_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown fill 'spline'.*kriging"):
        filler("spline")
    with pytest.raises(InputError, match="kriging needs a covariance"):
        Filler("kriging", SETTINGS)
    with pytest.raises(InputError, match="kriging needs a covariance"):
        replace(filler("kriging"), covariance=None)


@pytest.mark.parametrize("name", [name for name, fill in FILLS.items() if not fill.error_function])
def test_a_fill_that_states_no_error_says_which_does(name: str) -> None:
    with pytest.raises(InputError, match=f"fill {name} does not state its error; .*kriging"):
        filler(name).std(sparse_map((20, 20), 0.2, 1))


#: Keys that must be positive; those that may be zero; and what else is impossible.
POSITIVE = {
    "delaunay": ["max_edge_px"],
    "matrix_completion": [
        "p", "initial_alpha_factor", "step_factor", "tolerance", "max_inner_iterations", "cooling",
        "sigma_px", "accuracy_mm_yr",
    ],
    "matrix_completion_bregman": ["rounds"],
    "normalised_convolution": ["sigma_px"],
    "multiscale_convolution": ["prior_points"],
    "kriging": ["tolerance", "max_iterations", "error_cell"],
}  # fmt: skip
NOT_NEGATIVE = [("matrix_completion", "residual_stop"), ("kriging", "max_dense_points")]
IMPOSSIBLE = [
    *(
        (method, key, value)
        for method, keys in POSITIVE.items()
        for key in keys
        for value in (0, -1.0)
    ),
    *((method, key, -1) for method, key in NOT_NEGATIVE),
    ("matrix_completion", "p", 1.1),
    ("matrix_completion", "cooling", 1.0),
    ("matrix_completion", "step_factor", 0.5),
    ("matrix_completion", "step_factor", 1.0),
    ("matrix_completion", "tolerance", 1.0),
    ("matrix_completion", "loss", "frobenius"),
    ("matrix_completion", "accuracy_mm_yr", float("nan")),
    ("matrix_completion", "sigma_px", float("inf")),
    ("multiscale_convolution", "sigmas_px", [4.0, 2.0]),
    ("multiscale_convolution", "sigmas_px", [0.0, 2.0]),
    ("multiscale_convolution", "sigmas_px", []),
    ("kriging", "tolerance", 1.0),
    ("kriging", "trend", "cubic"),
    ("kriging", "error_cell", 1.5),
]


@pytest.mark.parametrize(("method", "key", "value"), IMPOSSIBLE)
def test_impossible_settings_are_refused_by_key(method: str, key: str, value: object) -> None:
    section = {**CONFIG["fills"]}
    section[method] = {**section[method], key: value}
    with pytest.raises(InputError, match=f"{method}.{key}"):
        FillSettings.from_config(section)


#: What no number is, and what a count is not.
NO_NUMBERS = [
    ("delaunay", "max_edge_px", "far"),
    ("delaunay", "max_edge_px", [3.0]),
    ("matrix_completion", "tolerance", "1e-4"),  # YAML reads a number only where it has a point
    ("matrix_completion", "p", True),
    ("matrix_completion", "max_inner_iterations", 200.5),
    ("matrix_completion_bregman", "rounds", 12.0),
    ("multiscale_convolution", "sigmas_px", 2.0),
    ("multiscale_convolution", "sigmas_px", [2.0, "4"]),
    ("kriging", "max_iterations", None),
    ("kriging", "max_dense_points", True),
]


@pytest.mark.parametrize(("method", "key", "value"), NO_NUMBERS)
def test_what_is_no_number_is_refused_by_key(method: str, key: str, value: object) -> None:
    section = {**CONFIG["fills"]}
    section[method] = {**section[method], key: value}
    with pytest.raises(InputError, match=rf"{method}\.{key} must be a (whole |list of )?number"):
        FillSettings.from_config(section)


def test_every_number_of_the_configuration_is_among_them() -> None:
    tried = {(method, key) for method, key, _ in IMPOSSIBLE}
    sections = {name: keys for name, keys in CONFIG["fills"].items() if name not in SHARED_KEYS}
    assert tried == {(name, key) for name, keys in sections.items() for key in keys}
    assert set(sections) == {field.name for field in fields(FillSettings)}


@pytest.mark.parametrize("key", ["nugget", "a", "b_per_km", "pixel_m"])
def test_impossible_covariances_are_refused(key: str) -> None:
    good = {"nugget": 1.0, "a": 1.0, "b_per_km": 1.0, "pixel_m": 10.0}
    for value in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InputError, match=f"covariance.{key}"):
            Covariance(**{**good, key: value})


def test_missing_and_unknown_keys_are_named() -> None:
    section = {**CONFIG["fills"], "delaunay": {"max_edge_m": 3.0}}
    with pytest.raises(InputError, match=r"fills.delaunay.*max_edge_m"):
        FillSettings.from_config(section)
    with pytest.raises(InputError, match=r"fills.delaunay: missing 1 .*'max_edge_px'"):
        FillSettings.from_config({**CONFIG["fills"], "delaunay": {}})
    with pytest.raises(InputError, match=r"fills: unknown key spline; known are delaunay, .*tile"):
        FillSettings.from_config({**CONFIG["fills"], "spline": {}})
    missing = {name: keys for name, keys in CONFIG["fills"].items() if name != "kriging"}
    with pytest.raises(InputError, match=r"fills.kriging: missing \d .*'trend'"):
        FillSettings.from_config(missing)


def test_the_standard_deviation_of_a_batch_is_that_of_its_maps_on_any_threads() -> None:
    batch = np.stack([sparse_map((30, 40), 0.1, seed) for seed in (1, 2)])
    std = filler("kriging").std(batch)
    assert (std.shape, std.dtype) == (batch.shape, np.float32)
    assert (std > 0).all()
    for alone, together in zip(batch, std, strict=True):
        np.testing.assert_array_equal(filler("kriging").std(alone), together)
    np.testing.assert_array_equal(filler("kriging", 3).std(batch), std)
