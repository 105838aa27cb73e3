import numpy as np
import pytest
import torch

from groundmotion.detection.calibration import Calibration
from groundmotion.detection.detector import Detector, load_detector
from groundmotion.detection.maps import DetectionSettings, detect, score_lattice
from groundmotion.detection.windows import score_views, score_windows
from groundmotion.errors import InputError
from groundmotion.names import COMBINATIONS
from groundmotion.networks.building import build_network
from groundmotion.networks.folding import fold_normalisation
from groundmotion.patches.lattice import Lattice, Smoothing, merge_scores
from groundmotion.patches.views import combine, views
from groundmotion.patches.wrapping import ImageSettings, WrapSet, distinct_wraps, network_image

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine

CPU = torch.device("cpu")
WRAPS = distinct_wraps((14.0, 7.0), (0.0, 3.5, 7.0, 10.5), "fixed")
LATTICE, SMOOTHING = Lattice(224, 28), Smoothing(20, 5.0)
SETTINGS = DetectionSettings(
    lattice=LATTICE, smoothing=SMOOTHING, min_points=20, block_windows=4, batch_windows=3
)


def _plain(items, _title):
    return items


class _Probe(torch.nn.Module):
    """A window network whose probability is a known function of the image."""

    offset_invariant = False

    def forward(self, image, mask):
        mean = (image * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)
        return torch.stack([torch.zeros_like(mean), 3 * mean], 1)


