"""Speed against probability: a histogram of cells, thresholds on both, and places marked in it."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.patheffects import withStroke

from groundmotion.aliases import Reals
from groundmotion.plotting.style import LEVEL_COLOURS


def draw_histogram(
    ax: Axes, speed_edges: Reals, probability_edges: Reals, counts: Reals
) -> QuadMesh:
    """Draw counts of cells by |velocity| (first axis) and probability, colours logarithmic."""
    shown = np.ma.masked_less(np.asarray(counts, np.float64).T, 1)
    norm = LogNorm(1, max(float(shown.max() or 1), 10.0)) if shown.count() else None
    mesh = ax.pcolormesh(
        speed_edges, probability_edges, shown, norm=norm, cmap="cividis_r", rasterized=True
    )
    ax.set(xlabel="|velocity| (mm/yr)", ylabel="Probability P", ylim=(-0.03, 1.08))
    return mesh


def draw_thresholds(ax: Axes, speeds: Mapping[str, float], levels: Sequence[float]) -> None:
    """Draw named thresholds of |velocity| as upright lines, levels of probability as level ones."""
    for name, speed in speeds.items():
        ax.axvline(speed, color="black", linewidth=0.6, linestyle="--")
        ax.annotate(
            f"{name}, {speed:g}", (speed, 0.35), (1.5, 0), xycoords=("data", "axes fraction"),
            rotation=90, textcoords="offset points", fontsize=6, va="bottom", zorder=7,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip
    for level, colour in zip(levels, LEVEL_COLOURS, strict=False):
        ax.axhline(level, color=colour, linewidth=0.8)


def draw_place(ax: Axes, x: float, y: float, letter: str) -> None:
    """Mark one place of a chart with the letter of the panel that shows it."""
    ax.text(
        x, y, letter, ha="center", va="center", fontsize=7, fontweight="bold", zorder=8,
        clip_on=False,
        bbox={"boxstyle": "circle,pad=0.2", "facecolor": "white", "linewidth": 0.6},
    )  # fmt: skip
