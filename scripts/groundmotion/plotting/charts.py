"""Charts: variogram, covariance, trough, histogram, features of a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import NDArray

from groundmotion.plotting.style import LEVEL_COLOURS, SERIES_COLOURS, VELOCITY_COLOURS

Reals = NDArray[np.floating]

#: Colours of what a network says by itself, and calibrated.
_BEFORE_AFTER = (SERIES_COLOURS[1], SERIES_COLOURS[0])


@dataclass(frozen=True)
class SpatialStatistics:
    """The variogram of one look, as it is drawn.

    Parameters
    ----------
    name
        In the legend.
    lag_km, gamma_mm2_yr2
        Empirical variogram.
    fine_km, model_mm2_yr2
        Fitted variogram on a fine axis of lags that starts just beyond zero.
    nugget, sill
        Fitted, mm²/yr².
    """

    name: str
    lag_km: Reals
    gamma_mm2_yr2: Reals
    fine_km: Reals
    model_mm2_yr2: Reals
    nugget: float
    sill: float


def draw_variogram(ax: Axes, looks: Sequence[SpatialStatistics]) -> None:
    """Draw empirical (dots) and fitted (lines) variograms, nugget and sill written beside them."""
    for look, colour in zip(looks, SERIES_COLOURS, strict=False):
        ax.plot(look.lag_km, look.gamma_mm2_yr2, "o", color=colour, markersize=2.2, alpha=0.6)
        ax.plot(look.fine_km, look.model_mm2_yr2, color=colour, label=look.name)
        ax.plot([0], [look.nugget], "o", color=colour, markerfacecolor="white", clip_on=False)
        ax.axhline(look.sill, color=colour, linewidth=0.6, linestyle=":")
        _write(ax, f"nugget {look.nugget:.2f}", (0.03, look.nugget), (0, -6), colour)
        _write(ax, f"sill {look.sill:.2f}", (0.86, look.sill), (0, 7), colour)
    top = 1.2 * max(max(look.sill, float(np.nanmax(look.gamma_mm2_yr2))) for look in looks)
    ax.set(xlabel="Lag d (km)", ylabel="Variogram γ(d) (mm²/yr²)", xlim=(0, None), ylim=(0, top))


def draw_covariance(ax: Axes, looks: Sequence[SpatialStatistics]) -> None:
    """Draw covariances C(d) = sill − γ(d); the filled dot at zero lag is the sill (eq. 1)."""
    for look, colour in zip(looks, SERIES_COLOURS, strict=False):
        covariance = look.sill - look.gamma_mm2_yr2
        ax.plot(look.lag_km, covariance, "o", color=colour, markersize=2.2, alpha=0.6)
        ax.plot(look.fine_km, look.sill - look.model_mm2_yr2, color=colour, label=look.name)
        ax.plot([0], [look.sill], "o", color=colour, markersize=4, clip_on=False, zorder=5)
        ax.plot(
            [0], [look.sill - look.nugget], "o", color=colour, markerfacecolor="white",
            clip_on=False, zorder=5,
        )  # fmt: skip
    ax.axhline(0, color="0.5", linewidth=0.6)
    ax.set(xlabel="Lag d (km)", ylabel="Covariance C(d) (mm²/yr²)", xlim=(0, None))
    ax.legend(loc="upper right")


def _write(
    ax: Axes, words: str, place: tuple[float, float], shift_pt: tuple[float, float], colour: str
) -> None:
    ax.annotate(
        words, place, shift_pt, color=colour, fontsize=7, textcoords="offset points",
        xycoords=("axes fraction", "data"), va="center", zorder=6,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip


@dataclass(frozen=True)
class TroughSizes:
    """Where a settlement trough's zones begin and how deep they are: metres and mm/yr, all > 0."""

    l_sag_m: float
    l_hog_m: float
    d_sag_mm_yr: float
    d_hog_mm_yr: float


def draw_trough(ax: Axes, distance_m: Reals, up_mm_yr: Reals, sizes: TroughSizes) -> None:
    """Draw a trough's cross-section with its four parameters marked (paper Fig. 3a)."""
    half, edge = sizes.l_sag_m / 2, sizes.l_sag_m / 2 + sizes.l_hog_m
    hog, floor = -sizes.d_hog_mm_yr, -sizes.d_hog_mm_yr - sizes.d_sag_mm_yr
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


def draw_histogram(
    ax: Axes, speed_edges: Reals, probability_edges: Reals, counts: Reals
) -> QuadMesh:
    """Draw counts of cells by |velocity| (first axis) and probability, colours logarithmic."""
    shown = np.ma.masked_less(np.asarray(counts, np.float64).T, 1)
    norm = LogNorm(1, max(float(shown.max() or 1), 10.0)) if shown.count() else None
    mesh = ax.pcolormesh(
        speed_edges, probability_edges, shown, norm=norm, cmap="cividis_r", rasterized=True
    )
    ax.set(xlabel="|velocity| (mm/yr)", ylabel="Probability P", ylim=(-0.03, 1.08))
    return mesh


