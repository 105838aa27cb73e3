"""Weights that a network starts from: of another training, or torchvision's AlexNet of ImageNet."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.errors import InputError
from groundmotion.networks.building import Network

#: What torchvision's models expect of an image in [0, 1]: (x − mean) / std, for red, green, blue.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

#: Names and shapes of the weights in torchvision's file.
IMAGENET_SHAPES = {
    "features.0.weight": (64, 3, 11, 11), "features.0.bias": (64,),
    "features.3.weight": (192, 64, 5, 5), "features.3.bias": (192,),
    "features.6.weight": (384, 192, 3, 3), "features.6.bias": (384,),
    "features.8.weight": (256, 384, 3, 3), "features.8.bias": (256,),
    "features.10.weight": (256, 256, 3, 3), "features.10.bias": (256,),
    "classifier.1.weight": (4096, 9216), "classifier.1.bias": (4096,),
    "classifier.4.weight": (4096, 4096), "classifier.4.bias": (4096,),
    "classifier.6.weight": (1000, 4096), "classifier.6.bias": (1000,),
}  # fmt: skip

_FIRST, _LAST = "features.0", "classifier.6"


@dataclass(frozen=True)
class Start:
    """Weights to start from, by their names in the network, and the SHA-256 of their file."""

    weights: Mapping[str, NDArray[Any]]
    sha256: str


def start_network(network: Network, start: Start) -> frozenset[str]:
    """Copy the weights that fit in name and shape into a network; the others stay.

    Returns
    -------
    Names of what was copied.

    Raises
    ------
    InputError
        If nothing fits.
    """
    state = network.state_dict()
    matches = {
        name: torch.from_numpy(np.array(values))
        for name, values in start.weights.items()
        if name in state and tuple(state[name].shape) == values.shape
    }
    if not matches:
        raise InputError(
            f"none of the {len(start.weights)} weights to start from fits the network; they belong "
            "to another one"
        )
    network.load_state_dict({**state, **matches})
    return frozenset(matches)


def imagenet_start(content: bytes, name: str, sha256: str, channels: int) -> Start:
    """Prepare torchvision's AlexNet for images of this project.

    The first layer is folded (:func:`fold_first_layer`); the last one, of 1,000 classes, is left
    out, so that the network keeps its own fresh one.

    Parameters
    ----------
    content, name
        A state dictionary as saved by ``torch.save``, or safetensors; and the name of its file,
        of which the ending tells the format.
    sha256
        What the bytes must have.
    channels
        Of the images.

    Raises
    ------
    InputError
        If the bytes are not those expected, hold anything but numbers, or numbers of another
        network; or if images have more than one channel.
    """
    if channels != 1:
        raise InputError(
            f"pretraining imagenet: knows grey images only, not {channels} channels; use the input "
            "wrapped or unwrapped"
        )
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256.lower():
        raise InputError(
            f"{name}: SHA-256 is {digest}, but imagenet_weights.sha256 says {sha256}; fetch the "
            "file again or correct the digest"
        )
    weights = _checked(_unpacked(content, name), name)
    folded = fold_first_layer(weights[f"{_FIRST}.weight"], weights[f"{_FIRST}.bias"])
    weights[f"{_FIRST}.weight"], weights[f"{_FIRST}.bias"] = folded
    layers = {k: v.numpy() for k, v in weights.items() if not k.startswith(_LAST)}
    return Start(layers, digest)


def fold_first_layer(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Give a first layer for colour images the same answers on grey ones in [−1, 1].

    A grey level x stands for the brightness (x + 1)/2, the same in all three colours, each of which
    torchvision's preprocessing turns into ((x + 1)/2 − mean)/std. This is linear in x: its slope
    goes into the weights, its constant into the bias.

    ASSUME: unwrapped images, where 1 is the scale of the velocity, pass for grey levels as well.
    DEVIATES: beyond the image's border, zeros stand for the middle grey instead of ImageNet's
    mean colour; the outermost ring of the layer's output feels it.

    Parameters
    ----------
    weight, bias
        (out, 3, rows, cols) and (out,).

    Returns
    -------
    (out, 1, rows, cols) and (out,).
    """
    mean, std = (torch.tensor(c, dtype=torch.float64) for c in (IMAGENET_MEAN, IMAGENET_STD))
    wide = weight.double()
    slope = torch.einsum("ocij,c->oij", wide, 0.5 / std)[:, None]
    constant = torch.einsum("ocij,c->o", wide, (0.5 - mean) / std)
    return slope.to(torch.float32), (bias.double() + constant).to(torch.float32)


def _unpacked(content: bytes, name: str) -> Any:
    try:
        if name.endswith(".safetensors"):
            return safetensors.torch.load(content)
        # Numbers only: a pickle that would run code is refused.
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # of many kinds: pickle, zip, JSON, torch
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"{name}: expected a state dictionary of numbers only ({reason}); use torchvision's "
            "file of alexnet, or its weights as .safetensors"
        ) from error


def _checked(state: Any, name: str) -> dict[str, Tensor]:
    if not isinstance(state, Mapping):
        raise InputError(f"{name}: holds a {type(state).__name__}, expected a state dictionary")
    shapes = {
        key: tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        for key, value in state.items()
    }
    faults = [
        f"{key} is {shapes.get(key, 'missing')}, expected {shape}"
        for key, shape in IMAGENET_SHAPES.items()
        if shapes.get(key) != shape
    ]
    faults += [f"{key} is not expected" for key in shapes if key not in IMAGENET_SHAPES]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise InputError(f"{name}: not torchvision's alexnet: {'; '.join(faults[:3])}{more}")
    return {key: state[key].to(torch.float32) for key in IMAGENET_SHAPES}
