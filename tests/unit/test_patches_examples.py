import numpy as np
import pytest
import torch

from groundmotion.errors import InputError
from groundmotion.patches.examples import Examples, MapPairs
from groundmotion.patches.wrapping import ImageSettings, WrapSet, network_image
from groundmotion.training.images import augmented, draw_wraps, network_images

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine

WRAPS = (WrapSet(14.0, (0.0, 3.5, 7.0, 10.5)), WrapSet(7.0, (0.0, 3.5)))


def _windows(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, (n, 8, 8)).astype(np.float16)


def test_windows_come_in_the_order_asked_for():
    blocks = (_windows(5), _windows(3, 1), _windows(4, 2))
    examples = Examples(blocks, np.arange(12))
    index = np.array([11, 0, 6, 6, 4, 5])
    assert len(examples) == 12
    assert np.array_equal(examples.take(index), np.concatenate(blocks)[index])
    assert examples.take(index).dtype == np.float32


def test_windows_can_stay_on_disk(tmp_path):
    np.save(tmp_path / "w.npy", _windows(6))
    examples = Examples((np.load(tmp_path / "w.npy", mmap_mode="r"),), np.zeros(6, int))
    assert np.array_equal(examples.take(np.array([5, 1])), _windows(6)[[5, 1]])


def test_real_negatives_join_class_0():
    examples = Examples((_windows(4),), np.array([1, 0, 1, 1], np.uint8))
    more = examples.with_negatives(_windows(2, 9))
    assert more.labels.tolist() == [1, 0, 1, 1, 0, 0]
    assert np.array_equal(more.take(np.array([5]))[0], _windows(2, 9)[1])
    assert more.d_prime is None
    known = Examples((_windows(2),), np.array([1, 0]), np.array([5.0, np.nan]))
    d_prime = known.with_negatives(_windows(2, 9)).d_prime
    assert d_prime[0] == 5.0
    assert np.all(np.isnan(d_prime[1:]))


def test_labels_must_match():
    with pytest.raises(InputError, match="5 windows but 4 labels"):
        Examples((_windows(5),), np.zeros(4, int))


def test_flips_keep_rows_and_columns_apart():
    windows = _windows(200).astype(np.float32)
    out = augmented(windows, np.random.default_rng(1), flips=True, sign_flips=False)
    kinds = {(1, 1): 0, (1, -1): 0, (-1, 1): 0, (-1, -1): 0}
    for before, after in zip(windows, out, strict=True):
        match = [k for k in kinds if np.array_equal(after, before[:: k[0], :: k[1]])]
        kinds[match[0]] += 1
    assert min(kinds.values()) > 25  # each of the four, about 50 times


def test_signs_change_in_half_of_the_windows():
    windows = np.abs(_windows(400).astype(np.float32)) + 1
    out = augmented(windows, np.random.default_rng(1), flips=False, sign_flips=True)
    assert np.array_equal(np.abs(out), windows)
    assert 150 < np.sum(out[:, 0, 0] < 0) < 250


def test_nothing_changes_without_augmentation():
    windows = _windows(3).astype(np.float32)
    out = augmented(windows, np.random.default_rng(1), flips=False, sign_flips=False)
    assert np.array_equal(out, windows)


def test_intervals_and_offsets_are_drawn_evenly_and_apart():
    # A window of zeros shows its offset over its interval.
    zeros = np.zeros((6000, 1, 1), np.float32)
    drawn = draw_wraps(WRAPS, 6000, np.random.default_rng(0), any_offset=False)
    image, _ = network_images(
        zeros, drawn, ImageSettings("wrapped", 1.0), torch.device("cpu"), centred=False
    )
    seen = image.numpy().ravel().round(4)
    expected = {}
    for wrap in WRAPS:
        for offset in wrap.offsets_mm_yr:
            grey, _ = network_image(
                zeros[:1], ImageSettings("wrapped", 1.0), wrap.interval_mm_yr, offset, centred=False
            )
            key = float(grey.ravel()[0].round(4))
            expected[key] = expected.get(key, 0) + 0.5 / len(wrap.offsets_mm_yr)
    for value, share in expected.items():
        assert np.mean(np.isclose(seen, value, atol=1e-3)) == pytest.approx(share, abs=0.03)


def test_any_offset_is_drawn_evenly_over_its_interval():
    interval, offset = draw_wraps(WRAPS, 6000, np.random.default_rng(0), any_offset=True)
    listed, _ = draw_wraps(WRAPS, 6000, np.random.default_rng(0), any_offset=False)
    assert np.array_equal(interval, listed)
    for length in (14.0, 7.0):
        share = np.sort(offset[interval == length]) / length
        assert 2700 < len(share) < 3300
        even = (np.arange(len(share)) + 0.5) / len(share)
        assert np.abs(share - even).max() < 1.63 / np.sqrt(len(share))  # Kolmogorov, 1 %


def test_pairs_of_maps_are_read_side_by_side():
    first, second = _windows(6), _windows(6) + 100
    pairs = MapPairs(first, second)
    assert (len(pairs), pairs.shape) == (6, (6, 2, *first.shape[1:]))
    found = Examples((pairs,), np.zeros(6, int)).take(np.array([4, 1]))
    assert np.array_equal(found[0], np.stack([first[4], second[4]]).astype(np.float32))
    assert np.array_equal(found[1, 1], second[1].astype(np.float32))
    with pytest.raises(InputError, match="two maps"):
        MapPairs(first, second[:5])


def test_both_maps_of_a_pair_are_mirrored_alike():
    first = np.random.default_rng(1).normal(size=(20, 8, 8)).astype(np.float32)
    pairs = np.stack([first, 2 * first], 1)
    found = augmented(pairs, np.random.default_rng(2), flips=True, sign_flips=True)
    alone = augmented(first, np.random.default_rng(2), flips=True, sign_flips=True)
    assert np.array_equal(found[:, 0], alone)
    assert np.array_equal(found[:, 1], 2 * alone)
