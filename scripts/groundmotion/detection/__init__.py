"""Score windows and whole maps with a trained network, and merge looks (paper §II-A, III-C, III-D).

``detector`` rebuilds a trained network, ``windows`` scores windows, ``maps`` whole maps, and
``looks`` merges what several looks say.
"""

from groundmotion.detection.detector import MODEL_KEYS, Detector, load_detector, wraps_from
from groundmotion.detection.looks import merge_looks
from groundmotion.detection.maps import DetectionSettings, detect, score_lattice
from groundmotion.detection.windows import final_score, score_classes, score_views, score_windows

__all__ = [
    "MODEL_KEYS",
    "DetectionSettings",
    "Detector",
    "detect",
    "final_score",
    "load_detector",
    "merge_looks",
    "score_classes",
    "score_lattice",
    "score_views",
    "score_windows",
    "wraps_from",
]