def _detector(kind: str, name: str = "compact", calibration: Calibration | None = None) -> Detector:
    image = ImageSettings(kind, 5.0)
    if name == "probe":
        return Detector(_Probe().eval(), image, WRAPS, CPU, calibration)
    network = build_network(name, image.channels, difference=kind == "unwrapped", seed=2)
    return Detector(network.eval(), image, WRAPS, CPU, calibration)


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A map with a hole without data and without points, 17 × 14 cells and a bit."""
    rng = np.random.default_rng(0)
    rows, cols = 17 * 28 + 5, 14 * 28 + 20
    filled = rng.normal(0, 2, (rows, cols)).astype(np.float32)
    row, col = np.mgrid[:rows, :cols]
    filled += (5 * np.exp(-((row - 200) ** 2 + (col - 150) ** 2) / 2000)).astype(np.float32)
    counts = (rng.random((rows, cols)) < 0.02).astype(np.int32)
    filled[:40, 300:], counts[:, 160:] = np.nan, 0
    counts[300:, 160:] = rng.random((rows - 300, cols - 160)) < 0.01
    return filled, counts


def test_score_is_the_mean_over_intervals_of_the_maximum_over_offsets():
    windows = np.random.default_rng(1).uniform(-9, 9, (5, 1, 1)) + np.zeros((5, 224, 224))
    detector = _detector("wrapped", "probe")
    found = score_windows(windows, detector, 2, _plain)
    for window, score in zip(windows, found, strict=True):
        by_interval = []
        for mu in (14.0, 7.0):
            grey = [network_image(window[None], detector.image, mu, tau, centred=True)[0].mean()
                    for tau in (0.0, 3.5, 7.0, 10.5)]  # fmt: skip
            by_interval.append(max(1 / (1 + np.exp(-3 * g)) for g in grey))
        assert score == pytest.approx(np.mean(by_interval), abs=1e-5)


@pytest.mark.parametrize("name", ["compact", "probe"])
def test_the_final_score_is_calibrated_before_windows_are_merged(scene, name):
    filled, counts = scene
    calibration = Calibration(temperature=0.5, bias=-1.0)
    raw, calibrated = _detector("wrapped", name), _detector("wrapped", name, calibration)
    windows = np.random.default_rng(1).uniform(-9, 9, (3, 1, 1)) + np.zeros((3, 224, 224))
    said = score_windows(windows, raw, 2, _plain)
    assert np.array_equal(score_windows(windows, calibrated, 2, _plain), calibration.apply(said))
    said = score_lattice(filled, counts, raw, SETTINGS, _plain)
    scores = score_lattice(filled, counts, calibrated, SETTINGS, _plain)
    assert np.allclose(scores, calibration.apply(said), atol=1e-6, equal_nan=True)
    whole = (slice(0, filled.shape[0]), slice(0, filled.shape[1]))
    merged = merge_scores(scores, LATTICE, SMOOTHING, whole)
    found = detect(filled, counts, calibrated, SETTINGS, _plain)
    assert np.array_equal(found, merged, equal_nan=True)


def test_unwrapped_images_need_one_pass():
    assert _detector("unwrapped").passes == (WrapSet(1.0, (0.0,)),)
    assert _detector("wrapped").passes == WRAPS


@pytest.mark.parametrize("how", COMBINATIONS)
def test_maps_and_windows_put_views_together_alike(scene, how):
    filled, counts = scene
    detector = _detector("wrapped", calibration=Calibration(0.5, -1.0, combination=how))
    assert len(detector.passes) == (1 if how == "first" else len(WRAPS))
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    places = np.argwhere(np.isfinite(scores))[:4]
    windows = np.stack([filled[r * 28 : r * 28 + 224, c * 28 : c * 28 + 224] for r, c in places])
    said = score_views(windows, detector, WRAPS, 3, _plain)
    assert said.shape == (len(views(WRAPS)), len(windows))
    expected = detector.calibration.apply(combine(said, WRAPS, how))
    assert np.allclose(score_windows(windows, detector, 3, _plain), expected)
    assert np.allclose(scores[tuple(places.T)], expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["unwrapped", "wrapped_sincos"])
def test_one_pass_over_the_map_equals_window_by_window(scene, kind):
    filled, counts = scene
    detector = _detector(kind)
    scores = score_lattice(filled, counts, detector, SETTINGS, _plain)
    assert scores.shape == LATTICE.windows(filled.shape)
    rows, cols = LATTICE.extent(scores.shape)
    wide = np.full((rows, cols), np.nan, np.float32)
    wide[: filled.shape[0], : filled.shape[1]] = filled
    places = np.argwhere(np.isfinite(scores))
    windows = np.stack([wide[r * 28 : r * 28 + 224, c * 28 : c * 28 + 224] for r, c in places])
    expected = score_windows(windows, detector, 16, _plain)
    assert np.allclose(scores[tuple(places.T)], expected, atol=1e-5)


def test_windows_with_few_points_are_not_scored(scene):
    filled, counts = scene
    scores = score_lattice(filled, counts, _detector("unwrapped"), SETTINGS, _plain)
    for (i, j), score in np.ndenumerate(scores):
        points = counts[i * 28 : i * 28 + 224, j * 28 : j * 28 + 224].sum()
        assert np.isfinite(score) == (points >= 20)
    assert np.isnan(scores).any()
    assert np.isfinite(scores).any()


@pytest.mark.parametrize(("points", "scored"), [(19, False), (20, True)])
def test_as_many_points_as_asked_for_are_enough(points, scored):
    counts = np.zeros((224, 224), np.int32)
    counts[5, :points] = 1
    filled = np.zeros((224, 224), np.float32)
    scores = score_lattice(filled, counts, _detector("unwrapped"), SETTINGS, _plain)
    assert np.isfinite(scores[0, 0]) == scored


@pytest.mark.parametrize("name", ["compact", "probe"])
def test_tiles_give_the_same_bits_as_the_whole_map(scene, name):
    filled, counts = scene
    detector = _detector("wrapped", name)
    whole = score_lattice(filled, counts, detector, SETTINGS, _plain)
    side = SETTINGS.block_windows
    pasted = np.full_like(whole, np.nan)
    for i in range(0, whole.shape[0], side):
        for j in range(0, whole.shape[1], side):
            # A tile and the halo below and to the right that its last windows need.
            reach = (side - 1) * 28 + 224
            cut = (slice(i * 28, i * 28 + reach), slice(j * 28, j * 28 + reach))
            tile = score_lattice(filled[cut], counts[cut], detector, SETTINGS, _plain)
            inner = pasted[i : i + side, j : j + side]
            inner[:] = tile[: inner.shape[0], : inner.shape[1]]
    assert np.array_equal(pasted, whole, equal_nan=True)
    rows, cols = filled.shape
    bands = [
        merge_scores(pasted, LATTICE, SMOOTHING, (slice(r, min(r + 100, rows)), slice(0, cols)))
        for r in range(0, rows, 100)
    ]
    probability = detect(filled, counts, detector, SETTINGS, _plain)
    assert probability.dtype == np.float32
    assert np.array_equal(np.concatenate(bands), probability, equal_nan=True)


def test_block_size_changes_nothing_but_rounding(scene):
    filled, counts = scene
    detector = _detector("unwrapped")
    blocks = [
        score_lattice(
            filled, counts, detector,
            DetectionSettings(LATTICE, SMOOTHING, 20, block_windows=size, batch_windows=4), _plain,
        )
        for size in (3, 20)
    ]  # fmt: skip
    assert np.allclose(*blocks, atol=1e-5, equal_nan=True)


def test_a_map_narrower_than_a_window_is_scored(scene):
    filled, counts = (values[:100, :90] for values in scene)
    probability = detect(filled, counts, _detector("unwrapped"), SETTINGS, _plain)
    assert probability.shape == (100, 90)
    assert np.isfinite(probability).all()


def test_maps_without_points_cost_no_pass():
    class _Never(_Probe):
        def forward(self, _image, _mask):
            raise AssertionError("a window was scored")

    detector = Detector(_Never().eval(), ImageSettings("unwrapped", 5.0), WRAPS, CPU, None)
    empty = np.full((500, 500), np.nan, np.float32)
    probability = detect(empty, np.zeros((500, 500), np.int32), detector, SETTINGS, _plain)
    assert np.isnan(probability).all()


def test_wrong_grids_are_refused(scene):
    filled, counts = scene
    with pytest.raises(InputError, match="same grid"):
        detect(filled, counts[:-1], _detector("unwrapped"), SETTINGS, _plain)
    other = DetectionSettings(Lattice(112, 28), SMOOTHING, 20, 4, 4)
    with pytest.raises(InputError, match="224 px every 28"):
        detect(filled, counts, _detector("unwrapped"), other, _plain)


# --- models -------------------------------------------------------------------------------------

DESCRIPTION = {
    "network": "compact", "input": "wrapped", "scale_mm_yr": 5.0, "pixel_m": 10,
    "wraps": [{"interval_mm_yr": 14.0, "offsets_mm_yr": [0.0, 3.5]}],
}  # fmt: skip


def _weights(detector: Detector) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in detector.network.state_dict().items()}


def test_a_stored_model_scores_as_before():
    before = _detector("wrapped")
    after = load_detector(_weights(before), DESCRIPTION, 10.0, CPU, None)
    assert after.wraps == (WrapSet(14.0, (0.0, 3.5)),)
    windows = np.random.default_rng(0).normal(0, 3, (2, 224, 224))
    folded = fold_normalisation(before.network)
    same = Detector(folded, before.image, after.wraps, CPU, None)
    assert np.array_equal(
        score_windows(windows, after, 2, _plain), score_windows(windows, same, 2, _plain)
    )


def test_unfit_models_are_refused():
    weights = _weights(_detector("wrapped"))
    with pytest.raises(InputError, match="pixels of 10 m, but the map has pixels of 5 m"):
        load_detector(weights, DESCRIPTION, 5.0, CPU, None)
    with pytest.raises(InputError, match="lacks wraps"):
        without = {k: v for k, v in DESCRIPTION.items() if k != "wraps"}
        load_detector(weights, without, 10, CPU, None)
    with pytest.raises(InputError, match="do not fit"):
        load_detector(weights, {**DESCRIPTION, "input": "wrapped_sincos"}, 10, CPU, None)
