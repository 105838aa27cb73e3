"""Charts of how well methods do: a mean and its interval along an axis, one colour per method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from numpy.typing import NDArray

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
    mean: NDArray[np.floating]
    low: NDArray[np.floating]
    high: NDArray[np.floating]

    @property
    def colour(self) -> str:
        """Colour of its lines."""
        return SERIES_COLOURS[self.number % len(SERIES_COLOURS)]

    @property
    def marker(self) -> str:
        """Mark of its means."""
        return _MARKERS[self.number % len(_MARKERS)]


def scores_of(summary: pd.DataFrame, names: Mapping[str, str], along: str) -> list[Scores]:
    """Split a summary (columns fill, ``along``, mean, low, high) by method.

    ``names`` maps methods to what the legend calls them and gives their order; methods that the
    summary does not hold are left out.
    """
    return [
        Scores(
            name, number, *(rows[column].to_numpy() for column in (along, "mean", "low", "high"))
        )
        for number, (method, name) in enumerate(names.items())
        if len(rows := summary[summary["fill"] == method])
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


def draw_league(ax: Axes, names: Sequence[str], arms: pd.DataFrame) -> None:
    """Draw accuracies as dots with bars of two standard errors, a line each, from below.

    Parameters
    ----------
    ax
        Axes.
    names
        Of the lines.
    arms
        Columns accuracy, standard_error, bound, bound_error, printed_accuracy (shares; NaN where
        none).
    """
    place, percent = np.arange(len(names)), 100.0
    mean, error = (percent * arms[name].to_numpy() for name in ("accuracy", "standard_error"))
    bound, unsure = (percent * arms[name].iloc[0] for name in ("bound", "bound_error"))
    if np.isfinite(unsure):
        ax.axvspan(bound - 2 * unsure, min(bound + 2 * unsure, percent), color="0.9", linewidth=0)
    ax.axvline(bound, color="0.3", linewidth=0.8, label="limit")
    ax.axvline(percent / 2, color="0.6", linewidth=0.6, linestyle="--", label="guessing")
    low, high = np.maximum(mean - 2 * error, 0), np.minimum(mean + 2 * error, percent)
    ax.hlines(place, low, high, color=SERIES_COLOURS[0], linewidth=1)
    ax.plot(mean, place, "o", color=SERIES_COLOURS[0], label="measured")
    printed = percent * arms["printed_accuracy"].to_numpy()
    ax.plot(printed, place, "D", color=SERIES_COLOURS[1], fillstyle="none", label="paper")
    ax.set_yticks(place, names)
    ax.set_ylim(-0.7, len(names) - 0.3)
