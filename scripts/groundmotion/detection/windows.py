"""Score windows one by one (paper §III-C).

The probabilities that a network gives of the views of a window are combined
(:mod:`groundmotion.patches.views`) and calibrated (:mod:`groundmotion.detection.calibration`)
before overlapping windows are merged.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.aliases import Progress
from groundmotion.detection.detector import Detector
from groundmotion.errors import InputError
from groundmotion.networks.precision import products_in
from groundmotion.patches.examples import Windows
from groundmotion.patches.views import combine, views
from groundmotion.patches.wrapping import WrapSet, network_image


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
    (n,) probability of deformation of any kind, the detector's views combined, calibrated.
    """
    return final_score(
        score_views(windows, detector, detector.passes, batch_windows, progress), detector
    )


def score_views(
    windows: Windows,
    detector: Detector,
    wraps: Sequence[WrapSet],
    batch_windows: int,
    progress: Progress,
) -> NDArray[np.float64]:
    """Compute the probabilities that the network gives of windows, view after view.

    Parameters
    ----------
    windows, detector, batch_windows, progress
        As of :func:`score_windows`.
    wraps
        Intervals and offsets of the views.

    Returns
    -------
    (views, n) probability of deformation of any kind; not calibrated.
    """
    scores = np.empty((len(views(wraps)), len(windows)), np.float64)
    starts = range(0, len(windows), batch_windows)
    with torch.inference_mode():
        for start in progress(starts, "windows"):
            part = slice(start, start + batch_windows)
            batch = torch.from_numpy(np.array(windows[part], np.float32)).to(detector.device)
            scores[:, part] = probabilities(batch, detector, wraps, detector.network)
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
    scores = []
    with torch.inference_mode():
        for start in progress(range(0, len(windows), batch_windows), "windows"):
            part = np.array(windows[start : start + batch_windows], np.float32)
            image, mask = network_image(
                torch.from_numpy(part).to(detector.device), detector.image, 1.0, 0.0,
                centred=not detector.network.offset_invariant,
            )  # fmt: skip
            with products_in(detector.precision, detector.device):
                logits = detector.network(image, mask)
            scores.append(torch.softmax(logits.double(), 1).cpu().numpy())
    return np.concatenate(scores)


def probabilities(
    velocity: Tensor,
    detector: Detector,
    wraps: Sequence[WrapSet],
    network: Callable[[Tensor, Tensor], Tensor],
) -> NDArray[np.float64]:
    """Compute the probability of deformation in every view.

    Parameters
    ----------
    velocity
        (n, rows, cols) filled velocity, mm/yr, NaN where there is none; on the detector's device.
    detector
        What is shown.
    wraps
        Intervals and offsets of the views.
    network
        Takes images and masks, and returns logits (n, 2) or (n, 2, window rows, window cols).

    Returns
    -------
    (views, n) or (views, n, window rows, window cols); not calibrated.
    """
    centred = not detector.network.offset_invariant
    scores = []
    for interval, offset in views(wraps):
        image, mask = network_image(velocity, detector.image, interval, offset, centred=centred)
        with products_in(detector.precision, detector.device):
            logits = network(image, mask)
        scores.append(torch.softmax(logits.double(), 1)[:, 1:].sum(1))
    stacked: NDArray[np.float64] = torch.stack(scores).cpu().numpy()
    return stacked


def final_score(view_scores: NDArray[np.float64], detector: Detector) -> NDArray[np.float64]:
    """Combine the scores of a detector's views, (views, …), and calibrate the result."""
    score = combine(view_scores, detector.passes, detector.combination)
    return score if detector.calibration is None else detector.calibration.apply(score)
