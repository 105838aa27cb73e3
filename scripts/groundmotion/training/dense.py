"""Train the dense network on examples drawn as it goes: deterministic, resumable every epoch."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as nnf

from groundmotion.errors import InputError
from groundmotion.networks.dense import DenseNetwork
from groundmotion.synthesis.dense import DenseLaw, draw_dense_batch
from groundmotion.training.checkpoints import (
    CheckpointError,
    TrainingState,
    restore_state,
    save_state,
    to_numpy,
)
from groundmotion.training.fitting import Runtime, TrainedNetwork

HISTORY = ("epoch", "train_loss", "val_loss", "val_dice", "learning_rate")

# Streams of random numbers that one training seed gives.
_WEIGHTS, _EXAMPLES, _VALIDATION, _CALIBRATION, _SETTLING = range(5)

#: Added to both sides of Dice's fraction, cells: maps without motion do not decide it.
_SMOOTHING_CELLS = 50.0

#: A batch: means, counts, truth and weights, (n, rows, cols) each.
_Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class DenseTraining:
    """Everything that decides a run besides the law of its examples.

    Parameters
    ----------
    pairs
        Pairs of channels at each level of the network.
    cycles
        Epochs (each validated and checkpointed) of each cycle of the learning rate.
    steps, batch_size
        Steps of an epoch, examples of a step.
    learning_rate, weight_decay, warmup_epochs
        Of AdamW; see :func:`learning_rate`.
    dice
        Weight of Dice's loss beside the cross-entropy.
    validation
        Examples that each epoch is judged on.
    seed
        Of weights and examples.
    """

    pairs: tuple[int, ...]
    cycles: tuple[int, ...]
    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_epochs: float
    dice: float
    validation: int
    seed: int

    @property
    def epochs(self) -> int:
        """Return the number of epochs of all cycles."""
        return sum(self.cycles)


def fit_dense(training: DenseTraining, law: DenseLaw, runtime: Runtime) -> TrainedNetwork:
    """Train a network and return it as it is in the end, its normalisation settled.

    The rate falls to zero and no example comes twice, so that the last epoch is the best. Means and
    variances of batch normalisation, which follow the last few steps during training, are taken
    anew over many batches. No augmentation: fresh examples come in all orientations and signs, and
    the network exchanges up and down exactly.

    Raises
    ------
    CheckpointError
        If ``runtime.resume`` is damaged or belongs to other settings.
    InputError
        If the loss is no longer a number.
    """
    run = _run_digest(training, law, runtime.run_id)
    state = _fresh_state(training, runtime.device)
    if runtime.resume is not None:
        restore_state(state, runtime.resume, run)
    held_out = validation_batches(training, law, _VALIDATION)
    while len(state.history) < training.epochs:
        epoch = len(state.history)
        loss, rate = _one_epoch(state, training, law, runtime)
        val_loss, val_dice = _validated(state, held_out, training, runtime.device)
        row = (epoch + 1, loss, val_loss, val_dice, rate)
        state.history.append(dict(zip(HISTORY, map(float, row), strict=True)))
        runtime.on_epoch(save_state(state, run))
    history = pd.DataFrame(state.history, columns=list(HISTORY)).astype({"epoch": np.int64})
    settle_normalisation(state.network, training, law, runtime.device)
    weights = {name: to_numpy(value) for name, value in state.network.state_dict().items()}
    return TrainedNetwork(weights, history, training.epochs, (), None)


def fit_dense_resuming(
    training: DenseTraining, law: DenseLaw, runtime: Runtime, warn: Callable[[str], None]
) -> TrainedNetwork:
    """Do as :func:`fit_dense`, but tell ``warn`` of a checkpoint that is no use and start anew."""
    try:
        return fit_dense(training, law, runtime)
    except CheckpointError as error:
        warn(str(error))
    return fit_dense(training, law, replace(runtime, resume=None))


def training_from(settings: Mapping[str, Any], seed: int) -> DenseTraining:
    """Read the numbers of a run from their section of the configuration."""
    lists = {name: tuple(settings[name]) for name in ("pairs", "cycles")}
    return DenseTraining(**{**settings, **lists}, seed=seed)


def dense_logits(
    network: DenseNetwork, batches: list[tuple[NDArray[np.generic], ...]], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what a network says of examples, their truth and their weights, all on the CPU."""
    network.eval()
    logits, truths, weights = [], [], []
    with torch.inference_mode():
        for batch in batches:
            means, counts, truth, weight = _tensors(batch, device)
            logits.append(network(means, counts).cpu())
            truths.append(truth.cpu())
            weights.append(weight.cpu())
    # copies outside of inference mode, so that a fit can go through them
    return torch.cat(logits), torch.cat(truths), torch.cat(weights)


def validation_batches(
    training: DenseTraining, law: DenseLaw, stream: int = _CALIBRATION
) -> list[tuple[NDArray[np.generic], ...]]:
    """Draw examples with seeds of their own, in batches: for calibration, unless said otherwise."""
    count = math.ceil(training.validation / training.batch_size)
    return [
        draw_dense_batch((training.seed, stream, batch), training.batch_size, law)
        for batch in range(count)
    ]


