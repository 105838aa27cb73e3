"""Any of the networks by its name, with weights drawn from a seed."""

import torch

from groundmotion.errors import InputError
from groundmotion.names import NETWORKS
from groundmotion.networks.alexnet import AlexNet, MaskedAlexNet
from groundmotion.networks.compact import CompactNetwork
from groundmotion.networks.multiscale import MultiscaleNetwork
from groundmotion.networks.shape import CLASSES

#: Any of them.
Network = AlexNet | CompactNetwork | MultiscaleNetwork


def build_network(
    name: str,
    channels: int,
    *,
    difference: bool,
    seed: int,
    classes: int = CLASSES,
    masks: int = 1,
) -> Network:
    """Build a network with weights drawn from a seed.

    Parameters
    ----------
    name
        One of :data:`groundmotion.names.NETWORKS`.
    channels
        Channels of the image.
    difference
        Whether the image is an unwrapped velocity, of which a constant should not matter. Only the
        compact network makes use of it.
    seed
        Of the weights. The global random state is left alone.
    classes
        To tell apart, the first of them no deformation.
    masks
        That come with an image; 2 for images of two looks.

    Raises
    ------
    InputError
        For an unknown name, or a network that cannot take two masks.
    """
    if name not in NETWORKS:
        raise InputError(f"network {name!r}: expected one of {', '.join(NETWORKS)}")
    if masks > 1 and name not in ("alexnet", "multiscale"):
        raise InputError(
            f"network {name}: takes one map of points, but the input has two looks; use multiscale"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Network
        if name == "compact":
            network = CompactNetwork(channels, difference=difference, classes=classes)
        elif name == "multiscale":
            network = MultiscaleNetwork(channels, classes, masks)
        else:
            kind = {"alexnet": AlexNet, "alexnet_masked": MaskedAlexNet}[name]
            network = kind(channels, classes)
    # The order in memory that processors convolve fastest.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
