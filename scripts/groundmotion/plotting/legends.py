"""The legend of maps: colours of levels, and the outlines of the truth."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from groundmotion.plotting.style import LEVEL_COLOURS, SOURCE, TRUTH


def draw_legend(
    place: Axes | Figure, names: Sequence[str], *, truth: bool, dots: bool = False,
    sources: bool = False,
) -> Legend:  # fmt: skip
    """Name the colours of levels, and outlines of sources and the truth, below a panel or figure.

    ``dots``: the levels are those of centres too, not of contours alone.
    """
    dot: dict[str, Any] = {"marker": "o", "markeredgecolor": "black", "markeredgewidth": 0.4}
    handles = [
        Line2D([], [], color=colour, **(dot if dots else {}))
        for colour in LEVEL_COLOURS[: len(names)]
    ]
    outlines = []
    if sources:
        handles.append(Line2D([], [], color=SOURCE, linewidth=0.9))
        outlines.append("sources")
    if truth:
        outlines.append("truth")
        handles.append(Line2D([], [], color=TRUTH, linestyle="--", linewidth=0.8))
    where: dict[str, Any] = {"loc": "outside lower center", "ncols": len(handles)}
    if isinstance(place, Axes):
        where = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.005), "ncols": 2}
    return place.legend(
        handles, [*names[: len(LEVEL_COLOURS)], *outlines], handlelength=1.6,
        columnspacing=1.2, borderpad=0.2, **where,
    )  # fmt: skip
