"""Score windows one by one (paper §III-C).

The score of a window is the maximum over the offsets and the mean over the wrap intervals,
calibrated (:mod:`groundmotion.calibration`) before overlapping windows are merged.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.batches import Windows
from groundmotion.detection.detector import Detector
from groundmotion.errors import InputError
from groundmotion.networks import products_in
from groundmotion.wrapping import network_image

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def score_windows(
    windows: Windows, detector: Detector, batch_windows: int, progress: Progress
) -> NDArray[np.float64]:
    """Score windows one by one.

    Parameters
    ----------
    windows
        (n, 224, 224) filled velocity, mm/yr; NaN where there is no data. May be a memory map, or a
        pair of maps for detectors that take two.
    detector
        The model.
    batch_windows
        Windows per batch.
    progress
        Wraps the batches, given a title; may draw a bar.

    Returns
    -------
    (n,) probability of deformation of any kind: max over offsets, mean over intervals (§III-C),
    calibrated.
    """
    scores = np.empty(len(windows), np.float64)
    starts = range(0, len(windows), batch_windows)
    with torch.inference_mode():
        for start in progress(starts, "windows"):
            part = slice(start, start + batch_windows)
            batch = torch.from_numpy(np.array(windows[part], np.float32)).to(detector.device)
            scores[part] = final_score(batch, detector, detector.network)
    return scores


def score_classes(
    windows: Windows, detector: Detector, batch_windows: int, progress: Progress
) -> NDArray[np.float64]:
    """Say how likely each window shows each of a detector's classes.

    Parameters
    ----------
    windows, batch_windows, progress
        As of :func:`score_windows`.
    detector
        One of images that are not wrapped: what the largest over offsets means for several classes
        is not defined.

    Returns
    -------
    (n, classes), rows add up to one; not calibrated.

    Raises
    ------
    InputError
        If the detector takes wrapped images.
    """
    if detector.image.is_wrapped:
        raise InputError(
            "classes of deformation: expected a model of unwrapped images, got one of "
            f"{detector.image.kind}; choose another input in config.yaml"
        )
    found = []
    with torch.inference_mode():
        for start in progress(range(0, len(windows), batch_windows), "windows"):
            part = np.array(windows[start : start + batch_windows], np.float32)
            image, mask = network_image(
                torch.from_numpy(part).to(detector.device), detector.image, 1.0, 0.0,
                centred=not detector.network.offset_invariant,
            )  # fmt: skip
            with products_in(detector.precision, detector.device):
                logits = detector.network(image, mask)
            found.append(torch.softmax(logits.double(), 1).cpu().numpy())
    return np.concatenate(found)


def final_score(
    velocity: Tensor, detector: Detector, network: Callable[[Tensor, Tensor], Tensor]
) -> NDArray[np.float64]:
    """Compute the mean over intervals of the maximum over offsets of a probability, calibrated.

    Parameters
    ----------
    velocity
        (n, rows, cols) filled velocity, mm/yr, NaN where there is none; on the detector's device.
    detector
        What is shown, and how the score is made of it.
    network
        Takes images and masks, and returns logits (n, 2) or (n, 2, window rows, window cols).

    Returns
    -------
    Probability of deformation, (n,) or (n, window rows, window cols).
    """
    centred = not detector.network.offset_invariant
    by_interval = []
    for wrap in detector.passes:
        best: Tensor | None = None
        for offset in wrap.offsets_mm_yr:
            image, mask = network_image(
                velocity, detector.image, wrap.interval_mm_yr, offset, centred=centred
            )
            with products_in(detector.precision, detector.device):
                logits = network(image, mask)
            probability = torch.softmax(logits.double(), 1)[:, 1:].sum(1)
            best = probability if best is None else torch.maximum(best, probability)
        by_interval.append(best)
    score: NDArray[np.float64] = torch.stack(by_interval).mean(0).cpu().numpy()  # type: ignore[arg-type]
    return score if detector.calibration is None else detector.calibration.apply(score)
