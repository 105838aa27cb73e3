"""Train a network on labelled windows: deterministic, and resumable after every epoch."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from groundmotion.aliases import Progress
from groundmotion.errors import InputError
from groundmotion.networks.building import Network, build_network
from groundmotion.networks.precision import products_in
from groundmotion.patches.examples import Examples
from groundmotion.training.checkpoints import (
    Checkpoint,
    CheckpointError,
    TrainingState,
    restore_state,
    save_state,
    to_numpy,
)
from groundmotion.training.images import augmented, draw_wraps, network_images
from groundmotion.training.settings import (
    TrainingSettings,
    bright_share,
    epoch_order,
    learning_rate,
)
from groundmotion.training.starts import Start, start_network

HISTORY = ("epoch", "train_loss", "val_loss", "val_accuracy", "learning_rate")

# Streams of random numbers that one training seed gives.
_WEIGHTS, _ORDER, _DROPOUT, _VALIDATION = range(4)


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
class TrainedNetwork:
    """A trained network: weights of its best epoch, the history (columns :data:`HISTORY`).

    ``transferred`` names the weights that it started from, ``origin`` is the SHA-256 of their file;
    empty and None where it started from scratch.
    """

    weights: Mapping[str, NDArray[Any]]
    history: pd.DataFrame
    best_epoch: int
    transferred: tuple[str, ...]
    origin: str | None


def fit(
    training: Examples,
    validation: Examples,
    settings: TrainingSettings,
    runtime: Runtime,
    start: Start | None = None,
) -> TrainedNetwork:
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
    start
        Weights to start from, or None for random ones.

    Raises
    ------
    CheckpointError
        If ``runtime.resume`` is damaged or belongs to other settings, examples or another start.
    """
    run = _run_digest(settings, runtime.run_id, start)
    with _deterministic():
        state, transferred = _fresh_state(settings, runtime.device, start)
        if runtime.resume is not None:
            restore_state(state, runtime.resume, run)
        while not _finished(state, settings):
            _one_epoch(state, training, validation, settings, runtime)
            runtime.on_epoch(save_state(state, run))
    history = pd.DataFrame(state.history, columns=list(HISTORY)).astype({"epoch": np.int64})
    weights = {name: to_numpy(value) for name, value in state.best.items()}
    best = int(history["epoch"][state.best_epoch])
    origin = None if start is None else start.sha256
    return TrainedNetwork(weights, history, best, tuple(sorted(transferred)), origin)


def fit_resuming(
    training: Examples,
    validation: Examples,
    settings: TrainingSettings,
    runtime: Runtime,
    start: Start | None,
    warn: Callable[[str], None],
) -> TrainedNetwork:
    """Do as :func:`fit`, but tell ``warn`` of a checkpoint that is no use and start anew."""
    try:
        return fit(training, validation, settings, runtime, start)
    except CheckpointError as error:
        warn(str(error))
    return fit(training, validation, settings, replace(runtime, resume=None), start)


def description(settings: TrainingSettings, network: TrainedNetwork) -> dict[str, Any]:
    """Return what a model's file says of its training and of the images it takes."""
    origin = {"sha256": network.origin, "weights": list(network.transferred)}
    return {
        "training": asdict(settings),
        "scale_mm_yr": settings.image.scale_mm_yr,
        "wraps": [asdict(wraps) for wraps in settings.wraps],
        "best_epoch": network.best_epoch,
        "start": None if network.origin is None else origin,
    }


def _finished(state: TrainingState, settings: TrainingSettings) -> bool:
    epochs = len(state.history)
    if epochs == 0:
        return False
    return epochs >= settings.epochs or epochs - 1 - state.best_epoch >= settings.patience_epochs


