"""Polygons on maps: outlines of the truth, areas, the land and its coast."""

from collections.abc import Iterable

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Floats
from groundmotion.plotting.style import LAND, SEA, TRUTH


def draw_outlines(ax: Axes, shapes: Iterable[BaseGeometry]) -> LineCollection:
    """Draw the outlines of what moves in a simulated scene: polygons, or lines."""
    lines = LineCollection(_rings(shapes), colors=TRUTH, linewidths=0.8, linestyles="--", zorder=6)
    ax.add_collection(lines, autolim=False)
    return lines


def draw_areas(ax: Axes, shapes: Iterable[BaseGeometry], colour: str) -> PolyCollection:
    """Fill polygons; an edge of the same colour keeps the small ones visible."""
    areas = PolyCollection(
        _rings(shapes), facecolor=colour, edgecolor=colour, linewidth=0.6, zorder=5
    )
    ax.add_collection(areas, autolim=False)
    return areas


def draw_land(ax: Axes, shapes: Iterable[BaseGeometry]) -> PathPatch:
    """Draw the background of a map: sea, land, and the coast over what lies on the land."""
    ax.set_facecolor(SEA)
    rings = _rings(shapes)
    path = Path.make_compound_path(*map(Path, rings)) if rings else Path(np.zeros((0, 2)))
    land = PathPatch(path, facecolor=LAND, linewidth=0, zorder=0.5)
    ax.add_patch(land)
    coast = LineCollection(rings, colors="#4a4a4a", linewidths=0.5, zorder=4)
    ax.add_collection(coast, autolim=False)
    return land


def _rings(shapes: Iterable[BaseGeometry]) -> list[Floats]:
    rings: list[Floats] = []
    for shape in shapes:
        for part in shapely.get_parts(shape):
            edges = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            rings += [shapely.get_coordinates(edge) for edge in edges]
    return rings
