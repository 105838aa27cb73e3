"""The settlement trough of a tunnel: its cross-section, and the ground about it as a surface."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D

from groundmotion.aliases import Reals
from groundmotion.deformation import TroughShape
from groundmotion.plotting.style import SERIES_COLOURS, VELOCITY_COLOURS


def draw_trough(ax: Axes, distance_m: Reals, up_mm_yr: Reals, shape: TroughShape) -> None:
    """Draw a trough's cross-section with its four parameters marked (paper Fig. 3a)."""
    half, edge = shape.l_sag_m / 2, shape.l_sag_m / 2 + shape.l_hog_m
    hog, floor = -shape.d_hog_mm_yr, -shape.d_hog_mm_yr - shape.d_sag_mm_yr
    ax.axvspan(-half, half, color=SERIES_COLOURS[0], alpha=0.12, linewidth=0)
    for side in (-1, 1):
        ax.axvspan(
            *sorted((side * half, side * edge)), color=SERIES_COLOURS[1], alpha=0.12, linewidth=0
        )
    ax.axhline(0, color="0.5", linewidth=0.6)
    ax.plot(distance_m, up_mm_yr, color="black", linewidth=1.4)
    step = -0.11 * floor
    for x0, x1, name in (
        (-half, half, "$l_{sag}$"),
        (half, edge, "$l_{hog}$"),
        (-edge, -half, "$l_{hog}$"),
    ):
        _dimension(ax, (x0, step), (x1, step), name, (0, 2))
    _dimension(ax, (-edge, 0), (-edge, hog), "$d_{hog}$", (-10, 0))
    _dimension(ax, (edge, hog), (edge, floor), "$d_{sag}$", (10, 0))
    for start, end, level in ((-edge, edge, hog), (0, edge, floor)):
        ax.plot([start, end], [level, level], color="0.4", linewidth=0.5, linestyle=":")
    for x, name in (
        (0, "sagging"),
        (-(half + edge) / 2, "hogging"),
        ((half + edge) / 2, "hogging"),
    ):
        colour = SERIES_COLOURS[0] if name == "sagging" else SERIES_COLOURS[1]
        ax.text(x, 2.6 * step, name, ha="center", va="bottom", color=colour, fontsize=7)
    ax.set(ylim=(floor - 1.5 * step, 4 * step), xlim=(distance_m[0], distance_m[-1]))
    ax.set(xlabel="Distance from the track (m)", ylabel="Vertical velocity (mm/yr)")


def _dimension(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], name: str,
    shift_pt: tuple[float, float],
) -> None:  # fmt: skip
    arrow = {"arrowstyle": "<->", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
    ax.annotate("", start, end, arrowprops=arrow)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    ax.annotate(
        name, middle, shift_pt, textcoords="offset points", ha="center",
        va="bottom" if shift_pt[1] else "center", fontsize=7.5,
    )  # fmt: skip


def draw_surface(
    ax: Axes3D, easting_m: Reals, northing_m: Reals, up_mm_yr: Reals, limit_mm_yr: float
) -> None:
    """Draw vertical velocity (rows, cols) as a surface seen from the south-west and above."""
    east, north = np.meshgrid(easting_m, northing_m)
    ax.plot_surface(
        east, north, up_mm_yr, cmap=VELOCITY_COLOURS, vmin=-limit_mm_yr, vmax=limit_mm_yr,
        rcount=140, ccount=140, linewidth=0, antialiased=False, rasterized=True,
    )  # fmt: skip
    ax.set_xlabel("Easting (m)", labelpad=-7)
    ax.set_ylabel("Northing (m)", labelpad=-7)
    ax.tick_params(pad=-3, labelsize=6)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    ax.set_box_aspect((1, 1, 0.45), zoom=1.1)
    ax.view_init(elev=38, azim=-125)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(linewidth=0.3, color="0.85")
