"""Score windows and whole maps with a trained network, and merge looks (paper §II-A, III-C, III-D).

The score of a window is the maximum over the offsets and the mean over the wrap intervals,
calibrated (:mod:`groundmotion.calibration`) before overlapping windows are merged. A map is scored
on the lattice of windows of :mod:`groundmotion.patches`, block by block: blocks are counted from
the corner and always have the same size, so that a tile that starts on a multiple of a block gives
the same numbers to the last bit as the whole map.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.calibration import Calibration
from groundmotion.constants import look_pass
from groundmotion.errors import InputError
from groundmotion.networks import SLIDE_PX, WINDOW_PX, CompactNetwork, Network, build_network
from groundmotion.patches import (
    Lattice,
    Smoothing,
    merge_scores,
    padded,
    window_sums,
)
from groundmotion.wrapping import ImageSettings, WrapSet, network_image

Progress = Callable[[Iterable[Any], str], Iterable[Any]]

#: Keys of a model's description (model.json) that a detector is rebuilt from.
MODEL_KEYS = ("network", "input", "scale_mm_yr", "wraps", "pixel_m")


@dataclass(frozen=True)
class Detector:
    """A trained network with everything that decides what it is shown.

    Parameters
    ----------
    network
        In evaluation mode, on ``device``.
    image
        What the network is shown.
    wraps
        Intervals and offsets that a score is made of; not used by unwrapped images.
    device
        Where the network is.
    calibration
        Of the final score; None for scores as the network says them.
    """

    network: Network
    image: ImageSettings
    wraps: tuple[WrapSet, ...]
    device: torch.device
    calibration: Calibration | None

    @property
    def passes(self) -> tuple[WrapSet, ...]:
        """Wraps that have to be computed: a single one for images that are not wrapped."""
        return self.wraps if self.image.is_wrapped else (WrapSet(1.0, (0.0,)),)


@dataclass(frozen=True)
class DetectionSettings:
    """How a map is scored.

    Parameters
    ----------
    lattice
        Size and step of the windows.
    smoothing
        Gaussian that merges the scores.
    min_points
        Windows with fewer points are not scored.
    block_windows
        Side of the blocks in which a map is worked on, in windows; bounds the memory.
    batch_windows
        Windows per batch, for networks that do not slide.
    """

    lattice: Lattice
    smoothing: Smoothing
    min_points: int
    block_windows: int
    batch_windows: int


def load_detector(
    weights: Mapping[str, NDArray[Any]],
    description: Mapping[str, Any],
    pixel_m: float,
    device: torch.device,
    calibration: Calibration | None,
) -> Detector:
    """Rebuild a detector from its stored weights and description.

    Parameters
    ----------
    weights
        State dictionary as arrays.
    description
        Content of ``model.json``: at least :data:`MODEL_KEYS`.
    pixel_m
        Pixel size of the maps it is meant for.
    device
        Where it will run.
    calibration
        Of its probability; None for what the network says by itself.

    Raises
    ------
    InputError
        If the model was trained at another pixel size, its description lacks a key, or the weights
        do not fit the network.
    """
    missing = [key for key in MODEL_KEYS if key not in description]
    if missing:
        raise InputError(f"model.json: lacks {', '.join(missing)}; train the model again")
    if float(description["pixel_m"]) != float(pixel_m):
        raise InputError(
            f"the model was trained on pixels of {description['pixel_m']} m, but the map has "
            f"pixels of {pixel_m:g} m: sizes of deformation in pixels would be wrong; grid the "
            f"points at {description['pixel_m']} m or train a model at {pixel_m:g} m"
        )
    image = ImageSettings(description["input"], float(description["scale_mm_yr"]))
    network = build_network(
        description["network"], image.channels, difference=not image.is_wrapped, seed=0
    )
    state = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(
            f"the weights do not fit the network {description['network']!r} that model.json names; "
            f"train the model again ({str(error).splitlines()[0]})"
        ) from error
    wraps = tuple(WrapSet(w["interval_mm_yr"], tuple(w["offsets_mm_yr"]))
                  for w in description["wraps"])  # fmt: skip
    return Detector(network.to(device).eval(), image, wraps, device, calibration)


# --- windows ------------------------------------------------------------------------------------


def score_windows(
    windows: NDArray[np.floating], detector: Detector, batch_windows: int, progress: Progress
) -> NDArray[np.float64]:
    """Score windows one by one.

    Parameters
    ----------
    windows
        (n, 224, 224) filled velocity, mm/yr; NaN where there is no data. May be a memory map.
    detector
        The model.
    batch_windows
        Windows per batch.
    progress
        Wraps the batches, given a title; may draw a bar.

    Returns
    -------
    (n,) probability of deformation: max over offsets, mean over intervals (§III-C), calibrated.
    """
    scores = np.empty(len(windows), np.float64)
    starts = range(0, len(windows), batch_windows)
    with torch.inference_mode():
        for start in progress(starts, "windows"):
            part = slice(start, start + batch_windows)
            batch = torch.from_numpy(np.array(windows[part], np.float32)).to(detector.device)
            scores[part] = _final_score(batch, detector, detector.network)
    return scores


def _final_score(
    velocity: Tensor, detector: Detector, network: Callable[[Tensor, Tensor], Tensor]
) -> NDArray[np.float64]:
    """Mean over intervals of the maximum over offsets of a network's probability, calibrated."""
    centred = not detector.network.offset_invariant
    by_interval = []
    for wrap in detector.passes:
        best: Tensor | None = None
        for offset in wrap.offsets_mm_yr:
            image, mask = network_image(
                velocity, detector.image, wrap.interval_mm_yr, offset, centred=centred
            )
            probability = torch.softmax(network(image, mask).double(), 1)[:, 1]
            best = probability if best is None else torch.maximum(best, probability)
        by_interval.append(best)
    score: NDArray[np.float64] = torch.stack(by_interval).mean(0).cpu().numpy()  # type: ignore[arg-type]
    return score if detector.calibration is None else detector.calibration.apply(score)


