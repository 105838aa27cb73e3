"""Maps scored with shared work against the plain loop: every window, every wrap, one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from groundmotion.detection import sharing
from groundmotion.detection.detector import Detector
from groundmotion.detection.maps import DetectionSettings, score_lattice
from groundmotion.networks.alexnet import AlexNet
from groundmotion.networks.building import build_network
from groundmotion.patches.lattice import Lattice, Smoothing, window_sums
from groundmotion.patches.wrapping import ImageSettings, distinct_wraps, network_image

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine

INTERVALS, OFFSETS = (14.0, 3.5), (0.0, 3.5, 7.0)
WRAPS = distinct_wraps(INTERVALS, OFFSETS, "fixed")
LATTICE = Lattice(224, 28)
SETTINGS = DetectionSettings(LATTICE, Smoothing(20, 5.0), 20, block_windows=3, batch_windows=4)


def _plain(items, _title):
    return items


def _detector(name: str, kind: str, precision: str = "float32") -> Detector:
    image = ImageSettings(kind, 5.0)
    network = build_network(name, image.channels, difference=kind == "unwrapped", seed=2)
    with torch.no_grad():  # fresh weights say the same of everything, or are sure of everything
        last = network.classifier[-1] if isinstance(network, AlexNet) else network.head
        if isinstance(network, AlexNet):
            for layer in [*network.features, *network.classifier]:
                if hasattr(layer, "weight"):
                    layer.weight.mul_(6**0.5)  # the variance of He et al. (2015)
        last.weight.mul_(0.1)
    return Detector(network.eval(), image, WRAPS, torch.device("cpu"), None, precision)


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A map of 5 × 4 windows with a hole without data and a corner without points."""
    rng = np.random.default_rng(0)
    rows, cols = 224 + 4 * 28, 224 + 2 * 28 + 5
    filled = rng.normal(0, 2, (rows, cols)).astype(np.float32)
    filled += np.linspace(0, 9, cols, dtype=np.float32)
    counts = np.zeros((rows, cols), np.int32)
    counts[10:110, 20:40] = rng.random((100, 20)) < 0.05
    filled[150:180, 100:150] = np.nan
    return filled, counts


def _plain_loop(filled: np.ndarray, detector: Detector) -> np.ndarray:
    """Cut every window and show it every wrap as printed, also those that repeat another."""
    rows, cols = LATTICE.extent(LATTICE.windows(filled.shape))
    wide = np.full((rows, cols), np.nan, np.float32)
    wide[: filled.shape[0], : filled.shape[1]] = filled
    scores = np.empty(LATTICE.windows(filled.shape))
    centred = not detector.network.offset_invariant
    wraps = [[(mu, tau) for tau in OFFSETS] for mu in INTERVALS]
    for row, col in np.ndindex(scores.shape):
        cut = wide[None, row * 28 : row * 28 + 224, col * 28 : col * 28 + 224]
        by_interval = []
        for interval in wraps if detector.image.is_wrapped else [[(1.0, 0.0)]]:
            images = [network_image(torch.from_numpy(cut), detector.image, *wrap, centred=centred)
                      for wrap in interval]  # fmt: skip
            with torch.inference_mode():
                logits = [detector.network(*image)[0] for image in images]
            by_interval.append(max(float(torch.softmax(each, 0)[1]) for each in logits))
        scores[row, col] = np.mean(by_interval)
    return scores


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("alexnet", "wrapped"),
        ("alexnet", "wrapped_sincos"),
        ("alexnet", "unwrapped"),
        ("alexnet_masked", "wrapped"),
        ("multiscale", "unwrapped"),
    ],
)
def test_scores_are_those_of_the_plain_loop(scene, name, kind):
    filled, counts = scene
    detector = _detector(name, kind)
    expected = _plain_loop(filled, detector)
    assert np.ptp(expected) > 0.01
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    enough = window_sums(counts, LATTICE) >= SETTINGS.min_points
    assert 0 < enough.sum() < enough.size
    assert np.array_equal(np.isfinite(scores), enough)
    assert np.allclose(scores[enough], expected[enough], atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_the_first_layers_may_be_shared_or_not(scene, monkeypatch, share):
    filled = scene[0][:280, :280]
    counts = np.ones(filled.shape, np.int32)
    detector = _detector("alexnet", "wrapped")
    usual = score_lattice(filled, counts, detector, SETTINGS, _plain)
    assert np.isfinite(usual).all()
    monkeypatch.setattr(sharing, "STEM_SHARE", share)
    monkeypatch.setattr(sharing, "STEM_WINDOWS", 2)
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    assert np.allclose(scores, usual, atol=1e-5)


def test_only_windows_with_enough_points_are_computed_so_many_at_a_time(scene, monkeypatch):
    filled, counts = scene
    detector, batches = _detector("alexnet", "wrapped"), []
    after = detector.network.after_stem
    monkeypatch.setattr(
        detector.network, "after_stem", lambda x: batches.append(len(x)) or after(x)
    )
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    distinct = 3 + 1  # the printed offsets are one and the same for the smaller interval
    assert sum(batches) == np.isfinite(scores).sum() * distinct
    assert max(batches) <= SETTINGS.batch_windows


def test_tiles_give_alexnet_the_same_bits_as_the_whole_map(scene):
    filled, counts = scene
    detector = _detector("alexnet", "wrapped")
    whole = score_lattice(filled, counts, detector, SETTINGS, _plain)
    side = SETTINGS.block_windows
    reach = (side - 1) * 28 + 224
    for i in range(0, whole.shape[0], side):
        for j in range(0, whole.shape[1], side):
            cut = (slice(i * 28, i * 28 + reach), slice(j * 28, j * 28 + reach))
            tile = score_lattice(filled[cut], counts[cut], detector, SETTINGS, _plain)
            inner = whole[i : i + side, j : j + side]
            assert np.array_equal(tile[: inner.shape[0], : inner.shape[1]], inner, equal_nan=True)


def test_a_map_narrower_than_a_window_is_scored_as_if_nothing_lay_around_it(scene):
    filled, counts = (values[:100, :90] for values in scene)
    detector = _detector("alexnet", "wrapped")
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    assert scores.shape == (1, 1)
    assert scores[0, 0] == pytest.approx(_plain_loop(filled, detector)[0, 0], abs=1e-5)


def test_the_precision_is_that_of_the_training_unless_another_is_asked_for(scene):
    filled, counts = scene
    trained, reduced = (_detector("alexnet", "wrapped", p) for p in ("float32", "bfloat16"))
    exact, rough = (
        score_lattice(filled, counts, each, SETTINGS, _plain) for each in (trained, reduced)
    )
    asked = replace(SETTINGS, precision="bfloat16")
    found = score_lattice(filled, counts, trained, asked, _plain)
    assert np.array_equal(found, rough, equal_nan=True)
    difference = np.nanmax(np.abs(rough - exact))
    assert 0 < difference < 0.02
