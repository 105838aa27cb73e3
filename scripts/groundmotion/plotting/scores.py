"""Charts of how well methods do: a mean and its interval along an axis, one colour per method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from numpy.typing import NDArray

from groundmotion.aliases import Reals
from groundmotion.plotting.style import SERIES_COLOURS

_MARKERS = "os^DvPXp"


@dataclass(frozen=True)
class Scores:
    """One method along an axis.

    Parameters
    ----------
    name
        In the legend.
    number
        Of its colour and marker, so that a method looks the same in every panel.
    x
        (n,) numbers, or names of groups.
    mean, low, high
        (n,) mean over repetitions and its interval.
    """

    name: str
    number: int
    x: NDArray[np.generic]
    mean: Reals
    low: Reals
    high: Reals

    @property
    def colour(self) -> str:
        """Colour of its lines."""
        return SERIES_COLOURS[self.number % len(SERIES_COLOURS)]

    @property
    def marker(self) -> str:
        """Mark of its means."""
        return _MARKERS[self.number % len(_MARKERS)]


def scores_of(
    summary: pd.DataFrame, names: Mapping[str, str], along: str, by: str = "fill"
) -> list[Scores]:
    """Split a summary (columns ``by``, ``along``, mean, low, high) by method.

    ``names`` maps methods, as the column ``by`` has them, to what the legend calls them and gives
    their order; methods that the summary does not hold are left out.
    """
    return [
        Scores(
            name, number, *(rows[column].to_numpy() for column in (along, "mean", "low", "high"))
        )
        for number, (method, name) in enumerate(names.items())
        if len(rows := summary[summary[by] == method])
    ]


def draw_scores(ax: Axes, methods: Sequence[Scores]) -> None:
    """Draw means as marked lines and intervals as bands."""
    for one in methods:
        ax.fill_between(one.x, one.low, one.high, color=one.colour, alpha=0.18, linewidth=0)
        ax.plot(one.x, one.mean, marker=one.marker, color=one.colour, label=one.name)


def draw_scores_apart(ax: Axes, methods: Sequence[Scores], spread: float) -> None:
    """Draw means as marked lines and intervals as bars, methods beside each other on a log axis.

    ``spread`` is the logarithm of the ratio of the last method's place to the first's.
    """
    for place, one in enumerate(methods):
        shift = spread * (place / max(len(methods) - 1, 1) - 0.5)
        x = np.asarray(one.x, np.float64) * np.exp(shift)
        ax.vlines(x, one.low, one.high, color=one.colour, linewidth=0.8, alpha=0.6)
        ax.plot(
            x, one.mean, marker=one.marker, color=one.colour, label=one.name, linewidth=0.8,
            markersize=3,
        )  # fmt: skip


def draw_scores_by_group(ax: Axes, methods: Sequence[Scores]) -> None:
    """Draw means as marks and intervals as bars, methods side by side within each group."""
    groups = list(dict.fromkeys(str(group) for one in methods for group in one.x))
    for place, one in enumerate(methods):
        shift = 0.7 * (place - (len(methods) - 1) / 2) / len(methods)
        x = np.array([groups.index(str(group)) for group in one.x]) + shift
        ax.vlines(x, one.low, one.high, color=one.colour, linewidth=1)
        ax.plot(x, one.mean, one.marker, color=one.colour, label=one.name)
    ax.set_xticks(range(len(groups)), groups)
    ax.set_xlim(-0.5, len(groups) - 0.5)


def scale_by_edges(axis: Axis, edges: Sequence[float]) -> None:
    """Make an axis logarithmic from the first edge of some classes to the last, ticks at each."""
    across, ax = isinstance(axis, XAxis), axis.axes
    scale, limit = (ax.set_xscale, ax.set_xlim) if across else (ax.set_yscale, ax.set_ylim)
    scale("log")
    axis.set_ticks(list(edges), [f"{edge:g}" for edge in edges])
    axis.set_ticks([], minor=True)
    limit(edges[0], edges[-1])
