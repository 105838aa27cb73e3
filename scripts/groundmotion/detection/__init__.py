"""Score windows and whole maps with a trained network (paper §II-A, III-C).

``detector`` rebuilds a trained network, ``windows`` scores windows and ``maps`` whole maps.
"""

from groundmotion.detection.detector import MODEL_KEYS, Detector, load_detector
from groundmotion.detection.maps import DetectionSettings, detect, score_lattice
from groundmotion.detection.windows import final_score, score_classes, score_views, score_windows

__all__ = [
    "MODEL_KEYS",
    "DetectionSettings",
    "Detector",
    "detect",
    "final_score",
    "load_detector",
    "score_classes",
    "score_lattice",
    "score_views",
    "score_windows",
]
