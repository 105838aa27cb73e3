"""Batch normalisation made part of the convolutions before it, for networks that learn no more."""

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)


def fold_normalisation(network: AnyNetwork) -> AnyNetwork:
    """Return a copy in evaluation mode whose convolutions have taken in the normalisations.

    With the statistics that training has left, a normalisation is a factor and a summand for each
    feature: those of the convolution before it can be multiplied and moved by them once for all.
    The result is that of the network but for rounding; a pass over the largest maps is saved.

    Parameters
    ----------
    network
        With :class:`torch.nn.Sequential` parts in which a normalisation follows a convolution.
    """
    folded = copy.deepcopy(network).eval()
    for part in folded.modules():
        if isinstance(part, nn.Sequential):
            for place in range(1, len(part)):
                convolution, normalisation = part[place - 1], part[place]
                if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
                    part[place - 1], part[place] = (
                        fuse_conv_bn_eval(convolution, normalisation),
                        nn.Identity(),
                    )
    return folded
