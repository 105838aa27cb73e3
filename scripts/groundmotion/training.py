"""Train a network on labelled windows: deterministic, and resumable after every epoch."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from groundmotion.batches import Examples, augmented, random_images
from groundmotion.checkpoints import Checkpoint, TrainingState, restore_state, save_state, to_numpy
from groundmotion.errors import InputError
from groundmotion.metrics import confusion, rates
from groundmotion.networks import Network, build_network
from groundmotion.wrapping import ImageSettings, WrapSet, distinct_wraps

HISTORY = ("epoch", "train_loss", "val_loss", "val_accuracy", "learning_rate")

# Streams of random numbers that one training seed gives.
_WEIGHTS, _ORDER, _DROPOUT, _VALIDATION = range(4)

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a training run besides its examples.

    Parameters
    ----------
    network
        Name of the network.
    image
        What it is shown.
    wraps
        Intervals and offsets to draw from.
    epochs, batch_size, patience_epochs
        Most epochs; examples per step; epochs without a lower validation loss before it ends.
    learning_rate, weight_decay, warmup_epochs
        Of AdamW. The rate rises linearly during the warm-up and falls to zero along a cosine.
    flips
        Whether windows are mirrored at random, east–west and north–south.
    sign_flips
        Whether uplift and subsidence are exchanged at random.
    seed
        Of weights, order, augmentation and dropout.
    """

    network: str
    image: ImageSettings
    wraps: tuple[WrapSet, ...]
    epochs: int
    batch_size: int
    patience_epochs: int
    learning_rate: float
    weight_decay: float
    warmup_epochs: int
    flips: bool
    sign_flips: bool
    seed: int


@dataclass(frozen=True)
class Runtime:
    """Where and how a run is carried out; none of it changes the result on one device.

    Parameters
    ----------
    device
        For the network.
    progress
        Wraps the batches of an epoch, given its title; may draw a bar.
    on_epoch
        Receives a checkpoint after every epoch.
    resume
        Checkpoint to continue from, or None.
    run_id
        Names the examples, such as by their digests; a checkpoint of other ones is refused.
    """

    device: torch.device
    progress: Progress
    on_epoch: Callable[[Checkpoint], None]
    resume: Checkpoint | None
    run_id: str


@dataclass(frozen=True)
class Fitted:
    """A trained network: weights of its best epoch, the history (columns :data:`HISTORY`)."""

    weights: Mapping[str, NDArray[Any]]
    history: pd.DataFrame
    best_epoch: int


def settings_from_config(arm: Mapping[str, Any], settings: Mapping[str, Any]) -> TrainingSettings:
    """Read the settings of one arm.

    Parameters
    ----------
    arm
        ``source``, ``network``, ``input``, ``seed``, as in a row of Table I.
    settings
        The section ``training`` of its kind of network, with ``augment`` and ``wrapping`` added.
    """
    how = settings["wrapping"]
    return TrainingSettings(
        network=arm["network"],
        image=ImageSettings(arm["input"], float(how["unwrapped_scale_mm_yr"])),
        wraps=distinct_wraps(how["intervals_mm_yr"], how["offsets_mm_yr"], how["offset_mode"]),
        epochs=int(settings["epochs"]),
        batch_size=int(settings["batch_size"]),
        patience_epochs=int(settings["patience_epochs"]),
        learning_rate=float(settings["learning_rate"]),
        weight_decay=float(settings["weight_decay"]),
        warmup_epochs=int(settings["warmup_epochs"]),
        flips=bool(settings["augment"]),
        # Line sources subside; point sources go both ways (paper §IV-C).
        sign_flips=bool(settings["augment"]) and arm["source"] == "point",
        seed=int(arm["seed"]),
    )


