"""Detectors of two kinds of deformation: the score is that of either."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from groundmotion.detection.detector import Detector
from groundmotion.detection.maps import DetectionSettings, score_lattice
from groundmotion.detection.windows import score_classes, score_windows
from groundmotion.patches.lattice import Lattice, Smoothing
from groundmotion.patches.wrapping import ImageSettings, WrapSet


class ThreeClasses(torch.nn.Module):
    """A window network of still ground, points and lines, whose logits follow from the image."""

    offset_invariant = False

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        mean = (image * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)
        return torch.stack([torch.zeros_like(mean), 3 * mean, 0.5 - 2 * mean], 1)


def plain(items: Any, _title: str) -> Any:
    return items


@pytest.fixture
def detector() -> Detector:
    image = ImageSettings("unwrapped", 5.0)
    wraps = (WrapSet(14.0, (0.0,)),)
    return Detector(ThreeClasses().eval(), image, wraps, torch.device("cpu"), None)


@pytest.fixture
def windows() -> np.ndarray:
    """Medians of 0; the means are about 0, above and below."""
    rng, shape = np.random.default_rng(0), (224, 224)
    return np.stack([rng.normal(0, 2, shape), *(rng.exponential(6, shape) * [[[1]], [[-1]]])])


def test_deformation_is_any_class_but_the_first(detector: Detector, windows: np.ndarray) -> None:
    classes = score_classes(windows, detector, 2, plain)
    assert classes.shape == (3, 3)
    assert classes.argmax(1).tolist() == [2, 1, 2]
    assert classes.min() > 0.05
    score = score_windows(windows, detector, 2, plain)
    np.testing.assert_allclose(score, 1 - classes[:, 0], rtol=1e-12)


def test_maps_say_the_same(detector: Detector, windows: np.ndarray) -> None:
    settings = DetectionSettings(Lattice(224, 28), Smoothing(20, 5.0), 1, 2, 2)
    counts = np.ones((224, 224), np.int32)
    for window in windows:
        score = score_lattice(window, counts, detector, settings, plain)
        classes = score_classes(window[None], detector, 1, plain)
        np.testing.assert_allclose(score[0, 0], 1 - classes[0, 0], rtol=1e-6)
