"""Score windows and whole maps with a trained network, and merge looks (paper §II-A, III-C, III-D).

``detector`` rebuilds a trained network, ``windows`` scores windows, ``maps`` whole maps, and
``looks`` merges what several looks say.
"""

from groundmotion.detection.detector import MODEL_KEYS, Detector, load_detector
from groundmotion.detection.looks import merge_looks
from groundmotion.detection.maps import DetectionSettings, detect, score_lattice
from groundmotion.detection.windows import score_classes, score_windows

__all__ = [
    "MODEL_KEYS",
    "DetectionSettings",
    "Detector",
    "detect",
    "load_detector",
    "merge_looks",
    "score_classes",
    "score_lattice",
    "score_windows",
]
