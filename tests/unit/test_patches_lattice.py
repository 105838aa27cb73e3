import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.patches.lattice import (
    Lattice,
    Smoothing,
    cell_means,
    cut_windows,
    merge_scores,
    padded,
    window_sums,
)

SMALL = Lattice(size_px=12, stride_px=4)
GAUSS = Smoothing(width_px=6, sigma_px=1.5)


@pytest.mark.parametrize("shape", [(224, 224), (10, 300), (500, 225), (252, 1000)])
def test_windows_cover_every_pixel_and_no_window_is_in_vain(shape):
    for length, count in zip(shape, Lattice(224, 28).windows(shape), strict=True):
        last = (count - 1) * 28
        assert last + 224 >= length
        if count > 1:
            assert last - 28 + 224 < length


def test_lattice_counts_and_extents_agree():
    lattice = Lattice(224, 28)
    assert lattice.windows((2500, 224)) == (83, 1)
    assert lattice.extent((83, 1)) == (82 * 28 + 224, 224)


@pytest.mark.parametrize(("size", "stride"), [(224, 30), (224, 0), (28, 56)])
def test_strides_that_do_not_divide_are_refused(size, stride):
    with pytest.raises(InputError, match="divides"):
        Lattice(size, stride)


def test_window_sums_agree_with_a_loop():
    counts = np.random.default_rng(0).integers(0, 3, (33, 50))
    sums = window_sums(counts, SMALL)
    assert sums.shape == (7, 11)
    for (i, j), points in np.ndenumerate(sums):
        assert points == counts[4 * i : 4 * i + 12, 4 * j : 4 * j + 12].sum()


def _merged_by_pixel(scores, shape):
    """Slow: every pixel asks every window."""
    total, number = np.zeros(shape), np.zeros(shape)
    for (i, j), score in np.ndenumerate(scores):
        if np.isfinite(score):
            place = (slice(i * 4, i * 4 + 12), slice(j * 4, j * 4 + 12))
            total[place] += score
            number[place] += 1
    with np.errstate(invalid="ignore"):
        mean = total / number
    kernel = np.exp(-0.5 * (np.arange(-3, 4) / 1.5) ** 2)
    out = np.full(shape, np.nan)
    for r, c in np.argwhere(np.isfinite(mean)):
        value = weight = 0.0
        for dr in range(-3, 4):
            for dc in range(-3, 4):
                y, x = r + dr, c + dc
                if 0 <= y < shape[0] and 0 <= x < shape[1] and np.isfinite(mean[y, x]):
                    value += mean[y, x] * kernel[dr + 3] * kernel[dc + 3]
                    weight += kernel[dr + 3] * kernel[dc + 3]
        out[r, c] = value / weight
    return out


@pytest.fixture
def scores() -> np.ndarray:
    values = np.random.default_rng(2).random((6, 8)).astype(np.float32)
    values[:3, :4] = np.nan
    return values


def test_merging_agrees_with_a_loop_over_pixels(scores):
    shape = SMALL.extent(scores.shape)
    merged = merge_scores(scores, SMALL, GAUSS, (slice(0, shape[0]), slice(0, shape[1])))
    expected = _merged_by_pixel(scores, shape)
    assert np.isnan(merged[0, 0])
    assert np.allclose(merged, expected, atol=1e-6, equal_nan=True)


def test_merging_in_parts_gives_the_same_bits(scores):
    whole = merge_scores(scores, SMALL, GAUSS, (slice(0, 32), slice(0, 40)))
    parts = [
        [merge_scores(scores, SMALL, GAUSS, (slice(r, min(r + 7, 32)), slice(c, min(c + 9, 40))))
         for c in range(0, 40, 9)]
        for r in range(0, 32, 7)
    ]  # fmt: skip
    assert np.array_equal(np.block(parts), whole, equal_nan=True)


def test_a_constant_stays_a_constant():
    merged = merge_scores(np.full((5, 5), 0.7), SMALL, GAUSS, (slice(0, 28), slice(0, 28)))
    assert merged.dtype == np.float32
    assert np.allclose(merged, 0.7)


def test_cells_that_no_scored_window_covers_are_empty():
    scores = np.full((4, 4), np.nan)
    scores[0, 0] = 1.0
    means = cell_means(scores, SMALL)
    assert np.all(means[:3, :3] == 1.0)
    assert np.isnan(means[3:, :]).all()
    assert np.isnan(means[:, 3:]).all()


def test_kernel_is_symmetric_and_normalised():
    kernel = Smoothing(20, 5.0).kernel()
    assert len(kernel) == 21
    assert kernel.sum() == pytest.approx(1.0)
    assert np.array_equal(kernel, kernel[::-1])
    assert kernel[10] / kernel[15] == pytest.approx(np.exp(0.5))


def test_cut_windows_are_those_inside_with_enough_points():
    values = np.arange(30 * 21, dtype=np.float32).reshape(30, 21)
    points = np.full((30, 21), np.nan)
    points[:12, 9] = 0.0
    windows = cut_windows(values, points, SMALL, 12)
    assert windows.dtype == np.float16
    assert windows[:, 0, 0].tolist() == [0.0, 4.0, 8.0]
    assert len(cut_windows(values, points, SMALL, 0)) == 5 * 3
    assert cut_windows(values[:11], points[:11], SMALL, 0).shape == (0, 12, 12)


@pytest.mark.parametrize(("shape", "count"), [((12, 12), 1), ((12, 20), 3), ((16, 12), 2)])
def test_a_map_as_wide_as_a_window_holds_one(shape, count):
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    windows = cut_windows(values, values, SMALL, 144)
    assert len(windows) == count
    np.testing.assert_array_equal(windows[0], values[:12, :12])
    assert np.prod(SMALL.windows(shape)) == count
    # One pixel less is too narrow; one more takes a window that reaches beyond the map.
    assert len(cut_windows(values[:11], values[:11], SMALL, 0)) == 0
    assert SMALL.windows((shape[0] + 1, shape[1]))[0] == SMALL.windows(shape)[0] + 1


def test_padding_keeps_values_and_fills_the_rest():
    wide = padded(np.ones((2, 3), np.float32), (3, 5), np.nan)
    assert wide.dtype == np.float32
    assert np.nansum(wide) == 6
    assert np.isnan(wide[2]).all()
