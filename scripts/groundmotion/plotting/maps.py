"""What all maps have in common: a frame in metres, a grid in colours, the scale of the colours.

Maps are north-up in metres of their projection; the pictures of grids are rasterised in PDFs.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.image import AxesImage

from groundmotion.aliases import Bounds
from groundmotion.grid import Grid
from groundmotion.plotting.style import NO_DATA


def frame_map(ax: Axes, bounds_m: Bounds) -> None:
    """Set the extent (left, bottom, right, top) of a map without ticks, undistorted."""
    left, bottom, right, top = bounds_m
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    ax.set_facecolor(NO_DATA)


def draw_grid(ax: Axes, grid: Grid, **colours: object) -> AxesImage:
    """Draw a map in the colours that ``imshow`` is told (``cmap``, ``vmin``, ``vmax``)."""
    left, bottom, right, top = grid.bounds
    picture = ax.imshow(grid.values, extent=(left, right, bottom, top), zorder=1, **colours)  # type: ignore[arg-type]
    picture.set_rasterized(True)
    frame_map(ax, grid.bounds)
    return picture


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
