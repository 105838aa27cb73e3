"""Windows on a regular lattice, and window scores merged into a map (paper §II-A).

The lattice starts at the upper left corner of the map. Its *cells* are ``stride_px`` wide; a window
covers ``size_px / stride_px`` cells each way, so scores are merged on cells rather than on pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.aliases import Slices
from groundmotion.errors import InputError


@dataclass(frozen=True)
class Lattice:
    """Windows of ``size_px`` every ``stride_px``.

    Raises
    ------
    InputError
        If the stride is not a divisor of the size.
    """

    size_px: int
    stride_px: int

    def __post_init__(self) -> None:
        if self.stride_px < 1 or self.size_px < self.stride_px or self.size_px % self.stride_px:
            raise InputError(
                f"window_px {self.size_px}, stride_px {self.stride_px}: expected a stride that "
                "divides the window, such as 28 and 224"
            )

    @property
    def cells(self) -> int:
        """Cells that a window covers along one side."""
        return self.size_px // self.stride_px

    def windows(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Count the windows down and across that cover a map, the last ones reaching beyond it.

        Examples
        --------
        >>> Lattice(224, 28).windows((224, 230))
        (1, 2)
        """
        rows, cols = (1 + max(0, -((self.size_px - n) // self.stride_px)) for n in shape)
        return rows, cols

    def extent(self, windows: tuple[int, int]) -> tuple[int, int]:
        """Return the (rows, cols) in pixels that so many windows cover."""
        rows, cols = ((n - 1) * self.stride_px + self.size_px for n in windows)
        return rows, cols


@dataclass(frozen=True)
class Smoothing:
    """Gaussian that merges the scores: width of its window and standard deviation, pixels."""

    width_px: int
    sigma_px: float

    @property
    def radius_px(self) -> int:
        """Pixels that the kernel reaches to each side."""
        return self.width_px // 2

    def kernel(self) -> NDArray[np.float64]:
        """Return the one-dimensional kernel, sum one."""
        # ASSUME: an odd number of taps (width 20: ten to each side), since an even kernel would
        # shift the map by half a pixel.
        offset = np.arange(-self.radius_px, self.radius_px + 1)
        weight = np.exp(-0.5 * (offset / self.sigma_px) ** 2)
        return np.asarray(weight / weight.sum(), np.float64)


def padded(values: NDArray[np.generic], shape: tuple[int, int], fill: float) -> NDArray[np.generic]:
    """Extend an array downwards and to the right to ``shape`` with a constant."""
    extended = np.full(shape, fill, values.dtype)
    extended[: values.shape[0], : values.shape[1]] = values
    return extended


def cut_windows(
    values: NDArray[np.floating],
    points: NDArray[np.floating],
    lattice: Lattice,
    min_points: int,
) -> NDArray[np.float16]:
    """Cut the windows that lie inside a map and hold enough points.

    Parameters
    ----------
    values
        (rows, cols) filled map.
    points
        (rows, cols), NaN where nothing was measured.
    lattice
        Size and step.
    min_points
        Windows with fewer measured cells are left out.

    Returns
    -------
    (n, size_px, size_px) in half precision, row by row.
    """
    size = (lattice.size_px, lattice.size_px)
    if values.shape[0] < lattice.size_px or values.shape[1] < lattice.size_px:
        return np.empty((0, *size), np.float16)
    views = np.lib.stride_tricks.sliding_window_view(values, size)
    views = views[:: lattice.stride_px, :: lattice.stride_px]
    has_enough = window_sums(np.isfinite(points), lattice) >= min_points
    return views[has_enough[: views.shape[0], : views.shape[1]]].astype(np.float16)


def window_sums(counts: NDArray[np.number | np.bool_], lattice: Lattice) -> NDArray[np.int64]:
    """Add up a map over each window of the lattice, zero beyond its edge.

    Parameters
    ----------
    counts
        (rows, cols), such as points per cell.

    Returns
    -------
    (window rows, window cols)
    """
    shape = lattice.windows((counts.shape[0], counts.shape[1]))
    stride = lattice.stride_px
    sums: NDArray[np.int64] = np.zeros(tuple(n + lattice.cells - 1 for n in shape), np.int64)
    starts = [np.arange(0, n, stride) for n in counts.shape]
    by_row = np.add.reduceat(counts, starts[0], axis=0, dtype=np.int64)
    by_cell = np.add.reduceat(by_row, starts[1], axis=1)
    sums[: by_cell.shape[0], : by_cell.shape[1]] = by_cell
    for axis in (0, 1):
        view = np.lib.stride_tricks.sliding_window_view(sums, lattice.cells, axis=axis)
        sums = view.sum(axis=-1)
    return sums


def cell_means(scores: NDArray[np.floating], lattice: Lattice) -> NDArray[np.float64]:
    """Average, for each cell, the scored windows that cover it.

    Parameters
    ----------
    scores
        (window rows, window cols), NaN where a window was not scored.

    Returns
    -------
    (window rows + cells − 1, window cols + cells − 1), NaN where no scored window covers a cell.
    """
    has_score = np.isfinite(scores)
    total = np.where(has_score, scores, 0.0).astype(np.float64)
    number = has_score.astype(np.float64)
    for axis in (0, 1):
        total, number = (_spread(part, lattice.cells, axis) for part in (total, number))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / number)


def _spread(values: NDArray[np.float64], reach: int, axis: int) -> NDArray[np.float64]:
    """Add each window's value to the cells it covers along one axis, always in the same order."""
    length = values.shape[axis]
    shape = list(values.shape)
    shape[axis] = length + reach - 1
    sums = np.zeros(shape)
    for shift in range(reach):
        place: list[slice] = [slice(None), slice(None)]
        place[axis] = slice(shift, shift + length)
        sums[tuple(place)] += values
    return sums


def windows_touching(
    part: Slices, windows: tuple[int, int], lattice: Lattice, smoothing: Smoothing
) -> Slices:
    """Find the windows that the probability of some pixels is made of.

    Parameters
    ----------
    part
        Rows and columns of the map, with start and stop.
    windows
        Number of windows of the whole map, down and across.
    lattice, smoothing
        As for :func:`merge_scores`.

    Returns
    -------
    Slices of the lattice: its scores there, with the pixels counted from the corner of the first
    window, give :func:`merge_scores` all it needs.

    Examples
    --------
    >>> part = slice(0, 28), slice(560, 588)
    >>> windows_touching(part, (90, 90), Lattice(224, 28), Smoothing(20, 5))
    (slice(0, 2, None), slice(12, 22, None))
    """
    stride, radius = lattice.stride_px, smoothing.radius_px
    first, second = (
        slice(
            max((s.start - radius) // stride - lattice.cells + 1, 0),
            max(min((s.stop - 1 + radius) // stride + 1, n), 0),
        )
        for s, n in zip(part, windows, strict=True)
    )
    return first, second


def merge_scores(
    scores: NDArray[np.floating], lattice: Lattice, smoothing: Smoothing, window: Slices
) -> NDArray[np.float32]:
    """Merge window scores into a probability map (paper §II-A).

    Each pixel takes the mean of the scored windows that cover it; a Gaussian that ignores pixels
    without a score then smooths the map.

    Parameters
    ----------
    scores
        (window rows, window cols) of the whole map, NaN where a window was not scored.
    lattice, smoothing
        Geometry of the windows; the Gaussian.
    window
        Rows and columns of the map that are wanted, with start and stop. The result does not depend
        on how a map is cut into such parts.

    Returns
    -------
    Probability in [0, 1], of the shape of ``window``; NaN where no scored window covers a pixel.
    """
    radius, stride = smoothing.radius_px, lattice.stride_px
    means = cell_means(scores, lattice)
    outer = [
        np.clip(np.arange(s.start - radius, s.stop + radius) // stride, -1, n)
        for s, n in zip(window, means.shape, strict=True)
    ]
    # A ring of cells without score stands for everything outside the map.
    framed = np.pad(means, 1, constant_values=np.nan)
    pixels = framed[np.ix_(outer[0] + 1, outer[1] + 1)]
    valid = np.isfinite(pixels)
    weighted, weight = np.where(valid, pixels, 0.0), valid.astype(np.float64)
    kernel = smoothing.kernel()
    for axis in (0, 1):
        weighted, weight = (
            ndimage.correlate1d(part, kernel, axis=axis, mode="constant")
            for part in (weighted, weight)
        )
    inner = tuple(slice(radius, n - radius) for n in pixels.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        smooth = np.where(valid[inner], weighted[inner] / weight[inner], np.nan)
    return np.clip(smooth, 0.0, 1.0).astype(np.float32)
