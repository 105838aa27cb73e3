import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from groundmotion.errors import InputError
from groundmotion.networks.building import build_network
from groundmotion.networks.device import choose_device
from groundmotion.patches.examples import Examples
from groundmotion.patches.wrapping import ImageSettings, distinct_wraps
from groundmotion.training import fitting as training
from groundmotion.training.checkpoints import Checkpoint, CheckpointError
from groundmotion.training.fitting import HISTORY, Runtime, description, fit, fit_resuming
from groundmotion.training.settings import TrainingSettings
from groundmotion.training.starts import Start

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine

WRAPS = distinct_wraps((14.0, 7.0), (0.0, 3.5), "fixed")
SETTINGS = TrainingSettings(
    network="compact", image=ImageSettings("unwrapped", 5.0), wraps=WRAPS, any_offset=False,
    classes=("nothing", "point"),
    epochs=3, batch_size=8, precision="float32", patience_epochs=3, learning_rate=3e-3, weight_decay=1e-4,
    warmup_epochs=1, transferred_rate=1.0, curriculum_epochs=0, flips=True, sign_flips=True, seed=5,
)  # fmt: skip


def _examples(n: int, seed: int) -> Examples:
    """Half with a bowl of 6 mm/yr in noise of 1 mm/yr."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    row, col = np.mgrid[:224, :224]
    windows = rng.normal(0, 1, (n, 224, 224)).astype(np.float16)
    for number in np.flatnonzero(labels):
        r, c = rng.uniform(60, 164, 2)
        bowl = 6 * np.exp(-((row - r) ** 2 + (col - c) ** 2) / 800)
        windows[number] += bowl.astype(np.float16)
    return Examples((windows,), labels)


TRAIN, VALIDATION = _examples(24, 0), _examples(8, 1)


def _runtime(resume: Checkpoint | None = None, run_id: str = "data") -> tuple[Runtime, list]:
    kept: list[Checkpoint] = []
    runtime = Runtime(torch.device("cpu"), lambda batches, _: batches, kept.append, resume, run_id)
    return runtime, kept


@pytest.fixture(scope="module")
def undisturbed():
    runtime, kept = _runtime()
    return fit(TRAIN, VALIDATION, SETTINGS, runtime), kept


def _same(one, other) -> bool:
    return one.history.equals(other.history) and all(
        np.array_equal(one.weights[name], other.weights[name]) for name in one.weights
    )


def test_history_has_one_row_per_epoch_and_no_times(undisturbed):
    fitted, kept = undisturbed
    assert tuple(fitted.history.columns) == HISTORY
    assert fitted.history["epoch"].tolist() == [1, 2, 3]
    assert len(kept) == 3
    assert fitted.history["val_loss"].idxmin() + 1 == fitted.best_epoch


def test_reduced_precision_trains_nearly_the_same(undisturbed):
    reduced = replace(SETTINGS, precision="bfloat16")
    found = fit(TRAIN, VALIDATION, reduced, _runtime()[0])
    exact = undisturbed[0]
    assert all(value.dtype != np.float16 for value in found.weights.values())
    assert not _same(found, exact)
    first = found.history["train_loss"][0], exact.history["train_loss"][0]
    assert first[0] == pytest.approx(first[1], rel=0.05)


def test_an_unknown_precision_is_refused():
    with pytest.raises(InputError, match="float64"):
        fit(TRAIN, VALIDATION, replace(SETTINGS, precision="float64"), _runtime()[0])


def test_a_run_gives_the_same_weights_again(undisturbed):
    runtime, _ = _runtime()
    assert _same(fit(TRAIN, VALIDATION, SETTINGS, runtime), undisturbed[0])


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_resumed_run_ends_like_an_undisturbed_one(undisturbed, after):
    runtime, _ = _runtime(undisturbed[1][after - 1])
    assert _same(fit(TRAIN, VALIDATION, SETTINGS, runtime), undisturbed[0])


class _Dropping(torch.nn.Module):
    offset_invariant = False

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.AvgPool2d(28), torch.nn.Flatten(), torch.nn.Dropout(), torch.nn.Linear(64, 2)
        )

    def forward(self, image, _mask):
        return self.layers(image)


def test_dropout_is_part_of_what_resumes(monkeypatch):
    torch.manual_seed(0)
    start = _Dropping()
    monkeypatch.setattr(training, "build_network", lambda *_, **__: copy.deepcopy(start))
    runtime, kept = _runtime()
    whole = fit(TRAIN, VALIDATION, SETTINGS, runtime)
    torch.manual_seed(77)
    assert _same(fit(TRAIN, VALIDATION, SETTINGS, _runtime(kept[0])[0]), whole)


def test_another_seed_gives_other_weights(undisturbed):
    other = fit(TRAIN, VALIDATION, replace(SETTINGS, seed=6, epochs=1), _runtime()[0])
    assert not np.array_equal(other.weights["head.weight"], undisturbed[0].weights["head.weight"])


def _damaged(checkpoint: Checkpoint, what: str) -> Checkpoint:
    arrays = {name: np.array(value) for name, value in checkpoint.arrays.items()}
    extra = dict(checkpoint.extra)
    if what == "weights":
        arrays["network/head.weight"].flat[0] += 1e-6
    elif what == "missing":
        arrays.pop("optimiser/0/exp_avg")
    elif what == "history":
        extra["history"] = [{**extra["history"][0], "val_loss": 0.0}]
    else:
        extra = {}
    return Checkpoint(arrays, extra)


@pytest.mark.parametrize("what", ["weights", "missing", "history", "description"])
def test_a_damaged_checkpoint_is_noticed(undisturbed, what):
    runtime, _ = _runtime(_damaged(undisturbed[1][0], what))
    with pytest.raises(CheckpointError, match="damaged"):
        fit(TRAIN, VALIDATION, SETTINGS, runtime)


def test_a_checkpoint_of_another_run_is_refused(undisturbed):
    with pytest.raises(CheckpointError, match="other settings"):
        fit(TRAIN, VALIDATION, replace(SETTINGS, seed=9), _runtime(undisturbed[1][0])[0])
    with pytest.raises(CheckpointError, match="examples"):
        fit(TRAIN, VALIDATION, SETTINGS, _runtime(undisturbed[1][0], "other data")[0])


def test_training_stops_when_validation_gets_no_better(monkeypatch):
    losses = iter([0.6, 0.5, 0.55, 0.51, 0.4])

    def mark(network, *others):
        torch.nn.init.constant_(network.head.bias, float(others[-1]))
        return 0.5, 1e-3

    monkeypatch.setattr(training, "train_one_epoch", mark)
    monkeypatch.setattr(training, "evaluate", lambda *_: (next(losses), 0.5))
    settings = replace(SETTINGS, epochs=10, patience_epochs=2)
    fitted = fit(TRAIN, VALIDATION, settings, _runtime()[0])
    assert len(fitted.history) == 4
    assert fitted.best_epoch == 2
    assert np.all(fitted.weights["head.bias"] == 1.0)  # as after the second epoch, number 1


def test_a_bowl_is_learnt():
    settings = replace(SETTINGS, epochs=8, patience_epochs=8, learning_rate=1e-2)
    fitted = fit(_examples(48, 3), VALIDATION, settings, _runtime()[0])
    assert fitted.history["train_loss"].iloc[-1] < 0.35
    assert fitted.history["val_accuracy"].max() >= 0.875


def test_divergence_is_told():
    broken = Examples((np.full((4, 224, 224), np.inf, np.float32),), np.array([0, 1, 0, 1]))
    with pytest.raises(InputError, match="learning_rate"):
        fit(broken, VALIDATION, SETTINGS, _runtime()[0])


def _start(seed: int, sha256: str = "a") -> Start:
    """Weights of another network of the same kind."""
    state = build_network("compact", 1, difference=True, seed=seed).state_dict()
    return Start({name: value.numpy() for name, value in state.items()}, sha256)


def test_fine_tuning_starts_from_the_given_weights(monkeypatch):
    monkeypatch.setattr(training, "train_one_epoch", lambda *_: (0.5, 1e-3))  # no steps
    start = _start(77)
    fitted = fit(TRAIN, VALIDATION, replace(SETTINGS, epochs=1), _runtime()[0], start)
    assert set(fitted.transferred) == set(start.weights) == set(fitted.weights)
    for name, values in fitted.weights.items():
        assert np.array_equal(values, start.weights[name]), name
    assert description(SETTINGS, fitted)["start"]["sha256"] == "a"
    scratch = fit(TRAIN, VALIDATION, replace(SETTINGS, epochs=1), _runtime()[0])
    assert not np.array_equal(scratch.weights["head.weight"], start.weights["head.weight"])
    assert scratch.transferred == ()
    assert description(SETTINGS, scratch)["start"] is None


def test_layers_that_do_not_fit_stay_fresh(monkeypatch):
    monkeypatch.setattr(training, "train_one_epoch", lambda *_: (0.5, 1e-3))
    weights = dict(_start(77).weights)
    weights["head.weight"] = np.zeros((1000, 7), np.float32)
    fitted = fit(TRAIN, VALIDATION, replace(SETTINGS, epochs=1), _runtime()[0], Start(weights, "a"))
    assert set(weights) - set(fitted.transferred) == {"head.weight"}
    own = fit(TRAIN, VALIDATION, replace(SETTINGS, epochs=1), _runtime()[0])
    assert np.array_equal(fitted.weights["head.weight"], own.weights["head.weight"])


def test_a_checkpoint_of_another_start_is_refused():
    settings = replace(SETTINGS, epochs=2)
    runtime, kept = _runtime()
    whole = fit(TRAIN, VALIDATION, settings, runtime, _start(77))
    resumed = _runtime(kept[0])[0]
    assert _same(fit(TRAIN, VALIDATION, settings, resumed, _start(77)), whole)
    for other in (None, _start(78, "b")):
        with pytest.raises(CheckpointError, match="start weights"):
            fit(TRAIN, VALIDATION, settings, resumed, other)
    told: list[str] = []
    anew = fit_resuming(TRAIN, VALIDATION, replace(settings, epochs=1), resumed, None, told.append)
    assert len(told) == 1
    assert _same(anew, fit(TRAIN, VALIDATION, replace(settings, epochs=1), _runtime()[0]))


def test_transferred_layers_can_learn_at_their_own_rate():
    settings = replace(SETTINGS, epochs=1, transferred_rate=0.0)
    start = _start(77)
    weights = {name: v for name, v in start.weights.items() if not name.startswith("head")}
    fitted = fit(TRAIN, VALIDATION, settings, _runtime()[0], Start(weights, "a"))
    network = build_network("compact", 1, difference=True, seed=0)
    for name in {name for name, _ in network.named_parameters()} & set(weights):
        assert np.array_equal(fitted.weights[name], start.weights[name]), name
    fresh = fit(TRAIN, VALIDATION, replace(settings, epochs=1), _runtime()[0])
    assert not np.array_equal(fitted.weights["head.weight"], fresh.weights["head.weight"])


def test_a_curriculum_shows_the_bright_ones_first(monkeypatch):
    seen: list[np.ndarray] = []
    take = Examples.take

    def watched(self, index):
        if len(self) == len(TRAIN):
            seen.append(index)
        return take(self, index)

    monkeypatch.setattr(Examples, "take", watched)
    d_prime = np.where(TRAIN.labels == 1, np.arange(24.0), np.nan)
    examples = replace(TRAIN, d_prime=d_prime)
    settings = replace(SETTINGS, epochs=2, curriculum_epochs=1)
    fit(examples, VALIDATION, settings, _runtime()[0])
    first = np.concatenate(seen[:2])  # 12 of 24 in batches of 8
    assert sorted(first[first % 2 == 1]) == [13, 15, 17, 19, 21, 23]
    assert len(set(first)) == 12
    assert sorted(np.concatenate(seen[2:])) == list(range(24))


def test_global_state_of_torch_is_left_alone(undisturbed):
    before = torch.random.get_rng_state()
    fit(TRAIN, VALIDATION, replace(SETTINGS, epochs=1), _runtime()[0])
    assert torch.equal(before, torch.random.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()


def test_devices():
    assert choose_device("cpu").type == "cpu"
    if torch.cuda.is_available():
        assert choose_device("auto").type == "cuda"
    else:
        assert choose_device("auto").type == "cpu"
        with pytest.raises(InputError, match="cuda"):
            choose_device("cuda")
