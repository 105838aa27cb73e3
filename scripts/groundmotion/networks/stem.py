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
    cells = _first_convolution(first, image, windows).relu_()
    for axis, count in enumerate(windows):
        cells = _first_pooling(cells, axis, count)
    cells = _second_convolution(second, cells, windows)
    for axis, count in enumerate(windows):
        cells = _second_pooling(cells, axis, count)
    return cells.relu_().view(windows[0], _LENGTH, windows[1], _LENGTH, -1)


def _first_convolution(layer: nn.Conv2d, image: Tensor, windows: tuple[int, int]) -> Tensor:
    """Convolve (channels, rows, cols) to (rows, cols, 64); inner places count from 1."""
    rows, cols = (
        (
            _Taps(_STRIDE_PX - _PADDING_PX, _STRIDE_PX, _STEP * (n - 1) + 53, slice(None)),
            _Taps(0, SLIDE_PX, n, slice(_PADDING_PX, None)),
            _Taps(_LAST_PX, SLIDE_PX, n, slice(None, WINDOW_PX - _LAST_PX)),
        )
        for n in windows
    )
    bands = []
    for down in rows:
        parts = [
            nnf.conv2d(
                image[None, :, down.pixels(), across.pixels()],
                layer.weight[:, :, down.kernel, across.kernel],
                layer.bias,
                (down.step_px, across.step_px),
            )[0].permute(1, 2, 0)
            for across in cols
        ]
        bands.append(torch.cat(parts, 1))
    return torch.cat(bands, 0)


def _first_pooling(cells: Tensor, axis: int, count: int) -> Tensor:
    """Pool three places each along an axis; inner places count from 2 then."""
    inner, near, far = cells.split([cells.shape[axis] - 2 * count, count, count], axis)
    length = inner.shape[axis] - 4
    parts = [
        _largest([inner.narrow(axis, start, length) for start in (1, 2, 3)]),
        _largest([near, *(_each(inner, axis, start, count) for start in (0, 1))]),
        _largest([*(_each(inner, axis, start, count) for start in (51, 52)), far]),
    ]
    return torch.cat(parts, axis)


def _second_convolution(layer: nn.Conv2d, cells: Tensor, windows: tuple[int, int]) -> Tensor:
    """Convolve; near and far parts become three places for each window, inner ones count from 6."""
    inner = cells.shape[0] - 2 * windows[0]
    bands = [(cells[None, :inner], 2), (_borders(cells, 0, windows[0]), 1)]
    return torch.cat(
        [_convolve_band(layer, band, windows[1], step).flatten(0, 1) for band, step in bands], 0
    )


def _convolve_band(layer: nn.Conv2d, cells: Tensor, count: int, step: int) -> Tensor:
    """Convolve (n, rows, cols, 64), whose rows stand ``step`` places apart for the kernel."""
    inner = cells[:, :, : cells.shape[2] - 2 * count]
    borders = _borders(cells, 2, count)
    found = _convolve(layer, borders.flatten(0, 1), (step, 1)).unflatten(0, borders.shape[:2])
    own = found.permute(1, 2, 0, 3, 4).flatten(2, 3)
    return torch.cat([_convolve(layer, inner, (step, 2)), own], 2)


def _convolve(layer: nn.Conv2d, cells: Tensor, steps: tuple[int, int]) -> Tensor:
    """Convolve (n, rows, cols, features) without padding."""
    maps = cells.permute(0, 3, 1, 2)
    return nnf.conv2d(maps, layer.weight, layer.bias, dilation=steps).permute(0, 2, 3, 1)


def _borders(cells: Tensor, axis: int, count: int) -> Tensor:
    """Cut the seven places that the three at a border are made of, zeros beyond the border.

    Returns the near ones of each window and then the far ones, stacked along a new first axis.
    """
    inner, near, far = cells.split([cells.shape[axis] - 2 * count, count, count], axis)
    nothing = torch.zeros_like(near)
    next_to_near = [_each(inner, axis, start, count) for start in (0, 2, 4, 6)]
    next_to_far = [_each(inner, axis, start, count) for start in (42, 44, 46, 48)]
    parts = ([nothing, nothing, near, *next_to_near], [*next_to_far, far, nothing, nothing])
    return torch.cat([torch.stack(part, axis + 1).movedim(axis, 0) for part in parts], 0)


def _second_pooling(cells: Tensor, axis: int, count: int) -> Tensor:
    """Pool to the 13 places of each window along an axis."""
    own = 3 * count
    inner, near, far = cells.split([cells.shape[axis] - 2 * own, own, own], axis)
    first, last = (list(part.unflatten(axis, (count, 3)).unbind(axis + 1)) for part in (near, far))
    length = inner.shape[axis] - 4
    pooled = _largest([inner.narrow(axis, start, length) for start in (0, 2, 4)])
    places = [
        _largest(first),
        _largest([first[2], *(_each(inner, axis, start, count) for start in (0, 2))]),
        *(_each(pooled, axis, start, count) for start in range(2, 35, 4)),
        _largest([*(_each(inner, axis, start, count) for start in (38, 40)), last[0]]),
        _largest(last),
    ]
    return torch.stack(places, axis + 1).flatten(axis, axis + 1)


def _each(inner: Tensor, axis: int, start: int, count: int) -> Tensor:
    """Take one place of each window along an axis."""
    cut = [slice(None)] * inner.dim()
    cut[axis] = slice(start, start + (count - 1) * _STEP + 1, _STEP)
    return inner[tuple(cut)]


def _largest(parts: Sequence[Tensor]) -> Tensor:
    """Take the largest of several, place by place."""
    return functools.reduce(torch.maximum, parts)
