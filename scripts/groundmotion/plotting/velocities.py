"""Maps of velocity and of its standard deviation, and their scale."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.image import AxesImage

from groundmotion.grid import Grid
from groundmotion.plotting.maps import draw_colour_bar, draw_grid
from groundmotion.plotting.style import STD_COLOURS, VELOCITY_COLOURS


def draw_velocity(ax: Axes, grid: Grid, limit_mm_yr: float) -> AxesImage:
    """Draw a velocity map in mm/yr, colours symmetric about zero; NaN shows as no data."""
    return draw_grid(ax, grid, cmap=VELOCITY_COLOURS, vmin=-limit_mm_yr, vmax=limit_mm_yr)


def draw_velocity_bar(
    mappable: ScalarMappable, axes: Sequence[Axes], location: str = "right"
) -> Colorbar:
    """Draw the colour scale of velocity, which goes on beyond its ends."""
    return draw_colour_bar(mappable, axes, "Velocity (mm/yr)", "both", location)


def draw_std(ax: Axes, grid: Grid) -> AxesImage:
    """Draw a standard deviation, from zero to the largest on the map."""
    return draw_grid(ax, grid, cmap=STD_COLOURS, vmin=0.0, vmax=float(np.nanmax(grid.values)))
