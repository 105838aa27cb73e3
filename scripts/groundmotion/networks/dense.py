"""The dense network: where the ground moves, cell by cell, whatever the level of the noise.

It is shown points summed over cells, in units of the scene's noise. Nothing in it knows a length
in metres or a velocity in mm/yr. A constant added to all velocities changes nothing, and velocities
of the other sign exchange up and down exactly: features come in pairs that a change of sign
exchanges, and every layer treats both members alike.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

#: What a cell can do, in the order of the network's logits.
STILL, UP, DOWN = range(3)

#: The network looks at blocks of so many cells a side.
BLOCK_CELLS = 2
#: Sides of a map must be multiples of this, cells.
STEP_CELLS = 16
#: Nothing farther from a cell than this can change what is said of it, cells.
REACH_CELLS = 224

#: Standard deviations of the Gaussian means, blocks; 0 is the block itself. Cut off at three.
_SCALES = (0.0, 0.75, 1.5, 3.0, 6.0, 12.0)
_CUT = 3.0
#: Scales at which the variance of the blocks is shown.
_VARIANCES = (2, 4)
#: Fewer points than this count for nothing.
_LEAST_POINTS = 0.02
#: Largest deviation of a block, in noise standard deviations of its mean, in robust features.
_LARGEST_DEVIATION = 3.0
_PRIOR_POINTS = 4.0
#: Before training little moves.
_FIRST_LOGIT = -3.0
#: Features that change their sign with velocities, and others.
_SIGNED = 4 * (len(_SCALES) - 1)
_EVEN = len(_SCALES) + len(_VARIANCES)


class DenseNetwork(nn.Module):
    """U-Net on contrasts of Gaussian means, each over its standard error.

    At every scale s the mean m_s of the points about a place, weighed by a Gaussian, is compared
    with that of the next and of the widest scale. With n_s effective points it is shown
    asinh((m_s − m_s+1) √n_s), asinh((m_s − m_widest) √n_s), asinh(m_s − m_s+1), the first once
    more from blocks whose deviation is bounded, so that one point can say little, log n_s and log
    variances of blocks. Signed features y enter every layer as the pair (y, −y).

    Parameters
    ----------
    pairs
        Pairs of channels at each level; each is half as fine as the one before.
    """

    def __init__(self, pairs: tuple[int, ...] = (16, 24, 32, 48)) -> None:
        super().__init__()
        self.pairs = tuple(pairs)
        self.signed = nn.Conv2d(_SIGNED, pairs[0], 1, bias=False)
        self.even = nn.Conv2d(_EVEN, pairs[0], 1, bias=False)
        self.scale_signed = nn.Parameter(torch.full((_SIGNED, 1, 1), 0.7))
        self.scale_even = nn.BatchNorm2d(_EVEN)
        self.first = _PairedNorm(pairs[0])
        steps = list(zip(pairs, pairs[1:], strict=False))
        self.entry = _Layer(pairs[0], pairs[0], 3)
        self.down = nn.ModuleList(
            nn.Sequential(_Layer(fine, coarse, 3), _Layer(coarse, coarse, 3))
            for fine, coarse in steps
        )
        self.context = _Layer(pairs[-1], pairs[-1], 3, dilation=2)
        self.lift = nn.ModuleList(_Layer(coarse, fine, 1) for fine, coarse in reversed(steps))
        self.up = nn.ModuleList(_Layer(fine, fine, 3) for fine, _ in reversed(steps))
        self.still_head = nn.Conv2d(pairs[0], 1, 1)
        self.moving_head = nn.Conv2d(2 * pairs[0], 1, 1)
        nn.init.constant_(self.moving_head.bias, _FIRST_LOGIT)

    def features(self, means: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Return signed and even features of blocks, (n, features, rows, cols) each.

        Parameters
        ----------
        means
            (n, rows, cols) mean of the points of each cell over the standard deviation of the
            noise; anything finite where a cell is empty.
        counts
            (n, rows, cols) number of points.
        """
        total, count = (nnf.avg_pool2d(x, BLOCK_CELLS) * BLOCK_CELLS**2
                        for x in (means * counts, counts))  # fmt: skip
        ups, acrosses = (_gaussians(size, total) for size in count.shape[-2:])
        sums = [_blurred(count, up, across) for up, across in zip(ups, acrosses, strict=True)]
        squares = [_blurred(count, up**2, across**2)
                   for up, across in zip(ups, acrosses, strict=True)]  # fmt: skip
        effective = [n**2 / square.clamp(min=1e-12) for n, square in zip(sums, squares, strict=True)]
        blurs = list(zip(ups, acrosses, sums, strict=True))
        level = [_mean(_blurred(total, *blur[:2]), blur[2]) for blur in blurs]
        # deviations of blocks from their wide surroundings, in standard errors, bounded
        root = count.clamp(min=1.0).sqrt()
        bound = _LARGEST_DEVIATION / root
        robust_value = bound * torch.tanh((level[0] - level[-1]) / bound)
        robust = [_mean(_blurred(robust_value * count, *blur[:2]), blur[2]) for blur in blurs]
        spread = robust_value**2 * count
        signed, even = [], [n.log1p() for n in effective]
        for step in range(len(blurs) - 1):
            weight = effective[step].sqrt()
            seen = sums[step] > _LEAST_POINTS
            contrasts = (level[step] - level[step + 1], level[step] - level[-1],
                         robust[step] - robust[step + 1])  # fmt: skip
            near, wide, bounded = (torch.where(seen, x, 0.0) for x in contrasts)
            signed += [near.asinh(), *(torch.asinh(x * weight) for x in (near, wide, bounded))]
        occupied = (count > 0).to(count.dtype)
        for step in _VARIANCES:
            up, across, _ = blurs[step]
            places = _blurred(occupied, up, across)
            variance = _blurred(spread, up, across) + _PRIOR_POINTS * 0.05
            even.append((variance / (places + _PRIOR_POINTS * 0.05)).log())
        return torch.stack(signed, 1), torch.stack(even, 1)

    def forward(self, means: Tensor, counts: Tensor) -> Tensor:
        """Return logits (n, 3, rows, cols) of cells: still, up, down."""
        signed, even = self.features(means, counts)
        odd = self.signed(signed * self.scale_signed)
        both = self.even(self.scale_even(even))
        values = self.entry(self.first(torch.cat([both + odd, both - odd], 1)))
        skips = []
        for layers in self.down:
            skips.append(values)
            values = layers(nnf.max_pool2d(values, 2))
        values = self.context(values)
        for lift, layer, skip in zip(self.lift, self.up, reversed(skips), strict=True):
            values = layer(nnf.interpolate(lift(values), scale_factor=2.0) + skip)
        plus, minus = values.chunk(2, 1)
        logits = torch.cat(
            [
                self.still_head(plus + minus),
                self.moving_head(values),
                self.moving_head(torch.cat([minus, plus], 1)),
            ],
            1,
        )
        return nnf.interpolate(logits, scale_factor=float(BLOCK_CELLS), mode="bilinear")


