"""Panels that several figures share: an overview of areas, and a close look at one place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.grid import Grid
from groundmotion.plotting.charts import draw_centres
from groundmotion.plotting.maps import (
    draw_land,
    draw_levels,
    draw_outlines,
    draw_velocity,
    dress_map,
    frame_map,
)
from groundmotion.plotting.style import LAND, LEVEL_COLOURS, POINTS, label_simulated


@dataclass(frozen=True)
class Setting:
    """What lies under and over the maps of a scene.

    Parameters
    ----------
    levels
        Of probability, ascending.
    limit_mm_yr
        Of velocity's colours.
    land
        Polygons; empty where the outline is not known.
    truth
        Outlines of a simulated scene's sources.
    """

    levels: Sequence[float]
    limit_mm_yr: float
    land: Sequence[BaseGeometry] = ()
    truth: Sequence[BaseGeometry] = ()


@dataclass(frozen=True)
class Detail:
    """A close look at one place."""

    letter: str
    title: str
    velocity: Grid
    probability: Grid


def level_colours(p_max: Iterable[float], levels: Sequence[float]) -> list[str]:
    """Return the colour of the highest level that each probability exceeds."""
    reached = np.searchsorted(np.asarray(levels), np.asarray(list(p_max), float)) - 1
    return [LEVEL_COLOURS[max(int(number), 0)] for number in reached]


def draw_overview(
    ax: Axes, velocity: Grid, centres_m: NDArray[np.float64], p_max: Sequence[float],
    setting: Setting,
) -> PathCollection:  # fmt: skip
    """Draw where areas were found: land, the cells with points, and centres (n, 2) by level."""
    frame_map(ax, velocity.bounds)
    ax.set_facecolor(LAND)
    if setting.land:
        draw_land(ax, setting.land)
    left, bottom, right, top = velocity.bounds
    seen = np.where(np.isfinite(velocity.values), 1.0, np.nan)
    picture = ax.imshow(
        seen, extent=(left, right, bottom, top), cmap=ListedColormap([POINTS]), zorder=1
    )
    picture.set_rasterized(True)
    draw_outlines(ax, setting.truth)
    return draw_centres(ax, centres_m[:, 0], centres_m[:, 1], level_colours(p_max, setting.levels))


def draw_detail(ax: Axes, velocity: Grid, probability: Grid, setting: Setting) -> AxesImage:
    """Draw the velocity of a small part, with contours of probability and the truth's outlines."""
    picture = draw_velocity(ax, velocity, setting.limit_mm_yr)
    draw_levels(ax, probability, setting.levels)
    draw_outlines(ax, setting.truth)
    return picture


def draw_gallery(
    axes: Iterable[Axes], details: Sequence[Detail], setting: Setting, *, simulated: bool
) -> AxesImage | None:
    """Draw one close look per panel, lettered from the first on; panels left over stay empty.

    Without any the first panel says so, and there is no picture to return.
    """
    picture = None
    panels = list(axes)
    for ax, detail in zip(panels, details, strict=False):
        picture = draw_detail(ax, detail.velocity, detail.probability, setting)
        dress_map(ax, detail.letter, detail.title, simulated=simulated)
    for ax in panels[len(details) :]:
        ax.set_axis_off()
    if not details:
        panels[0].text(0.5, 0.5, "no area found", ha="center", transform=panels[0].transAxes)
        if simulated:
            label_simulated(panels[0])
    return picture
