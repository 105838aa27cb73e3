"""The state of a training run after an epoch, as named arrays that can be stored and checked."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from groundmotion.errors import InputError


class CheckpointError(InputError):
    """A checkpoint that cannot be continued: damaged, or of another run."""


@dataclass(frozen=True)
class Checkpoint:
    """State after an epoch as named arrays and plain data, ready to be stored."""

    arrays: Mapping[str, NDArray[Any]]
    extra: Mapping[str, Any]


def last_checkpoint(
    read: Callable[[], tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]],
    warn: Callable[[str], None],
) -> Checkpoint | None:
    """Return what an unfinished run left, or None; ``warn`` is told why if it is no use.

    ``read`` gives the arrays and plain data that were stored.
    """
    try:
        return Checkpoint(*read())
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever is wrong with it, the run can start anew
        warn(f"damaged ({error})")
        return None


@dataclass
class TrainingState:
    """What changes while a network is trained.

    ``best`` are the weights of the epoch with the lowest validation loss; ``history`` has one row
    per finished epoch.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    best: dict[str, Tensor]
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """Return the index of the epoch with the lowest validation loss."""
        return int(np.argmin([row["val_loss"] for row in self.history]))


def to_numpy(value: Tensor) -> NDArray[Any]:
    """Copy a tensor into an array."""
    # A copy in plain order: the tensor goes on changing, and files know no other order.
    return np.array(value.detach().cpu().numpy(), order="C", copy=True)


def _content_digest(arrays: Mapping[str, NDArray[Any]], history: list[dict[str, float]]) -> str:
    digest = hashlib.sha256(json.dumps(history, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def save_state(state: TrainingState, run: str) -> Checkpoint:
    """Collect a checkpoint of the run with the digest ``run``."""
    arrays = {f"network/{k}": to_numpy(v) for k, v in state.network.state_dict().items()}
    arrays |= {f"best/{k}": to_numpy(v) for k, v in state.best.items()}
    for number, slots in state.optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser/{number}/{k}": to_numpy(v) for k, v in slots.items()}
    extra = {
        "run": run,
        "history": state.history,
        "content": _content_digest(arrays, state.history),
    }
    return Checkpoint(arrays, json.loads(json.dumps(extra)))


def restore_state(state: TrainingState, checkpoint: Checkpoint, run: str) -> None:
    """Put a checkpoint's content into a fresh state.

    Raises
    ------
    CheckpointError
        If it is damaged or belongs to a run with another digest.
    """
    arrays, extra = checkpoint.arrays, checkpoint.extra
    if not {"run", "history", "content"} <= set(extra):
        raise CheckpointError("the checkpoint is damaged: its description is incomplete")
    if extra["run"] != run:
        raise CheckpointError(
            "the checkpoint belongs to other settings, examples, start weights or PyTorch"
        )
    if _content_digest(arrays, extra["history"]) != extra["content"]:
        raise CheckpointError("the checkpoint is damaged: its digest does not match its content")

    def part(prefix: str) -> dict[str, Tensor]:
        return {
            name.removeprefix(prefix): torch.from_numpy(np.array(value))
            for name, value in arrays.items()
            if name.startswith(prefix)
        }

    state.network.load_state_dict(part("network/"))
    device = next(state.network.parameters()).device
    state.best = {k: v.to(device) for k, v in part("best/").items()}
    weights = [p for group in state.optimiser.param_groups for p in group["params"]]
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in part("optimiser/").items():
        number, slot = name.split("/", 1)
        slots.setdefault(int(number), {})[slot] = _laid_out_as(weights[int(number)], value)
    groups = state.optimiser.state_dict()["param_groups"]
    state.optimiser.load_state_dict({"state": slots, "param_groups": groups})
    state.history = [dict(row) for row in extra["history"]]


def _laid_out_as(weight: Tensor, value: Tensor) -> Tensor:
    """Copy a moment of a weight into the weight's own order in memory.

    PyTorch's fused optimisers go through both in the order of memory and do not look at strides.
    """
    if value.shape != weight.shape:
        return value  # the number of steps
    return torch.empty_like(weight, device=value.device, dtype=value.dtype).copy_(value)
