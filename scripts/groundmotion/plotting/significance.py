"""Maps of significance, and outlines of sources with what is known of each."""

from typing import TYPE_CHECKING

import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

from groundmotion.grid import Grid
from groundmotion.plotting.maps import draw_grid
from groundmotion.plotting.places import inner_points
from groundmotion.plotting.style import SIGNIFICANCE_COLOURS, SOURCE

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

#: Share of the width of a map where labels to the right have room.
_INSIDE = 0.85


def draw_significance(ax: Axes, grid: Grid, limit: float) -> AxesImage:
    """Draw significance in standard deviations, colours symmetric about zero."""
    return draw_grid(ax, grid, cmap=SIGNIFICANCE_COLOURS, vmin=-limit, vmax=limit)


def outline_sources(ax: Axes, areas: "GeoDataFrame") -> LineCollection:
    """Draw the outlines of sources."""
    rings = [
        shapely.get_coordinates(part.exterior)
        for shape in areas.geometry
        for part in shapely.get_parts(shape)
    ]
    lines = LineCollection(rings, colors=SOURCE, linewidths=0.9, zorder=7)
    ax.add_collection(lines, autolim=False)
    return lines


def draw_structures(ax: Axes, structures: "GeoDataFrame") -> None:
    """Mark single structures, which are too small for an outline."""
    east, north = inner_points(structures).T
    ax.plot(east, north, "s", markersize=2.5, markerfacecolor="none", markeredgecolor=SOURCE,
            markeredgewidth=0.6, zorder=7)  # fmt: skip


def label_sources(ax: Axes, areas: "GeoDataFrame", count: int) -> None:
    """Write significance and peak beside the first sources of a list."""
    start, end = ax.get_xlim()
    for area, (_, _, right, top) in zip(
        areas.head(count).itertuples(), areas.bounds.head(count).to_numpy(), strict=True
    ):
        # What ends near the edge of the map has its label inside.
        near_edge = right > start + _INSIDE * (end - start)
        ax.annotate(
            f"{area.significance:.1f} σ\n{area.peak_mm_yr:+.1f} mm/yr", (min(right, end), top),
            (-2 if near_edge else 2, 1), textcoords="offset points", fontsize=5, zorder=9,
            ha="right" if near_edge else "left", va="bottom", clip_on=True,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )  # fmt: skip
