"""Read a trained detector, and check that it fits a scene's fill."""

from pathlib import Path

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.calibration import calibration_from
from groundmotion.detection.detector import Detector, load_detector
from groundmotion.errors import InputError
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


def check_fill(model: Path, scene_fill: str) -> str:
    """Return how the maps were filled that a model was trained on.

    Raises
    ------
    InputError
        If a scene that is filled by ``scene_fill`` has other ones.
    """
    own = str(read_json(model)["fill"])
    if own not in ("none", scene_fill):
        raise InputError(
            f"{model}: trained on maps filled by {own}, but scene_fill is {scene_fill}; choose a "
            "model of the same fill, or change scene_fill"
        )
    return own