def _one_epoch(
    state: TrainingState,
    training: Examples,
    validation: Examples,
    settings: TrainingSettings,
    runtime: Runtime,
) -> None:
    epoch = len(state.history)
    network = cast(Network, state.network)
    train_loss, rate = train_one_epoch(network, state.optimiser, training, settings, runtime, epoch)
    val_loss, val_accuracy = evaluate(network, validation, settings, runtime.device)
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
    """Go through all examples once, in random order; through bright ones during a curriculum.

    Returns
    -------
    loss, rate
        Mean cross-entropy over the epoch, and the learning rate of its last step.
    """
    rng = _generator(settings.seed, _ORDER, epoch)
    share = bright_share(epoch, settings.curriculum_epochs)
    order = epoch_order(examples.labels, examples.d_prime, share, rng)
    batches = np.array_split(order, max(1, math.ceil(len(order) / settings.batch_size)))
    network.train()
    total, rate = 0.0, 0.0
    with _torch_seed(settings.seed, epoch, runtime.device):
        for step, index in enumerate(runtime.progress(batches, f"epoch {epoch + 1}")):
            rate = learning_rate(settings, epoch + step / len(batches))
            for group in optimiser.param_groups:
                group["lr"] = rate * group["relative_rate"]
            windows = augmented(
                examples.take(index), rng, flips=settings.flips, sign_flips=settings.sign_flips
            )
            wraps = draw_wraps(settings.wraps, len(index), rng, any_offset=settings.any_offset)
            image, mask = _images(windows, wraps, network, settings, runtime.device)
            labels = _labels(examples, index, runtime.device)
            optimiser.zero_grad(set_to_none=True)
            with products_in(settings.precision, runtime.device):
                logits = network(image, mask)
            loss = nn.functional.cross_entropy(logits.float(), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(index)
    if not math.isfinite(total):
        raise InputError(
            f"training of {settings.network} diverged in epoch {epoch + 1} (the loss is not a "
            "number); lower its learning_rate in config.yaml"
        )
    return total / len(order), rate


def evaluate(
    network: Network, examples: Examples, settings: TrainingSettings, device: torch.device
) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy, with one fixed random wrap for each example.

    The full score of :func:`groundmotion.detection.windows.score_windows` costs eight times as
    much; it is kept for the test set.
    """
    rng = _generator(settings.seed, _VALIDATION, 0)
    network.eval()
    total, right = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(examples), settings.batch_size):
            index = np.arange(start, min(start + settings.batch_size, len(examples)))
            windows = examples.take(index)
            wraps = draw_wraps(settings.wraps, len(index), rng, any_offset=False)
            image, mask = _images(windows, wraps, network, settings, device)
            with products_in(settings.precision, device):
                logits = network(image, mask).float()
            labels = _labels(examples, index, device)
            total += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
            right += int((logits.argmax(1) == labels).sum())
    return total / len(examples), right / len(examples)


def _images(
    windows: NDArray[np.float32],
    wraps: NDArray[np.float32],
    network: Network,
    settings: TrainingSettings,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    centred = not network.offset_invariant
    return network_images(windows, wraps, settings.image, device, centred=centred)


def _labels(examples: Examples, index: NDArray[np.int64], device: torch.device) -> Tensor:
    return torch.from_numpy(examples.labels[index].astype(np.int64)).to(device)


def _fresh_state(
    settings: TrainingSettings, device: torch.device, start: Start | None
) -> tuple[TrainingState, frozenset[str]]:
    """Return a network before its first step, and the names of the weights from ``start``."""
    seed = int(np.random.SeedSequence([settings.seed, _WEIGHTS]).generate_state(1)[0])
    network = build_network(
        settings.network, settings.image.channels,
        difference=not settings.image.is_wrapped, seed=seed, classes=len(settings.classes),
        masks=settings.image.masks,
    )  # fmt: skip
    transferred = frozenset[str]() if start is None else start_network(network, start)
    network.to(device)
    groups: list[dict[str, Any]] = []
    for rate, is_transferred in ((settings.transferred_rate, True), (1.0, False)):
        parameters = [
            p for name, p in network.named_parameters() if (name in transferred) == is_transferred
        ]
        if parameters:
            groups.append({"params": parameters, "relative_rate": rate})
    optimiser = torch.optim.AdamW(
        groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    return TrainingState(network, optimiser, {}), transferred


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
    enabled = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warn)


def _run_digest(settings: TrainingSettings, run_id: str, start: Start | None) -> str:
    origin = None if start is None else start.sha256
    plain = json.dumps([asdict(settings), run_id, origin, torch.__version__], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
