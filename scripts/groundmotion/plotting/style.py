"""One style for all figures: sizes, colours, letters of panels, and the label SIMULATED."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import ArrayLike

#: Width of a journal page of two columns, inches.
DOUBLE_COLUMN_IN = 7.2

#: Velocity: red sinks (away from the satellite), blue rises (toward it), pale yellow is still.
VELOCITY_COLOURS: Colormap = mpl.colormaps["RdYlBu"]
#: Phase: light at zero, dark where it wraps; the two ends are the same colour.
PHASE_COLOURS: Colormap = mpl.colormaps["twilight_shifted"]
#: Probability: from white (0) to dark green (1), a hue that velocity does not use.
PROBABILITY_COLOURS: Colormap = mpl.colormaps["Greens"]
#: Significance: brown sinks, teal rises, white is noise; hues that velocity does not use.
SIGNIFICANCE_COLOURS: Colormap = mpl.colormaps["BrBG"]
#: Standard deviation: light where it is small.
STD_COLOURS: Colormap = mpl.colormaps["Purples"]
#: No data; in overviews land, where on it there are points, and the sea.
NO_DATA = "#b6babd"
LAND = "#f1f1ee"
POINTS = "#cbcec9"
SEA = "#dce8f0"
#: Outlines of the truth of simulated scenes.
TRUTH = "#111111"
#: Outlines of what is found to move.
SOURCE = "#8f1fff"
#: Of the levels of probability, from the lowest to the highest.
LEVEL_COLOURS = ("#ffb000", "#f0501e", "#8c0a3c")
#: Series in charts (Okabe & Ito 2008: distinct for colour-blind readers).
SERIES_COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9", "#8a8a8a",
    "#7f3b08",
)  # fmt: skip

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "figure.titlesize": 9,
    "axes.linewidth": 0.6,
    "axes.titlepad": 3,
    "axes.labelpad": 2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 3,
    "legend.frameon": False,
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,
    "figure.constrained_layout.h_pad": 0.05,
    "figure.constrained_layout.w_pad": 0.04,
}
_DPI = 250
_HEADROOM_IN = 0.04


@contextmanager
def style() -> Iterator[None]:
    """Set the style of all figures; draw and save inside it."""
    # What the fonts of a PDF are reduced to is no news.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)  # type: ignore[arg-type]
        yield


def new_figure(width_in: float, height_in: float, *, compress: bool = True) -> Figure:
    """Return an empty figure that arranges its panels by itself.

    ``compress`` moves maps together; it cannot where charts stand among them.
    """
    # Titles of maps that fill the height would touch the upper edge.
    layout = ConstrainedLayoutEngine(
        compress=compress, rect=(0, 0, 1, 1 - _HEADROOM_IN / height_in)
    )
    return Figure(figsize=(width_in, height_in), dpi=_DPI, layout=layout)


def symmetric_limit(*values: ArrayLike, share: float) -> float:
    """Return a round limit of a colour scale about zero.

    Parameters
    ----------
    values
        Any shapes, NaN left out.
    share
        Of |values| that should lie within the limit, 0–1.

    Returns
    -------
    The next of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 (times a power of ten) that is not below it; 1 where
    there is nothing but zeros or no data.

    Examples
    --------
    >>> symmetric_limit([-4.4, 1.0, float("nan")], share=1.0)
    5.0
    """
    sizes = np.concatenate([np.abs(np.asarray(v, np.float64)).ravel() for v in values])
    sizes = sizes[np.isfinite(sizes)]
    size = float(np.quantile(sizes, share)) if sizes.size else 1.0
    if size == 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(size))
    steps = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10])
    return float(steps[steps >= size / power - 1e-9][0] * power)


def label_panel(ax: Axes, letter: str, title: str = "") -> Text:
    """Write the letter of a panel and a short title above its upper left corner."""
    return ax.set_title(rf"$\bf{{{letter}}}$  {title}" if letter else title, loc="left")


def label_simulated(ax: Axes, corner: str = "upper right") -> Text:
    """Write SIMULATED into a corner (``upper|lower left|right``) of a panel."""
    vertical, horizontal = corner.split()
    x = 0.98 if horizontal == "right" else 0.02
    y = 0.98 if vertical == "upper" else 0.02
    write = ax.text2D if isinstance(ax, Axes3D) else ax.text
    return write(
        x, y, "SIMULATED", transform=ax.transAxes, fontsize=5.5, fontweight="bold",
        color="#7a0019", ha=horizontal, va="top" if vertical == "upper" else "bottom", zorder=20,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )  # fmt: skip
