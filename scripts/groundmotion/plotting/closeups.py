"""Close looks at places of a scene: one panel, or a gallery of the first areas of a list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from groundmotion.aliases import Bounds
from groundmotion.grid import Grid
from groundmotion.plotting.furniture import dress_map
from groundmotion.plotting.overlays import Overlays, draw_overlays
from groundmotion.plotting.places import detail_windows, inner_points
from groundmotion.plotting.preparing import coarsen, crop
from groundmotion.plotting.style import label_simulated
from groundmotion.plotting.velocities import draw_velocity, draw_velocity_bar

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame


@dataclass(frozen=True)
class CloseUp:
    """A close look at one area.

    Parameters
    ----------
    letter, title
        Of its panel.
    row
        Of the area in the list.
    window
        What the panel shows.
    velocity, probability
        Cut out to the window.
    """

    letter: str
    title: str
    row: int
    window: Bounds
    velocity: Grid
    probability: Grid


def close_ups(
    maps: tuple[Grid, Grid], areas: "GeoDataFrame", letters: Sequence[str],
    title: Callable[["pd.Series"], str], settings: Mapping[str, Any],
) -> list[CloseUp]:  # fmt: skip
    """Look closely at the first areas of a list, but not twice at the same place.

    Parameters
    ----------
    maps
        Velocity and probability of the scene.
    areas
        By priority.
    letters
        Of the panels; at most so many areas are shown.
    title
        What a panel says of its area.
    settings
        ``zoom_m``: side of the windows; ``zoom_cells``: at most so many cells a side.
    """
    velocity, probability = maps
    places = [(float(east), float(north)) for east, north in inner_points(areas)]
    windows = detail_windows(places, settings["zoom_m"], velocity.bounds, len(letters))
    return [
        CloseUp(
            letter,
            title(areas.iloc[row]),
            row,
            window,
            coarsen(crop(velocity, window), settings["zoom_cells"]),
            crop(probability, window),
        )
        for letter, (row, window) in zip(letters, windows.items(), strict=False)
    ]


def draw_close_up(
    ax: Axes, velocity: Grid, probability: Grid, limit_mm_yr: float, overlays: Overlays
) -> AxesImage:
    """Draw the velocity of a small part, with contours of probability and the truth's outlines."""
    picture = draw_velocity(ax, velocity, limit_mm_yr)
    draw_overlays(ax, probability, overlays)
    return picture


def draw_gallery(
    axes: Iterable[Axes], shown: Sequence[CloseUp], limit_mm_yr: float, overlays: Overlays, *,
    simulated: bool,
) -> None:  # fmt: skip
    """Draw one close look per panel, and their scale; panels left over stay empty.

    Without any the first panel says so.
    """
    panels = list(axes)
    for ax, one in zip(panels, shown, strict=False):
        picture = draw_close_up(ax, one.velocity, one.probability, limit_mm_yr, overlays)
        dress_map(ax, one.letter, one.title, simulated=simulated)
    for ax in panels[len(shown) :]:
        ax.set_axis_off()
    if shown:
        draw_velocity_bar(picture, panels)
        return
    panels[0].text(0.5, 0.5, "no area found", ha="center", transform=panels[0].transAxes)
    if simulated:
        label_simulated(panels[0])