def draw_centres(
    ax: Axes, easting_m: Reals, northing_m: Reals, colours: Sequence[str]
) -> PathCollection:
    """Mark the centres of areas on a map."""
    return ax.scatter(
        easting_m, northing_m, 14, color=list(colours), edgecolor="black", linewidth=0.4, zorder=7
    )


def draw_features(ax: Axes, responses: Reals, columns: int) -> AxesImage:
    """Lay what the channels (n, rows, cols) of a layer answer out as tiles, row by row.

    Each tile has its own scale, from none (black) to its largest (bright).
    """
    count, rows, cols = responses.shape
    gap = max(cols // 12, 1)
    lines = -(-count // columns)
    sheet = np.full((lines * (rows + gap) - gap, columns * (cols + gap) - gap), np.nan)
    for number, response in enumerate(responses):
        line, column = divmod(number, columns)
        top, left = line * (rows + gap), column * (cols + gap)
        largest = max(float(response.max()), 1e-12)
        sheet[top : top + rows, left : left + cols] = response / largest
    ax.set_axis_off()
    picture = ax.imshow(sheet, cmap="magma", vmin=0, vmax=1)
    picture.set_rasterized(True)
    return picture


def draw_image(ax: Axes, image: Reals) -> AxesImage:
    """Draw what a network is shown, in grey from its lowest to its highest value."""
    ax.set(xticks=[], yticks=[])
    picture = ax.imshow(image, cmap="gray")
    picture.set_rasterized(True)
    return picture


def draw_thresholds(ax: Axes, speeds: Mapping[str, float], levels: Sequence[float]) -> None:
    """Draw named thresholds of |velocity| as upright lines, levels of probability as level ones."""
    for name, speed in speeds.items():
        ax.axvline(speed, color="black", linewidth=0.6, linestyle="--")
        ax.annotate(
            f"{name}, {speed:g}", (speed, 0.35), (1.5, 0), xycoords=("data", "axes fraction"),
            rotation=90, textcoords="offset points", fontsize=6, va="bottom", zorder=7,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip
    for level, colour in zip(levels, LEVEL_COLOURS, strict=False):
        ax.axhline(level, color=colour, linewidth=0.8)


def draw_place(ax: Axes, x: float, y: float, letter: str) -> None:
    """Mark one place of a chart with the letter of the panel that shows it."""
    ax.text(
        x, y, letter, ha="center", va="center", fontsize=7, fontweight="bold", zorder=8,
        clip_on=False,
        bbox={"boxstyle": "circle,pad=0.2", "facecolor": "white", "linewidth": 0.6},
    )  # fmt: skip


@dataclass(frozen=True)
class ReliabilityCurve:
    """How often something happened that was said to have a probability, by bins of it.

    Parameters
    ----------
    name
        In the legend.
    probability, frequency
        (bins,) mean of what was said, and how often it came true; NaN in empty bins.
    lower, upper
        (bins,) interval of the true frequency.
    share
        (bins,) of all examples.
    """

    name: str
    probability: Reals
    frequency: Reals
    lower: Reals
    upper: Reals
    share: Reals


def draw_reliability(ax: Axes, curves: Sequence[ReliabilityCurve]) -> None:
    """Draw observed frequency against probability, with intervals and the diagonal."""
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.6, linestyle="--")
    for curve, colour in zip(curves, _BEFORE_AFTER, strict=False):
        seen = np.isfinite(curve.frequency)
        x, y = curve.probability[seen], curve.frequency[seen]
        reach = np.array([y - curve.lower[seen], curve.upper[seen] - y]).clip(min=0)
        ax.errorbar(x, y, reach, fmt="o", color=colour, elinewidth=0.7, label=curve.name)
    ax.set(ylabel="Observed frequency", xlim=(0, 1), ylim=(-0.03, 1.03), aspect="equal")
    ax.set_xticks([0, 0.5, 1], labels=[])
    ax.set_yticks([0, 0.5, 1])
    # Below the panel: anywhere inside there may be points.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), handlelength=1, handletextpad=0.4)


def draw_shares(ax: Axes, curves: Sequence[ReliabilityCurve]) -> None:
    """Draw how many examples each bin of :func:`draw_reliability` holds, as a share of all."""
    for curve, colour in zip(curves, _BEFORE_AFTER, strict=False):
        edges = np.linspace(0, 1, len(curve.share) + 1)
        ax.stairs(curve.share, edges, color=colour, linewidth=0.9)
    ax.set(xlabel="Probability P", ylabel="Share", xlim=(0, 1), ylim=(0, None))
    ax.set_xticks([0, 0.5, 1])
    ax.yaxis.set_major_locator(MaxNLocator(2))
