import numpy as np
import pytest
from scipy import stats

from groundmotion.simulation.lattice import (
    Window,
    coarse_cells,
    correlated_map,
    exponential_kernel,
    normal_map,
    stream_key,
    uniform_at,
    uniform_map,
    window_over,
)

KEY = stream_key((1, 2), "test")
WINDOW = Window(-520, 300, 200, 300, 10.0)


def test_a_window_knows_where_it_lies():
    assert WINDOW.transform @ (0, 0) == (3000.0, 5200.0)
    assert WINDOW.bounds == (3000.0, 3200.0, 6000.0, 5200.0)
    assert window_over(WINDOW.bounds, 10.0) == WINDOW
    assert window_over((3001, 3201, 5999, 5199), 10.0) == WINDOW
    assert window_over((-15, -15, 15, 15), 10.0).bounds == (-20.0, -20.0, 20.0, 20.0)


def test_uniform_numbers_are_uniform_and_independent():
    values = uniform_map(KEY, Window(-1000, -1000, 2000, 2000, 10.0))
    assert stats.kstest(values.ravel()[::37], "uniform").pvalue > 0.01
    centred = values - values.mean()
    for shift in ((0, 1), (1, 0), (1, 1), (7, 3)):
        product = centred * np.roll(centred, shift, (0, 1))
        assert abs(product.mean()) < 4 / 12 / np.sqrt(values.size)
    other = uniform_map(stream_key((1, 2), "other"), Window(-1000, -1000, 2000, 2000, 10.0))
    assert abs(np.corrcoef(values.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(values.size)


def test_seeds_and_names_change_the_numbers():
    draws = {
        float(uniform_at(stream_key(seeds, name), 5, 7))
        for seeds in ((1, 2), (2, 1), (1, 3))
        for name in ("a", "b")
    }
    assert len(draws) == 6


@pytest.mark.parametrize("draw", [uniform_map, normal_map])
def test_windows_that_overlap_agree_to_the_last_bit(draw):
    whole = draw(KEY, WINDOW)
    part = draw(KEY, Window(WINDOW.row + 33, WINDOW.col + 44, 50, 60, 10.0))
    assert np.array_equal(part, whole[33:83, 44:104])


def test_points_have_the_numbers_of_their_cells():
    whole = uniform_map(KEY, WINDOW)
    row, col = np.array([0, 5, 199]), np.array([0, 299, 17])
    found = uniform_at(KEY, WINDOW.row + row, WINDOW.col + col)
    assert found == pytest.approx(whole[row, col], abs=1e-7)


def test_normal_numbers_are_normal():
    values = normal_map(KEY, Window(0, 0, 400, 400, 10.0)).ravel()
    assert stats.kstest(values[::7], "norm").pvalue > 0.01
    assert np.isfinite(values).all()


@pytest.mark.parametrize(("pixel_m", "b_per_km"), [(10.0, 1.6), (20.0, 0.8), (10.0, 6.7)])
def test_the_kernel_gives_the_exponential_correlation(pixel_m, b_per_km):
    kernel = exponential_kernel(pixel_m, b_per_km).astype(np.float64)
    side = 2 * kernel.shape[0]
    spectrum = np.fft.rfft2(kernel, (side, side))
    correlation = np.fft.irfft2(np.abs(spectrum) ** 2, (side, side))
    lag = np.arange(side // 2)
    wanted = np.exp(-b_per_km * lag * pixel_m / 1000)
    assert correlation[0, : side // 2] == pytest.approx(wanted, abs=0.003)
    diagonal = np.exp(-b_per_km * np.sqrt(2) * lag[:100] * pixel_m / 1000)
    assert correlation[lag[:100], lag[:100]] == pytest.approx(diagonal, abs=0.003)


def test_a_correlated_map_is_the_convolution_of_its_noise():
    kernel = exponential_kernel(50.0, 4.0)
    reach = kernel.shape[0] // 2
    small = Window(10, 20, 4, 5, 50.0)
    white = normal_map(KEY, small.padded(reach)).astype(np.float64)
    slow = np.array(
        [
            [
                (white[i : i + 2 * reach + 1, j : j + 2 * reach + 1] * kernel).sum()
                for j in range(small.cols)
            ]
            for i in range(small.rows)
        ]
    )
    assert correlated_map(KEY, small, 4.0) == pytest.approx(slow, abs=1e-4)


@pytest.mark.parametrize(("double", "tolerance"), [(False, 1e-4), (True, 0.0)])
def test_correlated_windows_agree_at_their_seams(double, tolerance):
    whole = correlated_map(KEY, WINDOW, 5.0, double)
    left = correlated_map(KEY, Window(WINDOW.row, WINDOW.col, 200, 130, 10.0), 5.0, double)
    right = correlated_map(KEY, Window(WINDOW.row, WINDOW.col + 130, 200, 170, 10.0), 5.0, double)
    assert np.abs(np.hstack([left, right]) - whole).max() <= tolerance


def test_coarse_cells_have_their_own_generators():
    bounds = (-25.0, 5.0, 15.0, 25.0)
    found = {corner: rng.random() for corner, rng in coarse_cells((3,), "x", bounds, 10.0)}
    assert set(found) == {(10.0 * j, 10.0 * i) for i in (0, 1, 2) for j in (-3, -2, -1, 0, 1)}
    alone = {corner: rng.random() for corner, rng in coarse_cells((3,), "x", (0, 10, 5, 15), 10.0)}
    assert alone[0.0, 10.0] == found[0.0, 10.0]
