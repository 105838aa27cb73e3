"""Overviews: where the points of a scene are, and where areas were outlined."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import ListedColormap

from groundmotion.grid import Grid
from groundmotion.plotting.maps import frame_map
from groundmotion.plotting.outlines import draw_land, draw_outlines
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.places import inner_points
from groundmotion.plotting.probabilities import level_colours
from groundmotion.plotting.style import LAND, POINTS

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def draw_overview(ax: Axes, velocity: Grid, overlays: Overlays) -> None:
    """Draw the ground of an overview: land, the cells with points, the outlines of the truth."""
    frame_map(ax, velocity.bounds)
    ax.set_facecolor(LAND)
    if overlays.land:
        draw_land(ax, overlays.land)
    left, bottom, right, top = velocity.bounds
    cells = np.where(np.isfinite(velocity.values), 1.0, np.nan)
    picture = ax.imshow(
        cells, extent=(left, right, bottom, top), cmap=ListedColormap([POINTS]), zorder=1
    )
    picture.set_rasterized(True)
    draw_outlines(ax, overlays.truth)


def draw_centres(ax: Axes, areas: "GeoDataFrame", levels: Sequence[float]) -> PathCollection:
    """Mark areas by a dot in each, in the colour of the highest level that it exceeds."""
    east, north = inner_points(areas).T
    colours = level_colours(areas["p_max"], levels)
    return ax.scatter(east, north, 14, color=colours, edgecolor="black", linewidth=0.4, zorder=7)
