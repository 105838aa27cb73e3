"""Maps: velocity, phase, probability, polygons, coasts and what a map needs beside them.

Maps are north-up in metres of their projection; the pictures of grids are rasterised in PDFs.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colorbar import Colorbar
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds
from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.grid import Grid
from groundmotion.plotting.style import (
    LAND,
    LEVEL_COLOURS,
    NO_DATA,
    PHASE_COLOURS,
    PROBABILITY_COLOURS,
    SEA,
    STD_COLOURS,
    TRUTH,
    VELOCITY_COLOURS,
    label_panel,
    label_simulated,
)

Reals = NDArray[np.floating]


def frame_map(ax: Axes, bounds_m: Bounds) -> None:
    """Set the extent (left, bottom, right, top) of a map without ticks, undistorted."""
    left, bottom, right, top = bounds_m
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    ax.set_facecolor(NO_DATA)


def _picture(ax: Axes, grid: Grid, **kwargs: object) -> AxesImage:
    left, bottom, right, top = grid.bounds
    picture = ax.imshow(grid.values, extent=(left, right, bottom, top), zorder=1, **kwargs)  # type: ignore[arg-type]
    picture.set_rasterized(True)
    frame_map(ax, grid.bounds)
    return picture


def draw_velocity(ax: Axes, grid: Grid, limit_mm_yr: float) -> AxesImage:
    """Draw a velocity map in mm/yr, colours symmetric about zero; NaN shows as no data."""
    return _picture(ax, grid, cmap=VELOCITY_COLOURS, vmin=-limit_mm_yr, vmax=limit_mm_yr)


def draw_points(
    ax: Axes, easting_m: Reals, northing_m: Reals, velocity_mm_yr: Reals, limit_mm_yr: float,
    size_pt2: float,
) -> PathCollection:  # fmt: skip
    """Draw measurement points by velocity, the fast ones on top."""
    order = np.argsort(np.abs(velocity_mm_yr), kind="stable")
    dots = ax.scatter(
        np.asarray(easting_m)[order], np.asarray(northing_m)[order], size_pt2,
        np.asarray(velocity_mm_yr)[order], marker="s", linewidths=0, cmap=VELOCITY_COLOURS,
        vmin=-limit_mm_yr, vmax=limit_mm_yr, zorder=2, rasterized=True,
    )  # fmt: skip
    ax.set_facecolor(NO_DATA)
    return dots


def draw_phase(ax: Axes, grid: Grid) -> AxesImage:
    """Draw wrapped phase, radians in [−π, π), in a cyclic colour scale."""
    return _picture(ax, grid, cmap=PHASE_COLOURS, vmin=-np.pi, vmax=np.pi)


def draw_probability(ax: Axes, grid: Grid) -> AxesImage:
    """Draw probability, 0–1."""
    return _picture(ax, grid, cmap=PROBABILITY_COLOURS, vmin=0.0, vmax=1.0)


def draw_std(ax: Axes, grid: Grid) -> AxesImage:
    """Draw a standard deviation, from zero to the largest on the map."""
    return _picture(ax, grid, cmap=STD_COLOURS, vmin=0.0, vmax=float(np.nanmax(grid.values)))


def draw_levels(ax: Axes, grid: Grid, levels: Sequence[float]) -> QuadContourSet | None:
    """Draw contours of probability at ascending levels; None where the map reaches none of them.

    At the rim of the data a contour would break off: no data counts as probability zero.
    """
    values = np.nan_to_num(np.asarray(grid.values, np.float64))
    if not (values.min() < levels[0] < values.max()):
        return None
    rows, cols = grid.shape
    left, bottom, right, top = grid.bounds
    half = grid.pixel_m / 2
    return ax.contour(
        np.linspace(left + half, right - half, cols), np.linspace(top - half, bottom + half, rows),
        values, levels=list(levels), colors=LEVEL_COLOURS[: len(levels)], linewidths=0.9, zorder=5,
    )  # fmt: skip


def draw_outlines(
    ax: Axes, shapes: Iterable[BaseGeometry], colour: str = TRUTH, linestyle: str = "--"
) -> LineCollection:
    """Draw the outlines of polygons, or lines; by default as the truth of a simulated scene."""
    lines = LineCollection(
        _rings(shapes), colors=colour, linewidths=0.8, linestyles=linestyle, zorder=6
    )
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


def _rings(shapes: Iterable[BaseGeometry]) -> list[NDArray[np.float64]]:
    rings: list[NDArray[np.float64]] = []
    for shape in shapes:
        for part in shapely.get_parts(shape):
            edges = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            rings += [shapely.get_coordinates(edge) for edge in edges]
    return rings


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


def draw_scale_bar(ax: Axes, corner: str = "lower left") -> tuple[Line2D, Text]:
    """Draw a scale bar of a round length in a corner (``lower left|right``) of a map in metres."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    width = right - left
    length = round_length_m(width)
    start = left + 0.04 * width if corner.endswith("left") else right - 0.04 * width - length
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


def draw_north(ax: Axes, corner: str = "lower right") -> Text:
    """Draw an arrow to the north (up) in a corner of a map."""
    vertical, horizontal = corner.split()
    place = (0.95 if horizontal == "right" else 0.05, 0.03 if vertical == "lower" else 0.82)
    arrow = {"arrowstyle": "-|>", "linewidth": 0.9, "color": "black", "mutation_scale": 7}
    ax.annotate(
        "", place, (0, 20), xycoords="axes fraction", textcoords="offset points", zorder=10,
        arrowprops={**arrow, "arrowstyle": "<|-", "shrinkA": 0, "shrinkB": 8},
    )  # fmt: skip
    return ax.annotate(
        "N",
        place,
        xycoords="axes fraction",
        ha="center",
        va="bottom",
        fontsize=6.5,
        zorder=10,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )


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


def dress_map(ax: Axes, letter: str, title: str, *, simulated: bool) -> None:
    """Give a map its letter, title, scale bar and, where due, the label SIMULATED."""
    label_panel(ax, letter, title)
    draw_scale_bar(ax)
    if simulated:
        label_simulated(ax)


def draw_colour_bar(
    mappable: ScalarMappable, axes: Sequence[Axes], label: str, extend: str = "neither",
    location: str = "right",
) -> Colorbar:  # fmt: skip
    """Draw the colour scale of one or several panels beside them."""
    upright = location in ("left", "right")
    bar = axes[0].figure.colorbar(
        mappable, ax=list(axes), label=label, extend=extend, location=location,
        fraction=0.04, pad=0.015, aspect=22 if len(axes) == 1 else 36,
        shrink=0.8 if upright else 0.7,
    )  # fmt: skip
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
    return bar


def draw_phase_bar(mappable: ScalarMappable, axes: Sequence[Axes], **where: str) -> Colorbar:
    """Draw the colour scale of wrapped phase."""
    bar = draw_colour_bar(mappable, axes, "Phase (rad)", **where)
    bar.set_ticks([-np.pi, 0, np.pi], labels=["−π", "0", "π"])
    return bar


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
