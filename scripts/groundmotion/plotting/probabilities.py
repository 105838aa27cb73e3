"""Maps of probability, contours of its levels, and the levels' names and colours."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.image import AxesImage

from groundmotion.grid import Grid
from groundmotion.plotting.maps import draw_grid
from groundmotion.plotting.style import LEVEL_COLOURS, PROBABILITY_COLOURS


def draw_probability(ax: Axes, grid: Grid) -> AxesImage:
    """Draw probability, 0–1."""
    return draw_grid(ax, grid, cmap=PROBABILITY_COLOURS, vmin=0.0, vmax=1.0)


def draw_levels(ax: Axes, grid: Grid, levels: Sequence[float]) -> QuadContourSet | None:
    """Draw contours of probability at ascending levels; None where the map reaches none of them.

    At the rim of the data a contour would break off: no data counts as probability zero.
    """
    values = np.nan_to_num(np.asarray(grid.values, np.float64))
    if not (values.min() < levels[0] < values.max()):
        return None
    rows, cols = grid.shape
    left, bottom, right, top = grid.bounds
    half = grid.pixel_m / 2
    return ax.contour(
        np.linspace(left + half, right - half, cols), np.linspace(top - half, bottom + half, rows),
        values, levels=list(levels), colors=LEVEL_COLOURS[: len(levels)], linewidths=0.9, zorder=5,
    )  # fmt: skip


def level_colours(p_max: Iterable[float], levels: Sequence[float]) -> list[str]:
    """Return the colour of the highest level that each probability exceeds."""
    reached = np.searchsorted(np.asarray(levels), np.asarray(list(p_max), float)) - 1
    return [LEVEL_COLOURS[max(int(number), 0)] for number in reached]


def level_names(levels: Sequence[float]) -> list[str]:
    """Return what legends call levels of probability.

    Examples
    --------
    >>> level_names([0.5, 0.75])
    ['P > 0.5', 'P > 0.75']
    """
    return [f"P > {level:g}" for level in levels]
