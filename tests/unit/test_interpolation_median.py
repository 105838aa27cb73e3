"""The NaN-median against NumPy's, window by window."""

import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.interpolation.median import nan_median_3x3


def test_equals_numpy_on_every_window() -> None:
    rng = np.random.default_rng(1)
    for density in (0.05, 0.5, 1.0):
        values = rng.normal(size=(17, 23)).astype(np.float32)
        values[rng.random(values.shape) > density] = np.nan
        expected = np.full_like(values, np.nan)
        for row, col in np.argwhere(~np.isnan(values)):
            window = values[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
            expected[row, col] = np.nanmedian(window)
        np.testing.assert_array_equal(nan_median_3x3(values), expected)
        np.testing.assert_array_equal(nan_median_3x3(np.stack([values] * 2))[1], expected)


def test_a_lone_spike_stays_and_one_among_neighbours_goes() -> None:
    values = np.full((9, 9), np.nan)
    values[1, 1] = 50
    values[5:8, 5:8] = 1
    values[6, 6] = 50
    median = nan_median_3x3(values)
    assert median[1, 1] == 50
    assert (median[5:8, 5:8] == 1).all()


def test_the_median_does_not_depend_on_the_order_of_axes_or_sign() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random((20, 30)) < 0.4, rng.normal(size=(20, 30)), np.nan)
    median = nan_median_3x3(values)
    np.testing.assert_array_equal(nan_median_3x3(values.T), median.T)
    np.testing.assert_array_equal(nan_median_3x3(-values), -median)


def test_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"got shape \(4,\)"):
        nan_median_3x3(np.zeros(4))
