"""The dense network: where the ground moves, cell by cell, whatever the level of the noise.

It is shown points summed over cells, in units of the scene's noise. Nothing in it knows a length
in metres or a velocity in mm/yr. A constant added to all velocities changes nothing, and velocities
of the other sign exchange up and down exactly: features come in pairs that a change of sign
exchanges, and every layer treats both members alike.
"""

import itertools

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
#: Blocks of unit variance are taken to be everywhere, so few of them.
_PRIOR_VARIANCE = 0.2
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
        steps = list(itertools.pairwise(pairs))
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
        with torch.no_grad():
            self.moving_head.bias.fill_(_FIRST_LOGIT)  # type: ignore[union-attr]

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
        total, count = (
            nnf.avg_pool2d(x, BLOCK_CELLS) * BLOCK_CELLS**2 for x in (means * counts, counts)
        )
        blurs = _Blurs(count)
        levels = blurs.means(total)
        # deviations of blocks from their wide surroundings, bounded in standard errors
        bound = _LARGEST_DEVIATION / count.clamp(min=1.0).sqrt()
        deviation = bound * torch.tanh((levels[0] - levels[-1]) / bound)
        bounded = blurs.means(deviation * count)
        signed, even = [], [n.log1p() for n in blurs.effective]
        for step in range(len(_SCALES) - 1):
            weight, seen = blurs.effective[step].sqrt(), blurs.counts[step] > _LEAST_POINTS
            contrasts = (
                levels[step] - levels[step + 1],
                levels[step] - levels[-1],
                bounded[step] - bounded[step + 1],
            )
            near, wide, robust = (torch.where(seen, x, 0.0) for x in contrasts)
            signed += [near.asinh(), *(torch.asinh(x * weight) for x in (near, wide, robust))]
        occupied = (count > 0).to(count.dtype)
        for step in _VARIANCES:
            spread = blurs.sums(deviation**2 * count, step) + _PRIOR_VARIANCE
            even.append((spread / (blurs.sums(occupied, step) + _PRIOR_VARIANCE)).log())
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
    """Convolution by [[A, B], [B, A]], so that pairs stay pairs, and normalisation."""

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


class _Blurs:
    """Gaussian sums of blocks at every scale, and how many points each holds.

    ``counts`` are the weighted numbers of points and ``effective`` the numbers of points whose
    plain mean would be as certain, (n, rows, cols) for each scale.
    """

    def __init__(self, count: Tensor) -> None:
        self._down, self._across = (_gaussians(size, count) for size in count.shape[-2:])
        self.counts = [self.sums(count, step) for step in range(len(_SCALES))]
        squares = [
            down**2 @ count @ (across**2).T
            for down, across in zip(self._down, self._across, strict=True)
        ]
        self.effective = [
            n**2 / square.clamp(min=1e-12) for n, square in zip(self.counts, squares, strict=True)
        ]

    def sums(self, image: Tensor, step: int) -> Tensor:
        """Weighted sums about each block at one scale."""
        return self._down[step] @ image @ self._across[step].T

    def means(self, total: Tensor) -> list[Tensor]:
        """Means of points at every scale from the sums of blocks; 0 where there are no points."""
        return [
            torch.where(
                count > _LEAST_POINTS,
                self.sums(total, step) / count.clamp(min=_LEAST_POINTS),
                0.0,
            )
            for step, count in enumerate(self.counts)
        ]


def _gaussians(size: int, like: Tensor) -> list[Tensor]:
    """Weights of a Gaussian along one axis for every scale, peak 1, (size, size)."""
    place = torch.arange(size, dtype=like.dtype, device=like.device)
    lag = (place[:, None] - place[None, :]).abs()
    return [
        torch.where(lag <= _CUT * scale, torch.exp(-0.5 * (lag / max(scale, 1e-3)) ** 2), 0.0)
        for scale in _SCALES
    ]
