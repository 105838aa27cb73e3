"""Maps of wrapped phase, and their scale."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.image import AxesImage

from groundmotion.grid import Grid
from groundmotion.patches.wrapping import wrap
from groundmotion.plotting.maps import draw_colour_bar, draw_grid
from groundmotion.plotting.style import PHASE_COLOURS


def wrapped_map(velocity: Grid, interval_mm_yr: float) -> Grid:
    """Return the phase of a velocity map wrapped at an interval, without an offset."""
    phase = wrap(velocity.values, interval_mm_yr, 0.0)
    return Grid(phase, velocity.transform, velocity.crs)


def draw_phase(ax: Axes, grid: Grid) -> AxesImage:
    """Draw wrapped phase, radians in [−π, π), in a cyclic colour scale."""
    return draw_grid(ax, grid, cmap=PHASE_COLOURS, vmin=-np.pi, vmax=np.pi)


def draw_phase_bar(
    mappable: ScalarMappable, axes: Sequence[Axes], location: str = "right"
) -> Colorbar:
    """Draw the colour scale of wrapped phase."""
    bar = draw_colour_bar(mappable, axes, "Phase (rad)", location=location)
    bar.set_ticks([-np.pi, 0, np.pi], labels=["−π", "0", "π"])
    return bar
