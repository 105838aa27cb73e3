"""Read a trained detector, and how the maps were filled that it knows."""

from pathlib import Path

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.calibration import calibration_from
from groundmotion.detection.dense import DenseModel, load_dense
from groundmotion.detection.detector import Detector, load_detector
from groundmotion.networks.device import choose_device


def read_detector(
    weights: Path, model: Path, calibration: Path | None, pixel_m: float, device: str
) -> Detector:
    """Rebuild a trained detector; without ``calibration`` it says what the network says."""
    return load_detector(
        read_arrays(weights),
        read_json(model),
        pixel_m,
        choose_device(device),
        None if calibration is None else calibration_from(read_json(calibration)),
    )


def read_dense(weights: Path, model: Path, calibration: Path, device: str) -> DenseModel:
    """Rebuild a trained dense network."""
    content = read_arrays(weights), read_json(model), read_json(calibration)
    return load_dense(*content, choose_device(device))


def fill_of_model(model: Path) -> str:
    """Return how the maps were filled that a model was trained on, and is shown."""
    return str(read_json(model)["fill"])
