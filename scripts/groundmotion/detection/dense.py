"""Where the ground moves, up or down, cell by cell, by the dense network.

Maps of any size are gone through in tiles. Each is read with so wide a margin that no tile's result
depends on where the tiles lie; memory is that of one tile.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional as nnf

from groundmotion.aliases import Maps, Reals, Slices
from groundmotion.errors import InputError
from groundmotion.networks.dense import REACH_CELLS, STEP_CELLS, DenseNetwork
from groundmotion.scores.metrics import expected_calibration_error

#: Largest side of the tiles that a map is gone through in; only memory depends on it.
TILE_CELLS = 1024


@dataclass(frozen=True)
class DenseCalibration:
    """How logits become probabilities: all over a temperature, the still one shifted.

    Parameters
    ----------
    temperature
        Above 1 where the network is too sure of itself.
    still_bias
        Added to the logit of still ground after that.
    """

    temperature: float = 1.0
    still_bias: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not a calibration."""
        numbers = np.isfinite([self.temperature, self.still_bias]).all()
        if not (numbers and self.temperature > 0):
            raise InputError(
                f"dense calibration: expected a temperature above 0 and a finite still_bias, got "
                f"{self.temperature} and {self.still_bias}; calibrate the model again"
            )

    def probabilities(self, logits: Tensor) -> Tensor:
        """Probabilities of still, up and down from logits (…, 3, rows, cols)."""
        shift = torch.zeros(3, 1, 1, dtype=logits.dtype, device=logits.device)
        shift[0] = self.still_bias
        return (logits / self.temperature + shift).softmax(-3)


@dataclass(frozen=True)
class DenseModel:
    """A trained dense network, ready to be asked."""

    network: DenseNetwork
    calibration: DenseCalibration
    device: torch.device


def load_dense(
    weights: Mapping[str, NDArray[Any]],
    description: Mapping[str, Any],
    calibration: Mapping[str, Any] | None,
    device: torch.device,
) -> DenseModel:
    """Rebuild a trained network from its files' content.

    Parameters
    ----------
    weights
        Of ``weights.safetensors``.
    description
        Of ``model.json``.
    calibration
        Of ``calibration.json``; None to say what the network says.
    device
        To run it on.

    Raises
    ------
    InputError
        If the description is of another network, or the weights do not fit it.
    """
    if description.get("network") != "dense":
        raise InputError(
            f"model.json: expected a dense network, found {description.get('network')!r}"
        )
    network = DenseNetwork(tuple(description["training"]["pairs"]))
    try:
        network.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in weights.items()})
    except RuntimeError as error:
        raise InputError(f"the weights do not fit model.json: {error}") from error
    content = calibration or {}
    fit = DenseCalibration(
        float(content.get("temperature", 1.0)), float(content.get("still_bias", 0.0))
    )
    return DenseModel(network.to(device).eval(), fit, device)


def dense_probability(
    means: Reals, counts: Reals, noise_std: float, model: DenseModel, tile_cells: int = TILE_CELLS
) -> tuple[Maps, Maps]:
    """Probability that each cell moves up, and down.

    Parameters
    ----------
    means
        (rows, cols) mean velocity of each cell's points, mm/yr; not looked at where there is none.
    counts
        (rows, cols) number of points in each cell.
    noise_std
        Standard deviation of one point's noise, mm/yr: the nugget and what is correlated over a few
        cells, √γ at a lag of :data:`groundmotion.synthesis.dense.NOISE_LAG_CELLS` cells. A third
        too much or too little is what the network was trained with.
    model
        See :func:`load_dense`.
    tile_cells
        Largest side of a tile, a multiple of 16; only memory depends on it.

    Returns
    -------
    p_up, p_down
        (rows, cols) float32; up is motion toward the satellite. Ground without points is said to
        move as often as it did in training; the caller masks what is too far from any point.

    Notes
    -----
    The network was taught sources that fall to a tenth within 3 to 60 cells; cells should be small
    enough that those looked for reach over some 20. A region is best outlined at a probability of
    0.5 and kept where its highest logit exceeds 2.5 (a probability of 0.92): on maps of 10 m cells
    with 2–10 % of them occupied that left 1.3 (noise of the paper) and 0.1 (noise like EGMS's)
    regions of still ground in 1,000 km², of 10,000 km² each that decided nothing.

    Raises
    ------
    InputError
        If shapes differ, a cell with points has no finite mean, or ``noise_std`` or ``tile_cells``
        is out of range.
    """
    scaled, number = _checked(means, counts, noise_std)
    if tile_cells <= 0 or tile_cells % STEP_CELLS:
        raise InputError(f"tile_cells {tile_cells}: expected a multiple of {STEP_CELLS}")
    shape = scaled.shape
    after = [(0, -size % STEP_CELLS) for size in shape]
    scaled, number = np.pad(scaled, after), np.pad(number, after)
    result = np.empty((2, *scaled.shape), np.float32)
    with torch.inference_mode():
        for read, inner, target in _tiles(scaled.shape, tile_cells):
            parts = (torch.from_numpy(x[read][None]).to(model.device) for x in (scaled, number))
            moving = model.calibration.probabilities(model.network(*parts))[0, 1:]
            result[(slice(None), *target)] = moving[(slice(None), *inner)].cpu().numpy()
    up, down = result[:, : shape[0], : shape[1]]
    return up, down


