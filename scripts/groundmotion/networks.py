"""The networks: AlexNet, its sparsity-invariant variant and the compact network.

Every network takes an image (n, channels, 224, 224) and a mask (n, 1, 224, 224), 1 where there is
data, and returns logits (n, 2): no deformation, deformation.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from groundmotion.errors import InputError

#: Side of the window that every network takes, pixels (paper §II-A).
WINDOW_PX = 224

#: Step between neighbouring windows of a compact network's sliding pass, pixels (paper §II-A).
SLIDE_PX = 28

NETWORKS = ("alexnet", "alexnet_masked", "compact")

_CLASSES = 2
# Least share of valid cells that counts as data where a convolution is normalised.
_LEAST_SHARE = 1e-6


class AlexNet(nn.Module):
    """AlexNet as in torchvision (Krizhevsky 2014), with two classes (paper §II-A).

    Module names and shapes are torchvision's, so its state dictionaries fit but for the last layer
    and, with fewer than three channels, the first.
    """

    #: Whether a constant added to the image cannot change the result.
    offset_invariant = False

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 64, 11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, _CLASSES),
        )
        self.apply(_initialise)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002
        """Return logits; the mask is not used."""
        return self._classify(self.features(image))

    def _classify(self, features: Tensor) -> Tensor:
        if features.shape[-2:] != (6, 6):  # the pooling would change nothing
            features = self.avgpool(features)
        logits: Tensor = self.classifier(features.flatten(1))
        return logits


class MaskedAlexNet(AlexNet):
    """AlexNet whose convolutions are computed from the pixels that have values (paper §IV-A).

    Sparsity-invariant convolution (Uhrig et al. 2017): the sum over valid pixels is scaled by
    the number of pixels under the kernel over the number of valid ones; a mask travels along
    through max-pooling. With a full mask it is AlexNet exactly, with the same weights.
    """

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return logits of images computed where ``mask`` is 1."""
        image = image * mask
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                image, mask = _masked_convolution(layer, image, mask)
            elif isinstance(layer, nn.MaxPool2d):
                # After a ReLU nothing valid lies below the zeros that stand for no data.
                image, mask = layer(image), layer(mask)
            else:
                image = layer(image) * mask
        return self._classify(image)


def _masked_convolution(layer: nn.Conv2d, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Convolve valid pixels only; returns the result, zero where none is in reach, and its mask."""
    ones = torch.ones_like(layer.weight[:1, :1])

    def count(valid: Tensor) -> Tensor:
        return nnf.conv2d(valid, ones, None, layer.stride, layer.padding)

    within, valid = count(torch.ones_like(mask[:1])), count(mask)
    total = nnf.conv2d(image, layer.weight, None, layer.stride, layer.padding)
    reached = (valid > 0).to(image.dtype)
    scaled = total * (within / valid.clamp(min=1.0))
    if layer.bias is not None:
        scaled = scaled + layer.bias[:, None, None]
    return scaled * reached, reached


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
            planes = nnf.conv2d(share, self.weight.flatten(0, 1)[:, None])
            weighted = planes.unflatten(1, self.weight.shape[:2])
            response = response - (mean[:, None] * weighted).sum(2)
        return response / reach


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
    """

    def __init__(self, channels: int, *, difference: bool) -> None:
        super().__init__()
        self.offset_invariant = difference
        self.fine_first = FirstConvolution(channels, 16, 5, difference=difference)
        self.fine = nn.Sequential(  # 52 → 50 → 49 blocks → 7 → 5 cells
            *_activation(16),
            *_convolution(16, 16, 3),
            *_convolution(16, 32, 2),
            nn.MaxPool2d(7),
            *_convolution(32, 64, 3),
        )
        self.coarse_first = FirstConvolution(channels, 32, 3, difference=difference)
        self.coarse = nn.Sequential(  # 14 → 12 → 10 blocks → 5 cells
            *_activation(32),
            *_convolution(32, 32, 3),
            *_convolution(32, 64, 3),
            nn.MaxPool2d(2),
        )
        self.joint = nn.Sequential(*_convolution(128, 128, 3))  # 5 → 3 cells
        self.head = nn.Conv2d(256, _CLASSES, 1)

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


def _convolution(inputs: int, features: int, kernel: int) -> list[nn.Module]:
    layer = nn.Conv2d(inputs, features, kernel, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return [layer, *_activation(features)]


#: Any of them.
Network = AlexNet | CompactNetwork


def _initialise(layer: nn.Module) -> None:
    # He et al. (2015). The default of torch leaves AlexNet, which has no normalisation, with
    # vanishing activations when it is trained from scratch.
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def build_network(name: str, channels: int, *, difference: bool, seed: int) -> Network:
    """Build a network with weights drawn from a seed.

    Parameters
    ----------
    name
        One of :data:`NETWORKS`.
    channels
        Channels of the image.
    difference
        Whether the image is an unwrapped velocity, of which a constant should not matter. Only the
        compact network makes use of it.
    seed
        Of the weights. The global random state is left alone.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if name not in NETWORKS:
        raise InputError(f"network {name!r}: expected one of {', '.join(NETWORKS)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Network
        if name == "compact":
            network = CompactNetwork(channels, difference=difference)
        else:
            network = {"alexnet": AlexNet, "alexnet_masked": MaskedAlexNet}[name](channels)
    # The order in memory that processors convolve fastest.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def count_weights(network: nn.Module) -> int:
    """Return the number of trainable weights."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
