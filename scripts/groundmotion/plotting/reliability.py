"""Reliability diagrams: how often something happens that is given a probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from groundmotion.aliases import Reals
from groundmotion.plotting.style import SERIES_COLOURS

#: Colours of what a network says by itself, and calibrated.
_BEFORE_AFTER = (SERIES_COLOURS[1], SERIES_COLOURS[0])


@dataclass(frozen=True)
class ReliabilityCurve:
    """How often something happens that is given a probability, by bins of it.

    Parameters
    ----------
    name
        In the legend.
    probability, frequency
        (bins,) mean probability, and how often it came true; NaN in empty bins.
    lower, upper
        (bins,) interval of the true frequency.
    share
        (bins,) of all examples.
    """

    name: str
    probability: Reals
    frequency: Reals
    lower: Reals
    upper: Reals
    share: Reals


def draw_frequencies(ax: Axes, curves: Sequence[ReliabilityCurve]) -> None:
    """Draw observed frequency against probability, with intervals and the diagonal."""
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.6, linestyle="--")
    for curve, colour in zip(curves, _BEFORE_AFTER, strict=False):
        filled = np.isfinite(curve.frequency)
        x, y = curve.probability[filled], curve.frequency[filled]
        reach = np.array([y - curve.lower[filled], curve.upper[filled] - y]).clip(min=0)
        ax.errorbar(x, y, reach, fmt="o", color=colour, elinewidth=0.7, label=curve.name)
    ax.set(ylabel="Observed frequency", xlim=(0, 1), ylim=(-0.03, 1.03), aspect="equal")
    ax.set_xticks([0, 0.5, 1], labels=[])
    ax.set_yticks([0, 0.5, 1])
    # Below the panel: anywhere inside there may be points.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), handlelength=1, handletextpad=0.4)


def draw_shares(ax: Axes, curves: Sequence[ReliabilityCurve]) -> None:
    """Draw how many examples each bin of :func:`draw_frequencies` holds, as a share of all."""
    for curve, colour in zip(curves, _BEFORE_AFTER, strict=False):
        edges = np.linspace(0, 1, len(curve.share) + 1)
        ax.stairs(curve.share, edges, color=colour, linewidth=0.9)
    ax.set(xlabel="Probability P", ylabel="Share", xlim=(0, 1), ylim=(0, None))
    ax.set_xticks([0, 0.5, 1])
    ax.yaxis.set_major_locator(MaxNLocator(2))
