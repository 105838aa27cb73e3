"""Table I as a chart: accuracies of arms with their errors, the limit and the paper's numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from groundmotion.plotting.style import SERIES_COLOURS
from groundmotion.scores.table1 import HERE


def draw_accuracies(ax: Axes, names: Sequence[str], arms: pd.DataFrame) -> None:
    """Draw accuracies as dots with bars of two standard errors, a line each, from below.

    Parameters
    ----------
    ax
        Axes.
    names
        Of the lines.
    arms
        Columns accuracy, standard_error, bound, bound_error, printed_accuracy (shares; NaN where
        none), and ``run``: the dots of other runs are open.
    """
    lines, percent = np.arange(len(names)), 100.0
    mean, error = (percent * arms[name].to_numpy() for name in ("accuracy", "standard_error"))
    bound, bound_error = (percent * arms[name].iloc[0] for name in ("bound", "bound_error"))
    if np.isfinite(bound_error):
        lower, upper = bound - 2 * bound_error, min(bound + 2 * bound_error, percent)
        ax.axvspan(lower, upper, color="0.9", linewidth=0)
    ax.axvline(bound, color="0.3", linewidth=0.8, label="limit")
    ax.axvline(percent / 2, color="0.6", linewidth=0.6, linestyle="--", label="guessing")
    low, high = np.maximum(mean - 2 * error, 0), np.minimum(mean + 2 * error, percent)
    ax.hlines(lines, low, high, color=SERIES_COLOURS[0], linewidth=1)
    here = (arms["run"] == HERE).to_numpy()
    ax.plot(mean[here], lines[here], "o", color=SERIES_COLOURS[0], label="measured")
    if not here.all():
        ax.plot(
            mean[~here], lines[~here], "o", color=SERIES_COLOURS[0], markerfacecolor="white",
            label="another run",
        )  # fmt: skip
    printed = percent * arms["printed_accuracy"].to_numpy()
    ax.plot(printed, lines, "D", color=SERIES_COLOURS[1], fillstyle="none", label="paper")
    ax.set_yticks(lines, names)
    ax.set_ylim(-0.7, len(names) - 0.3)
