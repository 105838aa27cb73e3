"""A trained network of windows, read from its folder, and what it says of a scene."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from groundmotion.aliases import Maps
from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.tables import read_json
from groundmotion.cli.configuration import Config
from groundmotion.detection.calibration import Calibration, calibration_from
from groundmotion.detection.reach import reach_of
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap
from groundmotion.names import FILLS
from groundmotion.noise.look import LookNoise

if TYPE_CHECKING:
    from groundmotion.detection.detector import Detector

#: What the folder of a model holds.
MODEL_FILES = ("model.json", "weights.safetensors", "calibration.json")

#: Lag at which the noise of points is held against that of training, kilometres.
_LAG_KM = 2.0


def read_description(model: Path) -> dict[str, Any]:
    """Read what a model is, with its ``fill`` and ``pixel_m``.

    Raises
    ------
    InputError
        If the folder is none of a trained and calibrated model.
    """
    for name in MODEL_FILES:
        if not (model / name).is_file():
            raise InputError(
                f"{model}: holds no {name}; expected the folder of a trained and calibrated model, "
                "such as results/models/point/mining/10/…/1 after `snakemake --cores 2 "
                f"results/models/point/mining/10/…/1/{name}`"
            )
    try:
        content = read_json(model / "model.json")
        fill, pixel_m = str(content["fill"]), float(content["pixel_m"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{model / 'model.json'}: no description of a model ({error}); copy or train it again"
        ) from error
    if fill not in FILLS:
        raise InputError(
            f"{model / 'model.json'}: unknown fill {fill!r}; expected one of {', '.join(FILLS)}; "
            "copy or train it again"
        )
    return {**content, "fill": fill, "pixel_m": pixel_m}


def read_network(
    model: Path, description: Mapping[str, Any], pixel_m: float, config: Config
) -> "Detector":
    """Load a network and its calibration.

    Raises
    ------
    InputError
        If it cannot be read, or not be used on such pixels or without a variogram.
    """
    import torch

    from groundmotion.detection.detector import load_detector
    from groundmotion.networks.device import choose_device

    torch.set_num_threads(config["torch_threads"])
    if FILLS[description["fill"]].needs_covariance:
        raise InputError(
            f"{model}: trained on maps filled by {description['fill']}, which needs a fitted "
            "variogram; make the points a scene of the workflow, or take a model of another fill"
        )
    try:
        weights = read_arrays(model / "weights.safetensors")
    except Exception as error:  # safetensors has one error for every kind of damage
        raise InputError(
            f"{model / 'weights.safetensors'}: cannot be read ({error}); copy or train it again"
        ) from error
    device = choose_device(config["device"])
    return load_detector(weights, description, pixel_m, device, _calibration(model))


def _calibration(model: Path) -> Calibration:
    try:
        return calibration_from(read_json(model / "calibration.json"))
    except ValueError as error:
        path = model / "calibration.json"
        raise InputError(f"{path}: cannot be used ({error})") from error


def score(
    velocity: Maps, image: Maps, detector: "Detector", config: Config, pixel_m: float
) -> tuple[NDArray[np.float32], list[str]]:
    """Score the windows of a map; and tell what could not be scored.

    Parameters
    ----------
    velocity
        (rows, cols) at the points, NaN elsewhere, mm/yr.
    image
        The same, filled as the network knows maps.
    detector
        The network.
    config
        Windows, detection, fills, examples.
    pixel_m
        Side of a pixel.

    Returns
    -------
    Probability (rows, cols), NaN far from every point and where no window holds enough; and
    warnings. All NaN where no window at all can be scored.
    """
    from groundmotion.detection.maps import DetectionSettings, detect

    settings = DetectionSettings.from_config(config["windows"], config["detection"])
    has_point = np.isfinite(velocity)
    far = beyond_gap(has_point, config["fills"]["max_gap_m"] / pixel_m)
    reach = reach_of(has_point, ~far, settings.lattice, settings.min_points, pixel_m)
    warnings = [f"the network: {words}" for words in reach.warnings(config["examples"]["density"])]
    if reach.is_empty:
        return np.full(velocity.shape, np.nan, np.float32), warnings
    values = detect(image, has_point, detector, settings, tqdm)
    values[far] = np.nan
    return values, warnings


def trained_semivariance(noise: Mapping[str, list[float]]) -> tuple[float, float]:
    """Return the least and the largest semivariance at 2 km that examples were drawn with.

    Parameters
    ----------
    noise
        Section ``examples: noise`` of the configuration: [lowest, highest] of a, b and the sill.

    Returns
    -------
    mm²/yr², sill − a e^(−b d) (§II-B).

    Examples
    --------
    >>> ranges = {"a_mm2_yr2": [1, 1], "b_per_km": [50, 50], "sill_mm2_yr2": [2, 3]}
    >>> trained_semivariance(ranges)
    (2.0, 3.0)
    """
    least_sill, most_sill = noise["sill_mm2_yr2"]
    least_a, most_a = noise["a_mm2_yr2"]
    slow, fast = noise["b_per_km"]
    shared = min(most_a, least_sill) * np.exp(-slow * _LAG_KM), least_a * np.exp(-fast * _LAG_KM)
    return least_sill - float(shared[0]), most_sill - float(shared[1])


def noise_warnings(noises: Mapping[str, LookNoise], config: Config) -> list[str]:
    """Say of which looks the noise is other than that which networks were trained on.

    Parameters
    ----------
    noises
        Look → noise.
    config
        With ``examples: noise``.
    """
    lowest, highest = trained_semivariance(config["examples"]["noise"])
    told = []
    for look, noise in noises.items():
        value = float(noise.covariance.gamma(np.array(1000 * _LAG_KM)))
        if lowest <= value <= highest:
            continue
        meaning = (
            "it takes noise for motion: believe the sources, not the probability"
            if value > highest
            else "its probability may be too low or too high"
        )
        told.append(
            f"the network: points of {look} {_LAG_KM:g} km apart differ by a semivariance of "
            f"{value:.2g} mm²/yr², but it was trained on {lowest:.2g} to {highest:.2g}; {meaning}"
        )
    return told
