"""AlexNet and its sparsity-invariant variant."""

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from groundmotion.networks.shape import CLASSES

#: First layers of ``AlexNet.features``: two convolutions and what follows them.
STEM_LAYERS = 6


class AlexNet(nn.Module):
    """AlexNet as in torchvision (Krizhevsky 2014), with two classes or more (paper §II-A).

    Module names and shapes are torchvision's, so its state dictionaries fit but for the last layer
    and, with fewer than three channels, the first. Its first weights are PyTorch's own too: with
    those of He et al. (2015) AlexNet, which has no normalisation, begins with a loss of 3 and
    spends its first epochs on getting rid of that.
    """

    #: Whether a constant added to the image cannot change the result.
    offset_invariant = False

    def __init__(self, channels: int, classes: int = CLASSES) -> None:
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
            nn.Linear(4096, classes),
        )

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002
        """Return logits; the mask is not used."""
        return self.classify(self._pooled(self.features(image)))

    def after_stem(self, cells: Tensor) -> Tensor:
        """Return the (n, 9216) features that follow from :mod:`groundmotion.networks.stem`."""
        return self._pooled(self.features[STEM_LAYERS:](cells))

    def classify(self, features: Tensor) -> Tensor:
        """Return the logits of (n, 9216) features."""
        logits: Tensor = self.classifier(features)
        return logits

    def _pooled(self, features: Tensor) -> Tensor:
        if features.shape[-2:] != (6, 6):  # the pooling would change nothing
            features = self.avgpool(features)
        return features.flatten(1)


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
        return self.classify(self._pooled(image))


def _masked_convolution(layer: nn.Conv2d, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Convolve valid pixels only; returns the result, zero where none is in reach, and its mask."""
    ones = torch.ones_like(layer.weight[:1, :1])

    def count(valid: Tensor) -> Tensor:
        return nnf.conv2d(valid, ones, None, layer.stride, layer.padding)

    within, valid = count(torch.ones_like(mask[:1])), count(mask)
    total = nnf.conv2d(image, layer.weight, None, layer.stride, layer.padding)
    has_value = (valid > 0).to(image.dtype)
    scaled = total * (within / valid.clamp(min=1.0))
    if layer.bias is not None:
        scaled = scaled + layer.bias[:, None, None]
    return scaled * has_value, has_value
