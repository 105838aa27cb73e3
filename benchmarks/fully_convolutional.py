"""AlexNet slid over a whole map in one pass, without the zeros around each window.

Every layer is computed once for all windows, 28 px apart. Where AlexNet pads a window with zeros
this sees what lies around the window, so its scores are other scores; the library's way
(`groundmotion.networks.stem`) keeps the zeros and shares the first two convolutions only.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as nnf

from groundmotion.networks.alexnet import AlexNet

#: What the last windows' layers see beyond the windows, pixels.
HALO_PX = 66


def slide(network: AlexNet, image: Tensor, windows: int) -> Tensor:
    """Return (windows², 2) logits of an image (1, channels, rows, cols) with a halo of zeros.

    After strides of 8 and 16 px, windows 28 px apart stand on 2 × 2 and 4 × 4 lattices: each
    pooling keeps every place, and the map is split into these lattices, which are a batch.
    """
    layers = network.features
    cells = -(-(7 * (windows - 1) + 85) // 4) * 4
    wide = 4 * (cells + 1) + 11
    image = nnf.pad(image, (HALO_PX, wide, HALO_PX, wide))[..., :wide, :wide]
    x = nnf.relu(nnf.conv2d(image, layers[0].weight, layers[0].bias, 4))
    x = _split(nnf.max_pool2d(x, 3, 1))
    x = nnf.relu(nnf.conv2d(x, layers[3].weight, layers[3].bias))
    x = _split(nnf.max_pool2d(x, 3, 1))
    for index in (6, 8, 10):
        x = nnf.relu(nnf.conv2d(x, layers[index].weight, layers[index].bias))
    x = nnf.max_pool2d(x, 3, 1)
    x = x.unflatten(0, (2, 2, 2, 2))  # second row, second column, first row, first column
    place = 7 * np.arange(windows)
    found = []
    for row in place:
        down = x[(row % 4) // 2, :, row % 2, :, :, row // 4 : row // 4 + 11 : 2]
        found += [
            down[(col % 4) // 2, col % 2, :, :, col // 4 : col // 4 + 11 : 2] for col in place
        ]
    return network.classify(torch.stack(found).flatten(1))


def _split(x: Tensor) -> Tensor:
    """Split (n, features, rows, cols) into its even and odd rows and columns: (4 n, …)."""
    parts = x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).permute(3, 5, 0, 1, 2, 4)
    return parts.flatten(0, 2).contiguous(memory_format=torch.channels_last)
