"""The legend of maps: colours of levels, and the outlines of the truth."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from groundmotion.plotting.style import LEVEL_COLOURS, TRUTH


def draw_legend(
    place: Axes | Figure, names: Sequence[str], *, truth: bool, dots: bool = False
) -> Legend:
    """Name the colours of levels and the outlines of the truth, below a panel or figure.

    ``dots``: the levels are those of centres too, not of contours alone.
    """
    dot: dict[str, Any] = {"marker": "o", "markeredgecolor": "black", "markeredgewidth": 0.4}
    handles = [
        Line2D([], [], color=colour, **(dot if dots else {}))
        for colour in LEVEL_COLOURS[: len(names)]
    ]
    if truth:
        handles.append(Line2D([], [], color=TRUTH, linestyle="--", linewidth=0.8))
    where: dict[str, Any] = {"loc": "outside lower center", "ncols": len(handles)}
    if isinstance(place, Axes):
        where = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.005), "ncols": 2}
    return place.legend(
        handles, [*names, "truth"][: len(handles)], handlelength=1.6,
        columnspacing=1.2, borderpad=0.2, **where,
    )  # fmt: skip
