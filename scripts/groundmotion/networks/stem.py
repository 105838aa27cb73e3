"""AlexNet's first two convolutions for all windows of a map at once, each window's border included.

Windows 28 px apart share most of what these layers compute: 28 px are seven steps of the first
convolution. Only the border of a window is its own, since zeros are padded there before each
convolution. Along each axis a layer's output is therefore kept as three parts,

    inner   what no border reaches, at every step of the first convolution, once for all windows;
    near    the first places of each window, which its upper (left) border reaches;
    far     the last places of each window, which its lower (right) border reaches,

and in two dimensions as the products of these. Places are counted in steps of the first
convolution (4 px) from the border of the map; window w starts at place 7 w, and its own outputs
stand 1, 2 and 4 places apart after the first convolution, the first pooling and the second pooling.
The later layers share nothing: borders reach so far that no inner place is left to two windows.

The result is that of the network on each window but for rounding.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from groundmotion.networks.alexnet import AlexNet
from groundmotion.networks.shape import SLIDE_PX, WINDOW_PX

_KERNEL_PX, _STRIDE_PX, _PADDING_PX = 11, 4, 2
_STEP = SLIDE_PX // _STRIDE_PX
#: First pixel of the last place of a window: 54 steps from the padding.
_LAST_PX = 54 * _STRIDE_PX - _PADDING_PX
#: Side of a window's result.
_LENGTH = 13

#: Inner, near and far places along an axis.
_Parts = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class _Taps:
    """Where a convolution stands along one axis, and which part of its kernel lies inside."""

    start_px: int
    step_px: int
    count: int
    kernel: slice

    def pixels(self) -> slice:
        """Return the pixels it reaches."""
        width = len(range(*self.kernel.indices(_KERNEL_PX)))
        return slice(self.start_px, self.start_px + (self.count - 1) * self.step_px + width)


def window_stems(network: AlexNet, image: Tensor, windows: tuple[int, int]) -> Tensor:
    """Compute what the first layers say of every window of a map.

    Parameters
    ----------
    network
        An AlexNet whose convolutions see no mask.
    image
        (channels, rows, cols), exactly as large as the windows reach.
    windows
        Number of windows down and across, 28 px apart.

    Returns
    -------
    (window rows, 13, window cols, 13, 192): ``network.features[:STEM_LAYERS]`` of the windows.
    """
    reach = tuple((n - 1) * SLIDE_PX + WINDOW_PX for n in windows)
    if tuple(image.shape[1:]) != reach:
        raise ValueError(f"image {tuple(image.shape[1:])}: expected {reach} for {windows} windows")
    first, second = (cast(nn.Conv2d, network.features[index]) for index in (0, 3))
    bands = [
        _first_pooling(band, 1, windows[1]) for band in _first_convolution(first, image, windows)
    ]
    # parts along columns, each with its parts along rows
    columns = [_first_pooling(parts, 0, windows[0]) for parts in zip(*bands, strict=True)]
    inner = _second_convolution(second, [parts[0][None] for parts in columns], windows[1], 2)
    borders = [_borders(parts, 0, windows[0]) for parts in columns]
    near, far = _second_convolution(second, borders, windows[1], 1).split(windows[0])
    cells = _second_pooling((inner[0], near.transpose(0, 1), far.transpose(0, 1)), 0, windows[0])
    return cells.view(windows[0], _LENGTH, windows[1], _LENGTH, -1).relu_()


def _first_convolution(layer: nn.Conv2d, image: Tensor, windows: tuple[int, int]) -> list[_Parts]:
    """Convolve (channels, rows, cols) to (rows, cols, 64); inner places count from 1.

    Returns the parts along rows, each with its parts along columns.
    """
    rows, cols = (
        (
            _Taps(_STRIDE_PX - _PADDING_PX, _STRIDE_PX, _STEP * (n - 1) + 53, slice(None)),
            _Taps(0, SLIDE_PX, n, slice(_PADDING_PX, None)),
            _Taps(_LAST_PX, SLIDE_PX, n, slice(None, WINDOW_PX - _LAST_PX)),
        )
        for n in windows
    )

    def convolved(down: _Taps, across: _Taps) -> Tensor:
        output = nnf.conv2d(
            image[None, :, down.pixels(), across.pixels()],
            layer.weight[:, :, down.kernel, across.kernel],
            layer.bias,
            (down.step_px, across.step_px),
        )
        return output.relu_()[0].permute(1, 2, 0)

    inner, near, far = cols
    return [(convolved(down, inner), convolved(down, near), convolved(down, far)) for down in rows]


def _first_pooling(parts: _Parts, axis: int, count: int) -> _Parts:
    """Pool three places each along an axis; inner places count from 2 then."""
    inner, near, far = parts
    length = inner.shape[axis] - 4
    return (
        _largest([inner.narrow(axis, start, length) for start in (1, 2, 3)]),
        _largest([near, *(_each(inner, axis, start, count) for start in (0, 1))]),
        _largest([*(_each(inner, axis, start, count) for start in (51, 52)), far]),
    )


def _second_convolution(layer: nn.Conv2d, parts: Sequence[Tensor], count: int, step: int) -> Tensor:
    """Convolve (n, rows, cols, 64), in parts along columns, and pool along columns.

    Rows stand ``step`` places apart for the kernel.
    """
    borders = _borders(parts, 2, count)
    own = _convolve(layer, borders.flatten(0, 1), (step, 1)).unflatten(0, borders.shape[:2])
    # three places at the border of each window: places, …, windows
    near, far = own.permute(3, 1, 2, 0, 4).split(count, 3)
    return _second_pooling((_convolve(layer, parts[0], (step, 2)), near, far), 2, count)


def _convolve(layer: nn.Conv2d, cells: Tensor, steps: tuple[int, int]) -> Tensor:
    """Convolve (n, rows, cols, features) without padding; inner places count from 6 then."""
    maps = cells.permute(0, 3, 1, 2)
    return nnf.conv2d(maps, layer.weight, layer.bias, dilation=steps).permute(0, 2, 3, 1)


def _borders(parts: Sequence[Tensor], axis: int, count: int) -> Tensor:
    """Cut the seven places that the three at a border are made of, zeros beyond the border.

    Returns the near ones of each window and then the far ones, stacked along a new first axis.
    """
    inner, near, far = parts
    zeros = torch.zeros_like(near)
    next_to_near = [_each(inner, axis, start, count) for start in (0, 2, 4, 6)]
    next_to_far = [_each(inner, axis, start, count) for start in (42, 44, 46, 48)]
    pairs = ([zeros, zeros, near, *next_to_near], [*next_to_far, far, zeros, zeros])
    return torch.cat([torch.stack(part, axis + 1).movedim(axis, 0) for part in pairs])


def _second_pooling(parts: _Parts, axis: int, count: int) -> Tensor:
    """Pool to the 13 places of each window along an axis, from inner and 3 × near and far places.

    The three places are the first axis of the near and far parts.
    """
    inner, first, last = parts
    length = inner.shape[axis] - 4
    pooled = _largest([inner.narrow(axis, start, length) for start in (0, 2, 4)])
    places = [
        _largest(first.unbind()),
        _largest([first[2], *(_each(inner, axis, start, count) for start in (0, 2))]),
        *(_each(pooled, axis, start, count) for start in range(2, 35, 4)),
        _largest([*(_each(inner, axis, start, count) for start in (38, 40)), last[0]]),
        _largest(last.unbind()),
    ]
    return torch.stack(places, axis + 1).flatten(axis, axis + 1)


def _each(inner: Tensor, axis: int, start: int, count: int) -> Tensor:
    """Take one place of each window along an axis."""
    places = [slice(None)] * inner.dim()
    places[axis] = slice(start, start + (count - 1) * _STEP + 1, _STEP)
    return inner[tuple(places)]


def _largest(parts: Sequence[Tensor]) -> Tensor:
    """Take the largest of several, place by place."""
    return functools.reduce(torch.maximum, parts)
