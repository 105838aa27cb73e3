"""Where the satellite of a look is."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from groundmotion.constants import SENTINEL1_UK, look_pass


def draw_look(ax: Axes, look: str) -> Text:
    """Draw, in the lower right corner, which way on the map the satellite of a look is."""
    east, north, _ = SENTINEL1_UK[look_pass(look)].unit_vector()
    length_pt = 26 / float(np.hypot(east, north))
    tail = (0.86 - 0.06 * float(np.sign(east)), 0.17)
    arrow = {"arrowstyle": "<|-", "linewidth": 0.9, "color": "black", "mutation_scale": 7}
    ax.annotate(
        "", tail, (length_pt * east, length_pt * north), xycoords="axes fraction",
        textcoords="offset points", arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=10,
    )  # fmt: skip
    return ax.annotate(
        "to satellite", (0.97, 0.03), xycoords="axes fraction", ha="right", va="bottom",
        fontsize=6.5, zorder=10, path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip
