"""What a training run does when: its settings, its learning rate, the order of its examples."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.patches.wrapping import ImageSettings, WrapSet, distinct_wraps


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a training run besides its examples and what it starts from.

    Parameters
    ----------
    network
        Name of the network.
    image
        What it is shown.
    wraps
        Intervals and offsets to draw from.
    any_offset
        Whether training draws any offset of an interval instead of the listed ones. Validation
        keeps to these, as detection does.
    classes
        Names of what is told apart, the first of them no deformation.
    precision
        Of products in the network: one of :data:`groundmotion.networks.precision.PRECISIONS`.
    epochs, batch_size, patience_epochs
        Most epochs; examples per step; epochs without a lower validation loss before it ends.
    learning_rate, weight_decay, warmup_epochs
        Of AdamW. The rate rises linearly during the warm-up and falls to zero along a cosine.
    transferred_rate
        Learning rate of layers that start from other weights, relative to fresh ones.
    curriculum_epochs
        First epochs that go from bright to faint examples; see :func:`bright_share`.
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
    any_offset: bool
    classes: tuple[str, ...]
    precision: str
    epochs: int
    batch_size: int
    patience_epochs: int
    learning_rate: float
    weight_decay: float
    warmup_epochs: float
    transferred_rate: float
    curriculum_epochs: int
    flips: bool
    sign_flips: bool
    seed: int


def settings_from_config(arm: Mapping[str, Any], settings: Mapping[str, Any]) -> TrainingSettings:
    """Read the settings of one arm.

    Parameters
    ----------
    arm
        ``source``, ``network``, ``input``, ``seed``, as in a row of Table I.
    settings
        The section ``training`` of its kind of network, with ``augment``, ``wrapping`` and
        ``classes`` added.
    """
    wrapping = settings["wrapping"]
    return TrainingSettings(
        network=arm["network"],
        image=ImageSettings(arm["input"], float(wrapping["unwrapped_scale_mm_yr"])),
        wraps=distinct_wraps(
            wrapping["intervals_mm_yr"], wrapping["offsets_mm_yr"], wrapping["offset_mode"]
        ),
        any_offset=bool(settings["any_offset"]),
        classes=tuple(settings["classes"]),
        precision=str(settings["precision"]),
        epochs=int(settings["epochs"]),
        batch_size=int(settings["batch_size"]),
        patience_epochs=int(settings["patience_epochs"]),
        learning_rate=float(settings["learning_rate"]),
        weight_decay=float(settings["weight_decay"]),
        warmup_epochs=float(settings["warmup_epochs"]),
        transferred_rate=float(settings["transferred_rate"]),
        curriculum_epochs=int(settings["curriculum_epochs"]),
        flips=bool(settings["augment"]),
        # Line sources subside; point sources and volcanoes go both ways (paper §IV-C).
        sign_flips=bool(settings["augment"]) and "line" not in settings["classes"],
        seed=int(arm["seed"]),
    )


def learning_rate(settings: TrainingSettings, epochs_done: float) -> float:
    """Return the learning rate: linear warm-up, then a cosine that ends at zero."""
    warm = settings.warmup_epochs
    if epochs_done < warm:
        # Not zero at the very first step.
        return settings.learning_rate * (epochs_done + 0.01) / (warm + 0.01)
    if settings.epochs <= warm:
        return settings.learning_rate  # nothing is left to fall along
    share = (epochs_done - warm) / (settings.epochs - warm)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def bright_share(epoch: int, curriculum_epochs: int) -> float:
    """Share of the examples that an epoch (from 0) of a curriculum sees, the brightest first.

    Examples
    --------
    >>> [bright_share(epoch, 3) for epoch in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """
    return min(1.0, (epoch + 1) / (curriculum_epochs + 1))


def epoch_order(
    labels: NDArray[np.integer],
    d_prime: NDArray[np.floating] | None,
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the order in which an epoch sees the examples: at random.

    Parameters
    ----------
    labels
        (n,), 1 for deformation.
    d_prime
        (n,) how visible each deformation is; not looked at where ``labels`` is 0.
    share
        In (0, 1]. Below 1, only this share of the deformations, the most visible ones, and as
        large a random share of the others take part.
    rng
        Draws the order, with the same numbers whatever the share.

    Raises
    ------
    InputError
        If the share is below 1 and d′ is not known.
    """
    order = rng.permutation(len(labels))
    if share >= 1:
        return order
    moves = labels == 1
    if d_prime is None or not np.all(np.isfinite(d_prime[moves])):
        raise InputError(
            "curriculum_epochs: the examples do not say how visible they are (d_prime); set it to 0"
        )
    bright = order[moves[order]]
    bright = bright[np.argsort(-d_prime[bright], kind="stable")][: math.ceil(share * len(bright))]
    still = order[~moves[order]]
    takes_part = np.zeros(len(labels), bool)
    takes_part[bright] = takes_part[still[: math.ceil(share * len(still))]] = True
    return order[takes_part[order]]