# --- maps ---------------------------------------------------------------------------------------


def score_lattice(
    filled: NDArray[np.floating],
    point_counts: NDArray[np.integer],
    detector: Detector,
    settings: DetectionSettings,
    progress: Progress,
) -> NDArray[np.float32]:
    """Score every window of a map's lattice that holds enough points.

    Parameters
    ----------
    filled
        (rows, cols) filled velocity, mm/yr, NaN where there is no data. May be a memory map. The
        map is extended with NaN to hold the last windows.
    point_counts
        (rows, cols) measurements in each cell.
    detector, settings
        The model; how to go about it.
    progress
        Wraps the blocks, given a title.

    Returns
    -------
    (window rows, window cols), NaN where a window has fewer than ``min_points`` points.

    Raises
    ------
    InputError
        If the two maps differ in shape, or the lattice is not the one the networks are made for.
    """
    if filled.shape != point_counts.shape:
        raise InputError(
            f"filled map {filled.shape} and points {point_counts.shape}: expected the same grid"
        )
    lattice = settings.lattice
    if (lattice.size_px, lattice.stride_px) != (WINDOW_PX, SLIDE_PX):
        raise InputError(
            f"windows of {lattice.size_px} px every {lattice.stride_px} px: the networks take "
            f"{WINDOW_PX} px every {SLIDE_PX} px; correct windows in config.yaml"
        )
    enough = window_sums(point_counts, lattice) >= settings.min_points
    scores = np.full(enough.shape, np.nan, np.float32)
    side = settings.block_windows
    corners = list(product(*(range(0, n, side) for n in enough.shape)))
    for row, col in progress(corners, "blocks"):
        block = (slice(row, row + side), slice(col, col + side))
        wanted = enough[block]
        if wanted.any():
            found = _score_block(filled, (row, col), wanted, detector, settings)
            scores[block] = np.where(wanted, found, np.nan)
    return scores


def _score_block(
    filled: NDArray[np.floating],
    corner: tuple[int, int],
    wanted: NDArray[np.bool_],
    detector: Detector,
    settings: DetectionSettings,
) -> NDArray[np.float64]:
    """Score one block; always the same shape, so that torch takes the same path."""
    lattice, side = settings.lattice, settings.block_windows
    top, left = (index * lattice.stride_px for index in corner)
    rows, cols = lattice.extent((side, side))
    velocity = padded(filled[top : top + rows, left : left + cols], (rows, cols), np.nan)
    if isinstance(detector.network, CompactNetwork):
        batch = torch.from_numpy(velocity[None].astype(np.float32)).to(detector.device)
        with torch.inference_mode():
            scores = _final_score(batch, detector, detector.network.slide)[0]
        return scores[: wanted.shape[0], : wanted.shape[1]]
    size = (lattice.size_px, lattice.size_px)
    views = np.lib.stride_tricks.sliding_window_view(velocity, size)
    views = views[:: lattice.stride_px, :: lattice.stride_px]
    found = np.full(wanted.shape, np.nan)
    places = np.argwhere(wanted)
    for start in range(0, len(places), settings.batch_windows):
        row, col = places[start : start + settings.batch_windows].T
        found[row, col] = score_windows(
            views[row, col], detector, settings.batch_windows, lambda batches, _: batches
        )
    return found


def detect(
    filled: NDArray[np.floating],
    point_counts: NDArray[np.integer],
    detector: Detector,
    settings: DetectionSettings,
    progress: Progress,
) -> NDArray[np.float32]:
    """Map the probability of deformation.

    Parameters
    ----------
    filled, point_counts, detector, settings, progress
        As in :func:`score_lattice`.

    Returns
    -------
    (rows, cols) probability in [0, 1]; NaN where no scored window covers a pixel.
    """
    scores = score_lattice(filled, point_counts, detector, settings, progress)
    whole = (slice(0, filled.shape[0]), slice(0, filled.shape[1]))
    return merge_scores(scores, settings.lattice, settings.smoothing, whole)


# --- looks --------------------------------------------------------------------------------------


def merge_looks(probabilities: Mapping[str, NDArray[np.floating]]) -> NDArray[np.float32]:
    """Merge the probability maps of one to four looks (paper §III-D).

    Parameters
    ----------
    probabilities
        Look, such as ``asc117``: (rows, cols) probability, NaN where not seen.

    Returns
    -------
    The largest average of an ascending and a descending look that both see the pixel. A pixel seen
    by looks of one pass only takes the largest of these.

    Raises
    ------
    InputError
        If there is no map, or their shapes differ.
    """
    shapes = {look: values.shape for look, values in probabilities.items()}
    if len(set(shapes.values())) != 1:
        raise InputError(f"probability maps of the looks: expected one common grid, got {shapes}")
    looks: dict[str, list[NDArray[np.floating]]] = {"asc": [], "desc": []}
    for look in sorted(probabilities):
        looks[look_pass(look)].append(probabilities[look])
    alone = _largest([*looks["asc"], *looks["desc"]])
    pairs = [(up + down) / 2 for up, down in product(looks["asc"], looks["desc"])]
    if not pairs:
        return alone.astype(np.float32)
    # ASSUME: the paper says nothing of pixels that one pass alone sees.
    both = _largest(pairs)
    return np.where(np.isnan(both), alone, both).astype(np.float32)


def _largest(maps: Sequence[NDArray[np.floating]]) -> NDArray[np.floating]:
    largest = maps[0]
    for values in maps[1:]:
        largest = np.fmax(largest, values)
    return largest
