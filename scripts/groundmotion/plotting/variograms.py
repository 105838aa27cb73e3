"""Variogram and covariance of velocity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from groundmotion.aliases import Reals
from groundmotion.plotting.style import SERIES_COLOURS


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
class NestedVariogram:
    """The variogram of one look and a nested model of it.

    Parameters
    ----------
    name
        In the legend.
    lag_m, gamma_mm2_yr2
        Empirical variogram.
    fine_m, model_mm2_yr2
        Fitted variogram on a fine axis of lags.
    """

    name: str
    lag_m: Reals
    gamma_mm2_yr2: Reals
    fine_m: Reals
    model_mm2_yr2: Reals


def draw_nested(
    ax: Axes, looks: Sequence[NestedVariogram], thresholds: Sequence[float] | None
) -> None:
    """Draw empirical (dots) and fitted (lines) variograms over the logarithm of the lag.

    The lowest and the highest threshold of significance that follow are written below them.
    """
    if not looks:
        ax.text(0.5, 0.5, "no look can be searched", ha="center", transform=ax.transAxes)
        ax.set(xticks=[], yticks=[])
        return
    for look, colour in zip(looks, SERIES_COLOURS, strict=False):
        ax.plot(look.lag_m, look.gamma_mm2_yr2, "o", color=colour, markersize=2.2, alpha=0.6)
        ax.plot(look.fine_m, look.model_mm2_yr2, color=colour, label=look.name)
    ax.set(xscale="log", xlabel="Lag d (m)", ylabel="γ(d) (mm²/yr²)", ylim=(0, None))
    ax.legend(loc="upper left")
    if thresholds is not None:
        words = "threshold {:.1f} to {:.1f} σ".format(*thresholds)
        ax.text(0.03, 0.04, words, transform=ax.transAxes, fontsize=7)
