"""The multi-scale network: what points say at each scale, weighed by how many say it."""

import torch
from torch import Tensor, nn

from groundmotion.networks.shape import CLASSES, WINDOW_PX

#: Points are summed over square blocks of so many pixels.
_BLOCK_PX = 4
#: Standard deviations of the Gaussian means, blocks; each is compared with the one _WIDER steps on.
_SCALES = tuple(0.8 * 1.5**step for step in range(10))
_WIDER = 3
#: Fewer effective points than this count for nothing.
_LEAST_POINTS = 0.05
#: The variance about a place is that of the whole window where it has fewer points than this.
_PRIOR_POINTS = 4.0
_LEAST_VARIANCE = 1e-3
#: Features of every channel and scale, and those of every scale.
_PER_CHANNEL, _PER_SCALE = 4, 1


class MultiscaleNetwork(nn.Module):
    """Network on density-normalised features of the points themselves; needs no filled map.

    At every scale s the Gaussian mean of the points about a place is compared with that over a
    wider circle. The difference d_s has the standard deviation σ/√n_s in independent noise, n_s the
    effective number of points; the network is shown d_s √n_s, a matched filter's statistic, the
    same over the standard deviation v_s^½ of the points there (Student's statistic: what a single
    outlier can say is bounded), d_s, log v_s and log n_s. A constant added to velocities changes
    nothing. Without points in a window everything is zero.

    Parameters
    ----------
    channels
        Of the image.
    classes
        To tell apart.
    masks
        As many as channels where each has points of its own (two looks), else 1.
    """

    #: Whether a constant added to the image cannot change the result.
    offset_invariant = True

    blur: Tensor
    blur_squared: Tensor

    def __init__(self, channels: int, classes: int = CLASSES, masks: int = 1) -> None:
        super().__init__()
        blocks = WINDOW_PX // _BLOCK_PX
        blur = torch.stack([_gaussian_matrix(blocks, scale) for scale in _SCALES])
        self.register_buffer("blur", blur, persistent=False)
        self.register_buffer("blur_squared", blur**2, persistent=False)
        features = (_PER_CHANNEL * channels + _PER_SCALE * masks) * (len(_SCALES) - _WIDER)
        self.body = nn.Sequential(
            nn.BatchNorm2d(features),
            *_convolution(features, 32, 1),
            nn.MaxPool2d(2),  # 28
            *_convolution(32, 32, 3),
            nn.MaxPool2d(2),  # 14
            *_convolution(32, 64, 3),
            *_convolution(64, 64, 3),
            nn.MaxPool2d(2),  # 7
            *_convolution(64, 128, 3),
        )
        self.head = nn.Linear(256, classes)

    def features(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the features of every channel and scale, (n, features, rows, cols) of blocks."""
        if mask.shape[1] == 1:
            return self._features(image, mask)
        looks = zip(image.split(1, 1), mask.split(1, 1), strict=True)
        return torch.cat([self._features(*look) for look in looks], 1)

    def _features(self, image: Tensor, mask: Tensor) -> Tensor:
        count = _block_sums(mask)
        points = count.sum((2, 3), keepdim=True).clamp(min=1)
        # the mean of all points first: sums of large numbers would lose digits
        centred = (image - (image * mask).sum((2, 3), keepdim=True) / points) * mask
        total, square = _block_sums(centred), _block_sums(centred**2)
        window_variance = (square.sum((2, 3), keepdim=True) / points)[:, :, None]
        counts = _blurred(self.blur, count)
        has_points = counts > _LEAST_POINTS
        means, squares = (
            torch.where(
                has_points, _blurred(self.blur, values) / counts.clamp(min=_LEAST_POINTS), 0.0
            )
            for values in (total, square)
        )
        spread = _blurred(self.blur_squared, count).clamp(min=1e-12)
        effective = torch.where(has_points, counts**2 / spread, 0.0)
        difference = means[:, :, :-_WIDER] - means[:, :, _WIDER:]
        weight = effective[:, :, :-_WIDER]
        local = (squares - means**2).clamp(min=0)[:, :, :-_WIDER]
        variance = (weight * local + _PRIOR_POINTS * window_variance) / (weight + _PRIOR_POINTS)
        variance = variance + _LEAST_VARIANCE
        statistic = difference * weight.sqrt()
        features = [
            statistic,
            statistic * variance.rsqrt(),
            difference,
            variance.log(),
            weight.log1p(),
        ]
        return torch.cat([values.flatten(1, 2) for values in features], 1)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of windows."""
        cells = self.body(self.features(image, mask))
        pooled = torch.cat([cells.amax((2, 3)), cells.mean((2, 3))], 1)
        logits: Tensor = self.head(pooled)
        return logits


def _gaussian_matrix(size: int, sigma: float) -> Tensor:
    """Weights of a Gaussian along one axis, peak 1; nothing lies beyond the border."""
    place = torch.arange(size, dtype=torch.float32)
    return torch.exp(-0.5 * ((place[:, None] - place[None, :]) / sigma) ** 2)


def _blurred(weights: Tensor, image: Tensor) -> Tensor:
    """Blur (n, channels, rows, cols) at every scale: (n, channels, scales, rows, cols)."""
    batch, channels, rows, cols = image.shape
    scales, maps = len(weights), batch * channels
    # two large products instead of many small ones: twice as quick
    down = weights.flatten(0, 1) @ image.flatten(0, 1).transpose(0, 1).reshape(rows, -1)
    down = down.view(scales, rows, maps, cols).transpose(1, 2).reshape(scales, -1, cols)
    blurred = torch.bmm(down, weights.transpose(1, 2))
    return blurred.view(scales, batch, channels, rows, cols).permute(1, 2, 0, 3, 4)


def _block_sums(image: Tensor) -> Tensor:
    batch, channels, rows, cols = image.shape
    stacked = image.reshape(batch, channels, rows // _BLOCK_PX, _BLOCK_PX, cols)
    return stacked.sum(3).unflatten(-1, (-1, _BLOCK_PX)).sum(-1)


def _convolution(inputs: int, features: int, kernel: int) -> list[nn.Module]:
    layer = nn.Conv2d(inputs, features, kernel, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return [layer, nn.BatchNorm2d(features), nn.ReLU(inplace=True)]
