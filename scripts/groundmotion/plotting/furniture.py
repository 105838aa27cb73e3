"""What a map needs beside its colours: title, scale bar, north arrow, marks of other panels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from groundmotion.aliases import Bounds
from groundmotion.plotting.style import label_panel, label_simulated


def draw_window(ax: Axes, bounds_m: Bounds, letter: str) -> Rectangle:
    """Mark where another panel looks, with that panel's letter."""
    left, bottom, right, top = bounds_m
    box = Rectangle(
        (left, bottom), right - left, top - bottom, fill=False, edgecolor="black", linewidth=0.8,
        zorder=8,
    )  # fmt: skip
    ax.add_patch(box)
    ax.annotate(
        letter, (left, top), (1, -1), textcoords="offset points", fontsize=7, fontweight="bold",
        va="top", zorder=9, path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip
    return box


def round_length_m(width_m: float) -> float:
    """Return the longest of 1, 2, 5 times a power of ten within a third of a width, metres.

    Examples
    --------
    >>> round_length_m(8000.0)
    2000.0
    """
    power = 10.0 ** np.floor(np.log10(width_m / 3))
    return float(max(s for s in (1, 2, 5) if s * power <= width_m / 3) * power)


def draw_scale_bar(ax: Axes) -> tuple[Line2D, Text]:
    """Draw a scale bar of a round length in the lower left corner of a map in metres."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    width = right - left
    length = round_length_m(width)
    start = left + 0.04 * width
    low = bottom + 0.055 * (top - bottom)
    plate = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    name = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    (bar,) = ax.plot(
        [start, start + length], [low, low], color="black", linewidth=1.8, zorder=10,
        solid_capstyle="butt", path_effects=[withStroke(linewidth=3, foreground="white")],
    )  # fmt: skip
    text = ax.annotate(
        name, (start, low), (0, 3.5), textcoords="offset points", ha="left",
        va="bottom", fontsize=6.5, zorder=10, bbox=plate,
    )  # fmt: skip
    return bar, text


def draw_north(ax: Axes) -> Text:
    """Draw an arrow to the north (up) in the lower right corner of a map."""
    place = (0.95, 0.03)
    arrow = {"arrowstyle": "<|-", "linewidth": 0.9, "color": "black", "mutation_scale": 7}
    ax.annotate(
        "", place, (0, 20), xycoords="axes fraction", textcoords="offset points", zorder=10,
        arrowprops={**arrow, "shrinkA": 0, "shrinkB": 8},
    )  # fmt: skip
    return ax.annotate(
        "N", place, xycoords="axes fraction", ha="center", va="bottom", fontsize=6.5, zorder=10,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip


def dress_map(ax: Axes, letter: str, title: str, *, simulated: bool) -> None:
    """Give a map its letter, title, scale bar and, where due, the label SIMULATED."""
    label_panel(ax, letter, title)
    draw_scale_bar(ax)
    if simulated:
        label_simulated(ax)