def settle_normalisation(
    network: nn.Module, training: DenseTraining, law: DenseLaw, device: torch.device
) -> None:
    """Take means and variances of batch normalisation over the batches of an epoch."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # plain averages
    network.train()
    with torch.no_grad():
        for batch in range(training.steps):
            seed = (training.seed, _SETTLING, batch)
            means, counts, _, _ = draw_dense_batch(seed, training.batch_size, law)
            network(*(torch.from_numpy(x).to(device) for x in (means, counts)))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    network.eval()


def dense_loss(
    logits: Tensor, truth: Tensor, weights: Tensor, dice: float
) -> tuple[Tensor, Tensor]:
    """Weighted cross-entropy of cells plus ``dice`` times Dice's loss of what moves.

    Parameters
    ----------
    logits
        (n, 3, rows, cols).
    truth, weights
        (n, rows, cols) class and weight of each cell.
    dice
        Weight of Dice's loss.

    Returns
    -------
    loss, overlap
        The sum of both, and Dice's overlap of the batch, 1 where all is right.
    """
    entropy = nnf.cross_entropy(logits, truth, reduction="none")
    entropy = (entropy * weights).sum() / weights.sum().clamp(min=1.0)
    probability = logits.softmax(1)[:, 1:] * weights[:, None]
    wanted = torch.stack([truth == 1, truth == 2], 1) * weights[:, None]
    shared = 2 * (probability * wanted).sum() + _SMOOTHING_CELLS
    overlap = shared / (probability.sum() + wanted.sum() + _SMOOTHING_CELLS)
    return entropy + dice * (1 - overlap), overlap


def learning_rate(training: DenseTraining, epochs_done: float) -> float:
    """Return the learning rate: a linear warm-up, then a cosine to zero in every cycle.

    Each cycle begins at half the rate of the one before (SGDR, Loshchilov & Hutter 2017).
    """
    warm, start, peak = training.warmup_epochs, 0, training.learning_rate
    if epochs_done < warm:
        return peak * (epochs_done + 0.01) / (warm + 0.01)
    for cycle in training.cycles[:-1]:
        if epochs_done < start + cycle:
            break
        start, warm, peak = start + cycle, 0.0, peak / 2
    else:
        cycle = training.cycles[-1]
    share = (epochs_done - start - warm) / max(cycle - warm, 1e-9)
    return peak * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))


def _one_epoch(
    state: TrainingState, training: DenseTraining, law: DenseLaw, runtime: Runtime
) -> tuple[float, float]:
    """Take the steps of an epoch; return the mean loss and the last learning rate."""
    epoch, total, rate = len(state.history), 0.0, 0.0
    state.network.train()
    for step in runtime.progress(range(training.steps), f"epoch {epoch + 1}"):
        rate = learning_rate(training, epoch + step / training.steps)
        for group in state.optimiser.param_groups:
            group["lr"] = rate
        seed = (training.seed, _EXAMPLES, epoch, step)
        means, counts, truth, weights = _tensors(
            draw_dense_batch(seed, training.batch_size, law), runtime.device
        )
        state.optimiser.zero_grad(set_to_none=True)
        loss, _ = dense_loss(state.network(means, counts), truth, weights, training.dice)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), 5.0)
        state.optimiser.step()
        total += float(loss.detach())
    if not math.isfinite(total):
        raise InputError(
            f"training of the dense network diverged in epoch {epoch + 1} (the loss is not a "
            "number); lower its learning_rate"
        )
    return total / training.steps, rate


def _validated(
    state: TrainingState,
    batches: list[tuple[NDArray[np.generic], ...]],
    training: DenseTraining,
    device: torch.device,
) -> tuple[float, float]:
    """Return the mean loss and overlap of the batches held out."""
    state.network.eval()
    with torch.inference_mode():
        results = []
        for batch in batches:
            means, counts, truth, weights = _tensors(batch, device)
            results.append(dense_loss(state.network(means, counts), truth, weights, training.dice))
    losses, overlaps = zip(*results, strict=True)
    return float(torch.stack(losses).mean()), float(torch.stack(overlaps).mean())


def _tensors(batch: tuple[NDArray[np.generic], ...], device: torch.device) -> _Batch:
    means, counts, truth, weights = (torch.from_numpy(array).to(device) for array in batch)
    return means, counts, truth.long(), weights


def _fresh_state(training: DenseTraining, device: torch.device) -> TrainingState:
    seed = int(np.random.SeedSequence([training.seed, _WEIGHTS]).generate_state(1)[0])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DenseNetwork(training.pairs).to(device)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    return TrainingState(network, optimiser, {})


def _run_digest(training: DenseTraining, law: DenseLaw, run_id: str) -> str:
    plain = json.dumps([asdict(training), asdict(law), run_id, torch.__version__], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