def fit_dense_calibration(logits: Tensor, truth: Tensor, weights: Tensor) -> DenseCalibration:
    """Fit temperature and bias by the likelihood of cells.

    Parameters
    ----------
    logits
        (n, 3, rows, cols) of examples that the network was not trained with.
    truth, weights
        (n, rows, cols) class and weight of each cell.
    """
    parameters = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    values = logits.double().movedim(1, -1)[weights > 0]
    wanted = truth[weights > 0]
    still = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    optimiser = torch.optim.LBFGS([parameters], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        shifted = values * torch.exp(-parameters[0]) + parameters[1] * still
        entropy = nnf.cross_entropy(shifted, wanted)
        entropy.backward()  # type: ignore[no-untyped-call]
        return entropy

    optimiser.step(loss)  # type: ignore[arg-type]
    log_temperature, bias = parameters.detach().tolist()
    return DenseCalibration(float(np.exp(log_temperature)), float(bias))


def calibration_content(
    logits: Tensor, truth: Tensor, weights: Tensor, bins: int
) -> dict[str, float | int]:
    """Fit a calibration and say how far cells' probabilities of moving are off, before and after.

    Returns
    -------
    dict
        ``temperature``, ``still_bias``, ``ece_raw``, ``ece`` and ``n_cells``. The errors are those
        of the cells that it was fitted on.
    """
    fit = fit_dense_calibration(logits, truth, weights)
    judged = (weights > 0).numpy()
    moving = (truth > 0).numpy()[judged].astype(np.int64)

    def error(calibration: DenseCalibration) -> float:
        probability = 1 - calibration.probabilities(logits.double())[:, 0].numpy()[judged]
        return float(expected_calibration_error(np.clip(probability, 0, 1), moving, bins))

    errors = {"ece_raw": error(DenseCalibration()), "ece": error(fit)}
    return {**asdict(fit), **errors, "n_cells": int(judged.sum())}


def _checked(means: ArrayLike, counts: ArrayLike, noise_std: float) -> tuple[Maps, Maps]:
    """Return means about their median over the noise, 0 where there are no points, and counts."""
    velocity, number = np.asarray(means, np.float64), np.asarray(counts, np.float32)
    if velocity.ndim != 2 or velocity.shape != number.shape:
        raise InputError(
            f"means {velocity.shape}, counts {number.shape}: expected two maps of one shape"
        )
    if not (np.isfinite(noise_std) and noise_std > 0):
        raise InputError(f"noise_std {noise_std}: expected a number of mm/yr above 0")
    occupied = number > 0
    if not np.isfinite(velocity[occupied]).all():
        raise InputError("means: expected a finite velocity wherever counts is above 0")
    middle = float(np.median(velocity[occupied])) if occupied.any() else 0.0
    scaled = np.where(occupied, (velocity - middle) / noise_std, 0.0)
    return scaled.astype(np.float32), np.where(occupied, number, 0).astype(np.float32)


def _tiles(shape: tuple[int, int], most: int) -> Iterator[tuple[Slices, Slices, Slices]]:
    """Yield what each tile reads, where it lies in that, and where it lies in the map.

    Tiles are about equally large, ``most`` cells a side at most: the fewest margins are read twice.
    """
    rows, cols = (_spans(size, most) for size in shape)
    for row, col in itertools.product(rows, cols):
        read, inner, target = zip(row, col, strict=True)
        yield read, inner, target


def _spans(size: int, most: int) -> list[tuple[slice, slice, slice]]:
    """Cut one axis: what a tile reads, where it lies in that, where it lies in the map."""
    count = -(-size // most)
    side = -(-size // count // STEP_CELLS) * STEP_CELLS
    spans = []
    for start in range(0, size, side):
        end = min(start + side, size)
        first, last = max(start - REACH_CELLS, 0), min(end + REACH_CELLS, size)
        spans.append((slice(first, last), slice(start - first, end - first), slice(start, end)))
    return spans
