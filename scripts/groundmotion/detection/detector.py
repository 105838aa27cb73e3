"""A trained network with everything that decides what it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from groundmotion.detection.calibration import Calibration
from groundmotion.errors import InputError
from groundmotion.networks.building import Network, build_network
from groundmotion.networks.folding import fold_normalisation
from groundmotion.patches.views import PRINTED, views_needed
from groundmotion.patches.wrapping import ImageSettings, WrapSet, wraps_from

#: Keys of a model's description (model.json) that a detector is rebuilt from.
MODEL_KEYS = ("network", "input", "scale_mm_yr", "wraps", "pixel_m")


@dataclass(frozen=True)
class Detector:
    """A trained network with everything that decides what it is shown.

    Parameters
    ----------
    network
        In evaluation mode, on ``device``; its normalisations may be folded into convolutions.
    image
        What the network is shown.
    wraps
        Intervals and offsets that it was trained on; not used by unwrapped images.
    device
        Where the network is.
    calibration
        Of the final score, and how that is made of the views; None for scores as the network says
        them, put together as printed.
    precision
        In which the network multiplies: that of its training.
    """

    network: Network
    image: ImageSettings
    wraps: tuple[WrapSet, ...]
    device: torch.device
    calibration: Calibration | None
    precision: str = "float32"

    @property
    def combination(self) -> str:
        """Name of the rule that makes one probability of those of the views."""
        return PRINTED if self.calibration is None else self.calibration.combination

    @property
    def views(self) -> tuple[WrapSet, ...]:
        """Wraps that show different images: a single one for images that are not wrapped."""
        return self.wraps if self.image.is_wrapped else (WrapSet(1.0, (0.0,)),)

    @property
    def passes(self) -> tuple[WrapSet, ...]:
        """Those of them that have to be computed."""
        return views_needed(self.views, self.combination)


def load_detector(
    weights: Mapping[str, NDArray[Any]],
    description: Mapping[str, Any],
    pixel_m: float,
    device: torch.device,
    calibration: Calibration | None,
) -> Detector:
    """Rebuild a detector from its stored weights and description.

    Parameters
    ----------
    weights
        State dictionary as arrays.
    description
        Content of ``model.json``: at least :data:`MODEL_KEYS`.
    pixel_m
        Pixel size of the maps it is meant for.
    device
        Where it will run.
    calibration
        Of its probability; None for what the network says by itself.

    Raises
    ------
    InputError
        If the model was trained at another pixel size, its description lacks a key, or the weights
        do not fit the network.
    """
    missing = [key for key in MODEL_KEYS if key not in description]
    if missing:
        raise InputError(f"model.json: lacks {', '.join(missing)}; train the model again")
    if float(description["pixel_m"]) != float(pixel_m):
        raise InputError(
            f"the model was trained on pixels of {description['pixel_m']} m, but the map has "
            f"pixels of {pixel_m:g} m: sizes of deformation in pixels would be wrong; grid the "
            f"points at {description['pixel_m']} m or train a model at {pixel_m:g} m"
        )
    image = ImageSettings(description["input"], float(description["scale_mm_yr"]))
    training = description.get("training", {})
    network = build_network(
        description["network"], image.channels, difference=not image.is_wrapped, seed=0,
        classes=len(training.get("classes", (0, 1))), masks=image.masks,
    )  # fmt: skip
    state = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(
            f"the weights do not fit the network {description['network']!r} that model.json names; "
            f"train the model again ({str(error).splitlines()[0]})"
        ) from error
    wraps, precision = wraps_from(description), training.get("precision", "float32")
    ready = fold_normalisation(network).to(device)
    return Detector(ready, image, wraps, device, calibration, precision)
