"""Variograms against a slow loop, scikit-gstat, GSTools, closed forms and real EGMS points."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groundmotion.errors import InputError
from groundmotion.grid import grid_over, rasterise
from groundmotion.noise.model import CorrelatedField
from groundmotion.variogram.intervals import VariogramSettings, block_intervals
from groundmotion.variogram.model import exponential_covariance, fit_variogram, model_variogram
from groundmotion.variogram.pairs import EmpiricalVariogram, empirical_variogram
from groundmotion.variogram.preparation import remove_plane, usable_lag_km, without_outliers


@pytest.fixture(scope="module")
def sparse_map():
    rng = np.random.default_rng(3)
    values = rng.normal(3.0, 1.0, (34, 27)) + 0.1 * np.arange(27)
    values[rng.random(values.shape) < 0.7] = np.nan
    return values


def slow_variogram(values, pixel_m, edges_km):
    row, col = np.nonzero(np.isfinite(values))
    v = values[row, col]
    sums = np.zeros((3, len(edges_km) - 1))
    for i in range(len(v)):
        for j in range(i):
            lag = np.hypot(row[i] - row[j], col[i] - col[j]) * pixel_m / 1000 + 1e-10
            k = np.searchsorted(edges_km, lag, side="right") - 1
            if k < sums.shape[1]:
                sums[:, k] += 1, lag, (v[i] - v[j]) ** 2 / 2
    return sums


def test_empirical_variogram_equals_a_loop_over_pairs(sparse_map):
    found = empirical_variogram(sparse_map, 20.0, 0.42, 0.03)
    pairs, lag, half = slow_variogram(sparse_map, 20.0, np.arange(15) * 0.03)
    kept = pairs > 0
    assert found.n_pairs.tolist() == pairs[kept].astype(int).tolist()
    assert found.lag_km == pytest.approx((lag / np.maximum(pairs, 1))[kept])
    assert found.gamma_mm2_yr2 == pytest.approx((half / np.maximum(pairs, 1))[kept])


def test_cutting_a_large_map_up_changes_nothing(sparse_map, monkeypatch):
    whole = empirical_variogram(sparse_map, 20.0, 0.3, 0.05)
    monkeypatch.setattr("groundmotion.variogram.pairs._LARGEST_FFT_PX", 10)
    cut = empirical_variogram(sparse_map, 20.0, 0.3, 0.05)
    assert cut.n_pairs.tolist() == whole.n_pairs.tolist()
    assert cut.gamma_mm2_yr2 == pytest.approx(whole.gamma_mm2_yr2)


def test_empirical_variogram_agrees_with_scikit_gstat(sparse_map):
    skgstat = pytest.importorskip("skgstat")
    row, col = np.nonzero(np.isfinite(sparse_map))
    edges = np.arange(1, 11) * 0.04
    theirs = skgstat.Variogram(
        np.column_stack([row, col]) * 0.02,
        sparse_map[row, col],
        bin_func=lambda *_: (edges, len(edges)),
        maxlag=0.4,
        fit_method=None,
    )
    ours = empirical_variogram(sparse_map, 20.0, 0.4, 0.04)
    # bins: theirs are closed above, ours below; lags on an edge are multiples of 0.04 km
    inside = abs(ours.n_pairs - theirs.bin_count) / ours.n_pairs < 0.1
    assert inside.sum() >= 8
    difference = np.abs(ours.gamma_mm2_yr2 - theirs.experimental) / theirs.experimental
    assert np.median(difference) < 0.02


def test_empirical_variogram_agrees_with_gstools(sparse_map):
    gstools = pytest.importorskip("gstools")
    row, col = np.nonzero(np.isfinite(sparse_map))
    edges = np.arange(9) * 0.05 * (1 - 1e-9)  # lower ends belong to the bin, as ours
    _, gamma, pairs = gstools.vario_estimate(
        (row * 0.02, col * 0.02), sparse_map[row, col], edges, return_counts=True
    )
    ours = empirical_variogram(sparse_map, 20.0, 0.4, 0.05)
    assert ours.n_pairs.tolist() == pairs.tolist()
    assert ours.gamma_mm2_yr2 == pytest.approx(gamma)


def test_a_million_cells_stay_within_memory_and_are_unbiased():
    rng = np.random.default_rng(0)
    values = rng.normal(1000.0, 1.5, (1000, 1000))  # a large mean must not cost precision
    values[rng.random(values.shape) > 0.3] = np.nan
    found = empirical_variogram(values, 10.0, 1.0, 0.1)
    assert found.gamma_mm2_yr2 == pytest.approx(2.25, rel=0.01)


def test_plane_is_removed_and_nothing_else():
    rng = np.random.default_rng(1)
    row, col = np.mgrid[:40, :60]
    bumps = np.where(rng.random((40, 60)) < 0.3, np.sin(row * 0.9) * np.cos(col * 1.3), np.nan)
    flat = remove_plane(bumps + 4 - 0.2 * row + 0.05 * col)
    assert flat[np.isfinite(flat)] == pytest.approx(remove_plane(bumps)[np.isfinite(bumps)])
    assert np.nanmean(flat) == pytest.approx(0, abs=1e-12)


def test_outliers_are_measured_from_the_median():
    found = without_outliers(np.array([[10.0, 10.5, 9.0, 16.0, np.nan]]), 5.0)
    assert np.isnan(found).tolist() == [[False, False, False, True, True]]


def test_usable_lag_is_half_the_diagonal_of_the_points():
    values = np.full((50, 50), np.nan)
    values[5, 5] = values[35, 45] = 1.0
    assert usable_lag_km(values, 10.0, 6.0) == pytest.approx(0.25)
    assert usable_lag_km(values, 10.0, 0.1) == 0.1


def test_fit_recovers_the_exact_model():
    lag = np.arange(0.05, 4, 0.1)
    exact = EmpiricalVariogram(
        lag, model_variogram(lag, 0.8, 1.1, 1.3), np.arange(1, 41)[::-1].astype(np.int64)
    )
    found = fit_variogram(exact)
    assert (found.nugget, found.a, found.b_per_km) == pytest.approx((0.8, 1.1, 1.3), rel=1e-4)
    assert found.sill == found.nugget + found.a
    assert found.on_bound == ()


def test_model_and_covariance_add_up_to_the_sill():
    lag = np.array([0.1, 1.0, 3.0])
    total = model_variogram(lag, 0.8, 1.1, 1.3) + exponential_covariance(lag, 1.1, 1.3)
    assert total == pytest.approx(1.9)


@pytest.mark.parametrize(
    ("gamma", "stuck"),
    [
        (lambda d: 0.02 * d, "b_per_km"),  # a straight line has no sill
        (lambda d: 1.0 - np.exp(-2 * d), "nugget"),  # no spikes
        (lambda d: np.full_like(d, 0.7), "a"),  # spikes only
    ],
)
def test_fits_on_a_bound_say_so(gamma, stuck):
    lag = np.arange(0.05, 4, 0.1)
    found = fit_variogram(EmpiricalVariogram(lag, gamma(lag), np.full(40, 100)))
    assert stuck in found.on_bound


def test_weights_are_pairs_over_model_squared():
    lag = np.arange(0.05, 4, 0.1)
    rng = np.random.default_rng(0)
    gamma = model_variogram(lag, 0.2, 2.0, 1.0) * rng.uniform(0.7, 1.3, 40)
    pairs = rng.integers(100, 10_000, 40)
    found = fit_variogram(EmpiricalVariogram(lag, gamma, pairs))
    best = np.array([found.nugget, found.a, found.b_per_km])

    def cost(p):
        return (pairs * (gamma / model_variogram(lag, *p) - 1) ** 2).sum()

    for change in (*np.eye(3), *-np.eye(3)):
        assert cost(best * (1 + 0.002 * change)) > cost(best)


def noisy_map(seed, a=1.2, b=2.5, nugget=0.8, density=0.08):
    rng = np.random.default_rng(seed)
    values = CorrelatedField((250, 250), 20.0, a, b).draw(rng).astype(float)
    values += np.sqrt(nugget) * rng.standard_normal(values.shape)
    values[rng.random(values.shape) > density] = np.nan
    return values


def test_fit_and_intervals_on_simulated_maps():
    settings = VariogramSettings(2.5, 0.1, 4, 0.9)
    truth = {"nugget": 0.8, "a": 1.2, "sill": 2.0, "b_per_km": 2.5}
    held = dict.fromkeys(truth, 0)
    for seed in range(8):
        found = block_intervals(noisy_map(seed), 20.0, settings)
        for name, (low, high) in found.items():
            held[name] += low <= truth[name] <= high
            assert low < high
    assert min(held.values()) >= 5  # 90 % intervals, eight maps


def test_leaving_a_block_out_is_the_same_as_blanking_it(sparse_map, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "groundmotion.variogram.intervals._parameters", lambda sums: seen.append(sums) or np.ones(4)
    )
    block_intervals(sparse_map, 20.0, VariogramSettings(0.3, 0.05, 2, 0.95))
    blanked = sparse_map.copy()
    blanked[:17, 13:] = np.nan  # block (0, 1) of 2 × 2
    pairs, _, half = slow_variogram(blanked, 20.0, np.arange(7) * 0.05)
    assert seen[2][0] / 2 == pytest.approx(pairs)
    assert seen[2][2] / 2 == pytest.approx(half)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: empirical_variogram(np.full((5, 5), np.nan), 10, 1, 0.1), "0 points"),
        (lambda: empirical_variogram(np.ones((5, 5)), 10, 1, 0.001), "bin_km 0.001"),
        (lambda: fit_variogram(empirical_variogram(np.ones((9, 9)), 10, 1, 0.01)), "that differ"),
        (lambda: remove_plane(np.array([[1.0, np.nan]])), "1 points"),
        (
            lambda: block_intervals(np.eye(9), 10, VariogramSettings(1, 0.01, 1, 0.9)),
            "1 of 1×1 blocks",
        ),
    ],
)
def test_errors_say_what_was_expected(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("EGMS_L2b_117_0227_IW2_VV_2020_2024_1", (0.46, 0.35, 2.5)),
        ("EGMS_L2b_022_0845_IW2_VV_2020_2024_1", (0.46, 0.44, 2.2)),
    ],
    ids=["ascending", "descending"],
)
def test_real_ustica_points_give_the_variogram_of_independent_fits(name, expected):
    """Nugget and a (mm²/yr²) and b (1/km), as two fits made apart from this library found them."""
    folder = os.environ.get("GROUNDMOTION_DATA")
    archive = Path(folder or "") / "egms_ustica" / f"{name}.zip"
    if not folder or not archive.is_file():
        pytest.skip("GROUNDMOTION_DATA does not point at a folder with egms_ustica")
    columns = ["easting", "northing", "mean_velocity"]
    with zipfile.ZipFile(archive) as zipped, zipped.open(f"{name}.csv") as csv:
        points = pd.read_csv(csv, usecols=columns)
    easting, northing, velocity = (points[c].to_numpy() for c in columns)
    transform, shape = grid_over((4596500, 1739300, 4601500, 1743500), 10.0)
    values = rasterise(easting, northing, velocity, transform, shape)[0]
    values = remove_plane(without_outliers(values, 5.0))
    fit = fit_variogram(empirical_variogram(values, 10.0, 2.5, 0.05))
    assert fit.on_bound == ()
    intervals = block_intervals(values, 10.0, VariogramSettings(2.5, 0.05, 4, 0.95))
    known = dict(zip(("nugget", "a", "b_per_km"), expected, strict=True))
    known["sill"] = known["nugget"] + known["a"]
    for parameter, value in known.items():
        low, high = intervals[parameter]
        assert low < value < high
        # Fits of the same points differ by far less than what the points leave open.
        assert getattr(fit, parameter) == pytest.approx(value, abs=(high - low) / 10)
