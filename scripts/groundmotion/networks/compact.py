"""The compact network, which slides over a whole map in one pass."""

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from groundmotion.networks.shape import CLASSES

# Least share of valid cells that counts as data where a convolution is normalised.
_LEAST_SHARE = 1e-6


class FirstConvolution(nn.Module):
    """Normalised convolution of block averages, blind to a constant if ``difference`` is set.

    Parameters
    ----------
    channels, features, kernel
        Of the convolution.
    difference
        If set, the mean of the valid blocks under the kernel is taken off first, so that a constant
        added to the velocity (another reference point) changes nothing.
    """

    def __init__(self, channels: int, features: int, kernel: int, *, difference: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(features, channels, kernel, kernel))
        self.difference = difference
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    def forward(self, total: Tensor, share: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        total
            (n, channels, rows, cols): sum of a block's valid values over its number of pixels.
        share
            (n, 1, rows, cols): its valid pixels over its number of pixels.
        """
        kernel = self.weight.shape[-1]
        reach = _box_means(share, kernel).clamp(min=_LEAST_SHARE)
        response = nnf.conv2d(total, self.weight)
        if self.difference:
            mean = _box_means(total, kernel) / reach
            for channel, weight in enumerate(self.weight.split(1, 1)):
                own = mean[:, channel : channel + 1]
                response = torch.addcmul(response, own, nnf.conv2d(share, weight), value=-1)
        return response * reach.reciprocal()


class CompactNetwork(nn.Module):
    """Two-scale network that slides over a whole map in one pass.

    A fine branch looks at blocks of 4 px, a coarse one at blocks of 14 px; both end on the 28-px
    cells of the window lattice and are joined there. Nothing is padded, so that :meth:`slide` gives
    exactly the scores of all windows at a step of 28 px.

    Parameters
    ----------
    channels
        Of the image.
    difference
        Whether the first layers see differences only; for images of unwrapped velocity.
    classes
        To tell apart.
    """

    def __init__(self, channels: int, *, difference: bool, classes: int = CLASSES) -> None:
        super().__init__()
        self.offset_invariant = difference
        self.fine_first = FirstConvolution(channels, 16, 5, difference=difference)
        self.fine = nn.Sequential(  # 52 → 50 → 49 blocks → 7 → 5 cells
            *_activation(16),
            *_convolution(16, 16, 3),
            *_convolution(16, 32, 2, pool=7),
            *_convolution(32, 64, 3),
        )
        self.coarse_first = FirstConvolution(channels, 32, 3, difference=difference)
        self.coarse = nn.Sequential(  # 14 → 12 → 10 blocks → 5 cells
            *_activation(32),
            *_convolution(32, 32, 3),
            *_convolution(32, 64, 3, pool=2),
        )
        self.joint = nn.Sequential(*_convolution(128, 128, 3))  # 5 → 3 cells
        self.head = nn.Conv2d(256, classes, 1)

    def slide(self, image: Tensor, mask: Tensor) -> Tensor:
        """Score every window of a map at a step of 28 px.

        Parameters
        ----------
        image, mask
            (n, channels, rows, cols) and (n, 1, rows, cols); rows and columns are 224 plus
            multiples of 28.

        Returns
        -------
        (n, 2, window rows, window cols)
        """
        valid = image * mask
        fine = self.fine_first(_block_means(valid, 4), _block_means(mask, 4))
        coarse = self.coarse_first(_block_means(valid, 14), _block_means(mask, 14))
        cells = self.joint(torch.cat([self.fine(fine), self.coarse(coarse)], 1))
        pooled = [nnf.max_pool2d(cells, 3, 1), nnf.avg_pool2d(cells, 3, 1)]
        logits: Tensor = self.head(torch.cat(pooled, 1))
        return logits

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of windows."""
        return self.slide(image, mask)[..., 0, 0]


def _block_means(image: Tensor, block: int) -> Tensor:
    """Average square blocks; many times faster than pooling for images of one channel."""
    batch, channels, rows, cols = image.shape
    stacked = image.reshape(batch, channels, rows // block, block, cols)
    return stacked.sum(3).unflatten(-1, (-1, block)).sum(-1) / block**2


def _box_means(image: Tensor, width: int) -> Tensor:
    """Average over a sliding square, without padding."""
    for axis in (2, 3):
        length = image.shape[axis] - width + 1
        parts = [image.narrow(axis, start, length) for start in range(width)]
        image = torch.stack(parts).sum(0) / width
    return image


def _activation(features: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(features), nn.ReLU(inplace=True)]


def _convolution(inputs: int, features: int, kernel: int, pool: int = 1) -> list[nn.Module]:
    layer = nn.Conv2d(inputs, features, kernel, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    normalise, rectify = _activation(features)
    # the largest of rectified values is the rectified largest, of which there are fewer
    pooling = [nn.MaxPool2d(pool)] if pool > 1 else []
    return [layer, normalise, *pooling, rectify]
