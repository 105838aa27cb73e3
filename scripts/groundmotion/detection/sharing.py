"""Logits of windows that lie in one image, which is made once and not cut into copies.

What overlapping windows have in common is computed once where that gives the same result: the
first layers of AlexNet (:mod:`groundmotion.networks.stem`).
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.networks.alexnet import STEM_LAYERS, AlexNet, MaskedAlexNet
from groundmotion.networks.building import Network
from groundmotion.networks.compact import CompactNetwork
from groundmotion.networks.shape import SLIDE_PX, WINDOW_PX
from groundmotion.networks.stem import window_stems

#: Windows a side for which the first layers are computed at once; more leave the caches.
STEM_WINDOWS = 15
#: Share of windows wanted from which all windows at once cost less than one by one.
STEM_SHARE = 0.45


def block_logits(
    network: Network, places: NDArray[np.int64], batch_windows: int
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return what computes the logits of windows from the image and mask of a block.

    Parameters
    ----------
    network
        Any network.
    places
        (n, 2) row and column of each window on the lattice of :data:`SLIDE_PX`.
    batch_windows
        Windows at a time.

    Returns
    -------
    Function of (1, channels, rows, cols) and (1, 1, rows, cols) that gives (n, 2) logits; for
    compact networks (1, 2, window rows, window cols), of all windows.
    """
    if isinstance(network, CompactNetwork):
        return network.slide
    if isinstance(network, AlexNet) and not isinstance(network, MaskedAlexNet):
        return lambda image, _: _alexnet_logits(network, image, places, batch_windows)
    return lambda image, mask: _window_logits(network, image, mask, places, batch_windows)


def _window_logits(
    network: Network, image: Tensor, mask: Tensor, places: NDArray[np.int64], batch_windows: int
) -> Tensor:
    """Run a network on windows, batch by batch."""
    images, masks = _windows(image), _windows(mask)
    return torch.cat(
        [network(images[cells], masks[cells]) for cells in _batches(places, batch_windows)]
    )


def _alexnet_logits(
    network: AlexNet, image: Tensor, places: NDArray[np.int64], batch_windows: int
) -> Tensor:
    """Run AlexNet on windows, its first layers for many windows at once.

    The last layers take all windows together, since they cost more to fetch from memory than to
    multiply with.
    """
    blocks = places // STEM_WINDOWS
    order = np.lexsort((blocks[:, 1], blocks[:, 0]))
    _, starts = np.unique(blocks[order], axis=0, return_index=True)
    parts = [
        network.after_stem(batch)
        for block in np.split(places[order], starts[1:])
        for batch in _stem_batches(network, image, block, batch_windows)
    ]
    logits = network.classify(torch.cat(parts))
    return logits[torch.from_numpy(np.argsort(order))]


def _stem_batches(
    network: AlexNet, image: Tensor, places: NDArray[np.int64], batch_windows: int
) -> Iterator[Tensor]:
    """Yield what the first layers say of windows, (n, 192, 13, 13)."""
    corner = places.min(0)
    rows, cols = (int(n) for n in places.max(0) - corner + 1)
    top, left = (int(n) * SLIDE_PX for n in corner)
    image = image[..., top : top + _reach(rows), left : left + _reach(cols)]
    places = places - corner
    if len(places) < STEM_SHARE * rows * cols:
        images = _windows(image)
        for cells in _batches(places, batch_windows):
            yield network.features[:STEM_LAYERS](images[cells])
        return
    stems = window_stems(network, image[0], (rows, cols)).transpose(1, 2)
    for cells in _batches(places, batch_windows):
        yield stems[cells].permute(0, 3, 1, 2)


def _reach(windows: int) -> int:
    return (windows - 1) * SLIDE_PX + WINDOW_PX


def _windows(image: Tensor) -> Tensor:
    """View (1, channels, rows, cols) as (window rows, window cols, channels, 224, 224)."""
    views = image[0].unfold(1, WINDOW_PX, SLIDE_PX).unfold(2, WINDOW_PX, SLIDE_PX)
    return views.permute(1, 2, 0, 3, 4)


def _batches(places: NDArray[np.int64], size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield rows and columns of so many windows at a time."""
    for start in range(0, len(places), size):
        row, col = torch.from_numpy(places[start : start + size]).T
        yield row, col
