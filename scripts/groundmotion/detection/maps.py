"""Score whole maps (paper §II-A).

A map is scored on the lattice of windows of :mod:`groundmotion.patches.lattice`, block by block:
blocks are counted from the corner and always have the same size, so that a tile that starts on a
multiple of a block gives the same numbers to the last bit as the whole map.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from groundmotion.aliases import Progress
from groundmotion.detection.detector import Detector
from groundmotion.detection.sharing import block_logits
from groundmotion.detection.windows import final_score, probabilities, score_windows
from groundmotion.errors import InputError
from groundmotion.networks.compact import CompactNetwork
from groundmotion.networks.shape import SLIDE_PX, WINDOW_PX
from groundmotion.patches.lattice import Lattice, Smoothing, merge_scores, padded, window_sums


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
    precision
        In which networks multiply: one of :data:`groundmotion.networks.precision.PRECISIONS`, or
        ``trained`` for that of the network's training.
    """

    lattice: Lattice
    smoothing: Smoothing
    min_points: int
    block_windows: int
    batch_windows: int
    precision: str = "trained"

    @classmethod
    def from_config(
        cls, windows: Mapping[str, Any], detection: Mapping[str, Any]
    ) -> "DetectionSettings":
        """Take what is known here from the sections ``windows`` and ``detection``."""
        return cls(
            lattice=Lattice(windows["size_px"], windows["stride_px"]),
            smoothing=Smoothing(windows["smoothing_size_px"], windows["smoothing_sigma_px"]),
            min_points=windows["min_points"],
            **detection,
        )


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
    if settings.precision != "trained":
        detector = replace(detector, precision=settings.precision)
    has_points = window_sums(point_counts, lattice) >= settings.min_points
    scores = np.full(has_points.shape, np.nan, np.float32)
    side = settings.block_windows
    corners = list(product(*(range(0, n, side) for n in has_points.shape)))
    for row, col in progress(corners, "blocks"):
        block = (slice(row, row + side), slice(col, col + side))
        windows = has_points[block]
        if windows.any():
            block_scores = _score_block(filled, (row, col), windows, detector, settings)
            scores[block] = np.where(windows, block_scores, np.nan)
    return scores


def _score_block(
    filled: NDArray[np.floating],
    corner: tuple[int, int],
    windows: NDArray[np.bool_],
    detector: Detector,
    settings: DetectionSettings,
) -> NDArray[np.float64]:
    """Score one block; always the same shape, so that torch takes the same path."""
    lattice, side = settings.lattice, settings.block_windows
    top, left = (index * lattice.stride_px for index in corner)
    rows, cols = lattice.extent((side, side))
    part = padded(filled[top : top + rows, left : left + cols], (rows, cols), np.nan)
    velocity = np.asarray(part, np.float32)
    places = np.argwhere(windows)
    block = np.full(windows.shape, np.nan)
    if _is_centred(detector):
        block[tuple(places.T)] = _score_copies(velocity, places, detector, settings)
        return block
    batch = torch.from_numpy(velocity[None]).to(detector.device)
    with torch.inference_mode():
        logits = block_logits(detector.network, places, settings.batch_windows)
        view_scores = probabilities(batch, detector, detector.passes, logits)
    scores = final_score(view_scores, detector)
    if isinstance(detector.network, CompactNetwork):
        return scores[0, : windows.shape[0], : windows.shape[1]]
    block[tuple(places.T)] = scores
    return block


def _is_centred(detector: Detector) -> bool:
    """Whether what is shown of a pixel depends on the window."""
    return not (detector.image.is_wrapped or detector.network.offset_invariant)


def _score_copies(
    velocity: NDArray[np.floating],
    places: NDArray[np.int64],
    detector: Detector,
    settings: DetectionSettings,
) -> NDArray[np.float64]:
    """Score windows that are cut out, so many at a time."""
    lattice = settings.lattice
    size = (lattice.size_px, lattice.size_px)
    views = np.lib.stride_tricks.sliding_window_view(velocity, size)
    views = views[:: lattice.stride_px, :: lattice.stride_px]
    scores = np.empty(len(places))
    for start in range(0, len(places), settings.batch_windows):
        part = slice(start, start + settings.batch_windows)
        row, col = places[part].T
        scores[part] = score_windows(
            views[row, col], detector, settings.batch_windows, lambda batches, _: batches
        )
    return scores


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