def choose_device(name: str) -> torch.device:
    """Return the device for ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.

    Raises
    ------
    InputError
        If CUDA is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("device: cuda is asked for, but PyTorch finds none; use auto or cpu")
    return torch.device("cuda" if available and name != "cpu" else "cpu")


def fit(
    training: Examples, validation: Examples, settings: TrainingSettings, runtime: Runtime
) -> Fitted:
    """Train a network and return it as it was at its lowest validation loss.

    Interval and offset of the wrap are drawn at random for each example. Every epoch draws from its
    own seeds, so a run continued from a checkpoint ends with the same weights as an
    undisturbed one.

    Parameters
    ----------
    training, validation
        Labelled windows.
    settings, runtime
        What is trained, and where.

    Raises
    ------
    CheckpointError
        If ``runtime.resume`` is damaged or belongs to other settings or examples.
    """
    run = _run_digest(settings, runtime.run_id)
    with _deterministic():
        state = _fresh_state(settings, runtime.device)
        if runtime.resume is not None:
            restore_state(state, runtime.resume, run)
        while not _finished(state, settings):
            _one_epoch(state, training, validation, settings, runtime)
            runtime.on_epoch(save_state(state, run))
    history = pd.DataFrame(state.history, columns=list(HISTORY)).astype({"epoch": np.int64})
    weights = {name: to_numpy(value) for name, value in state.best.items()}
    return Fitted(weights, history, int(history["epoch"][state.best_epoch]))


def _finished(state: TrainingState, settings: TrainingSettings) -> bool:
    done = len(state.history)
    if done == 0:
        return False
    return done >= settings.epochs or done - 1 - state.best_epoch >= settings.patience_epochs


def _one_epoch(
    state: TrainingState,
    training: Examples,
    validation: Examples,
    settings: TrainingSettings,
    runtime: Runtime,
) -> None:
    epoch = len(state.history)
    train_loss, rate = train_one_epoch(state.network, state.optimiser, training, settings, runtime,
                                       epoch)  # fmt: skip
    val_loss, val_accuracy = evaluate(state.network, validation, settings, runtime.device)
    row = (epoch + 1, train_loss, val_loss, val_accuracy, rate)
    state.history.append(dict(zip(HISTORY, map(float, row), strict=True)))
    if state.best_epoch == epoch:
        state.best = {k: v.detach().clone() for k, v in state.network.state_dict().items()}


def train_one_epoch(
    network: Network,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    settings: TrainingSettings,
    runtime: Runtime,
    epoch: int,
) -> tuple[float, float]:
    """Go through all examples once, in random order.

    Returns
    -------
    loss, rate
        Mean cross-entropy over the epoch, and the learning rate of its last step.
    """
    rng = _generator(settings.seed, _ORDER, epoch)
    order = rng.permutation(len(examples))
    batches = np.array_split(order, max(1, math.ceil(len(order) / settings.batch_size)))
    network.train()
    total, rate = 0.0, 0.0
    with _torch_seed(settings.seed, epoch, runtime.device):
        for step, index in enumerate(runtime.progress(batches, f"epoch {epoch + 1}")):
            rate = _learning_rate(settings, epoch + step / len(batches))
            for group in optimiser.param_groups:
                group["lr"] = rate
            windows = augmented(
                examples.take(index), rng, flips=settings.flips, sign_flips=settings.sign_flips
            )
            image, mask = _images(windows, network, settings, rng, runtime.device)
            labels = _labels(examples, index, runtime.device)
            optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(network(image, mask), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(index)
    if not math.isfinite(total):
        raise InputError(
            f"training of {settings.network} diverged in epoch {epoch + 1} (the loss is not a "
            "number); lower its learning_rate in config.yaml"
        )
    return total / len(examples), rate


def evaluate(
    network: Network, examples: Examples, settings: TrainingSettings, device: torch.device
) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy, with one fixed random wrap for each example.

    The full score of :func:`groundmotion.detection.score_windows` costs eight times as much; it is
    kept for the test set.
    """
    rng = _generator(settings.seed, _VALIDATION, 0)
    network.eval()
    total, predicted = 0.0, []
    with torch.inference_mode():
        for start in range(0, len(examples), settings.batch_size):
            index = np.arange(start, min(start + settings.batch_size, len(examples)))
            windows = examples.take(index)
            image, mask = _images(windows, network, settings, rng, device)
            logits = network(image, mask)
            labels = _labels(examples, index, device)
            total += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
            predicted.append((logits[:, 1] >= logits[:, 0]).cpu().numpy())
    counts = confusion(examples.labels, np.concatenate(predicted))
    return total / len(examples), rates(counts)["accuracy"]


def _images(
    windows: NDArray[np.float32],
    network: Network,
    settings: TrainingSettings,
    rng: np.random.Generator,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    centred = not network.offset_invariant
    return random_images(windows, settings.image, settings.wraps, rng, device, centred=centred)


def _labels(examples: Examples, index: NDArray[np.int64], device: torch.device) -> Tensor:
    return torch.from_numpy(examples.labels[index].astype(np.int64)).to(device)


def _learning_rate(settings: TrainingSettings, epochs_done: float) -> float:
    """Linear warm-up, then a cosine that ends at zero."""
    warm = settings.warmup_epochs
    if epochs_done < warm:
        # Not zero at the very first step.
        return settings.learning_rate * (epochs_done + 0.01) / (warm + 0.01)
    share = (epochs_done - warm) / max(settings.epochs - warm, 1)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def _fresh_state(settings: TrainingSettings, device: torch.device) -> TrainingState:
    seed = int(np.random.SeedSequence([settings.seed, _WEIGHTS]).generate_state(1)[0])
    network = build_network(
        settings.network, settings.image.channels,
        difference=not settings.image.is_wrapped, seed=seed,
    ).to(device)  # fmt: skip
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    return TrainingState(network, optimiser, {})


def _generator(seed: int, stream: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, stream, epoch]))


@contextmanager
def _torch_seed(seed: int, epoch: int, device: torch.device) -> Iterator[None]:
    """Seed torch (dropout) for one epoch and put its random state back afterwards."""
    entropy = np.random.SeedSequence([seed, _DROPOUT, epoch]).generate_state(1)[0]
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(int(entropy))
        yield


@contextmanager
def _deterministic() -> Iterator[None]:
    """Use deterministic algorithms where torch has them."""
    before = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn)


def _run_digest(settings: TrainingSettings, run_id: str) -> str:
    plain = json.dumps([asdict(settings), run_id, torch.__version__], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