class _PairedNorm(nn.Module):
    """Batch normalisation that both members of a pair share, and ReLU."""

    def __init__(self, pairs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(pairs)

    def forward(self, values: Tensor) -> Tensor:
        batch, channels, rows, cols = values.shape
        pairs = values.reshape(2 * batch, channels // 2, rows, cols)
        normalised: Tensor = self.norm(pairs)
        return nnf.relu(normalised.reshape(values.shape))


class _Layer(nn.Module):
    """Convolution with the weights [[A, B], [B, A]], so that pairs stay pairs, and normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(2, outputs, inputs, kernel, kernel))
        nn.init.normal_(self.weight, std=(1.0 / (inputs * kernel**2)) ** 0.5)
        self.norm = _PairedNorm(outputs)
        self.dilation, self.padding = dilation, dilation * (kernel // 2)

    def forward(self, values: Tensor) -> Tensor:
        same, other = self.weight
        weight = torch.cat([torch.cat([same, other], 1), torch.cat([other, same], 1)])
        convolved = nnf.conv2d(values, weight, padding=self.padding, dilation=self.dilation)
        normalised: Tensor = self.norm(convolved)
        return normalised


def _gaussians(size: int, like: Tensor) -> list[Tensor]:
    """Weights of a Gaussian along one axis for every scale, peak 1, (size, size)."""
    place = torch.arange(size, dtype=like.dtype, device=like.device)
    lag = (place[:, None] - place[None, :]).abs()
    return [
        torch.where(lag <= _CUT * scale, torch.exp(-0.5 * (lag / max(scale, 1e-3)) ** 2), 0.0)
        for scale in _SCALES
    ]


def _blurred(image: Tensor, up: Tensor, across: Tensor) -> Tensor:
    return up @ image @ across.T


def _mean(total: Tensor, count: Tensor) -> Tensor:
    return torch.where(count > _LEAST_POINTS, total / count.clamp(min=_LEAST_POINTS), 0.0)
