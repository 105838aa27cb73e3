"""What of a map a windowed network can search, so that silence is not taken for still ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundmotion.patches.lattice import Lattice, cell_means, window_sums
from groundmotion.points.sampling import posting_m

# ASSUME: less of the map than this is not worth a warning.
_SHARE_UNSEARCHED = 0.01
_SHARE_SPARSE = 0.2


@dataclass(frozen=True)
class Reach:
    """What the windows of a map hold.

    Parameters
    ----------
    window_m
        Side of a window, metres.
    min_points
        Windows with fewer are not scored.
    fullest
        Points in the window that holds most.
    posting_m
        Median distance from a point to the next one, metres; NaN for fewer than two.
    unsearched
        Share of the ground near points that lies in no scored window.
    densities
        (n,) for each scored window, the share of its cells near points that hold one.
    """

    window_m: float
    min_points: int
    fullest: int
    posting_m: float
    unsearched: float
    densities: NDArray[np.float64]

    @property
    def is_empty(self) -> bool:
        """Whether no window can be scored."""
        return self.fullest < self.min_points

    def emptiness(self) -> str:
        """Say why no window can be scored, and what that does not mean."""
        needed_m = math.floor(self.window_m / math.sqrt(self.min_points))
        return (
            f"no window of {self.window_m / 1000:g} km holds {self.min_points} points: at most "
            f"{self.fullest}; points are about {self.posting_m:.0f} m apart, and these networks "
            f"need a posting of at most {needed_m} m; nothing was searched: this does not mean "
            "that nothing moves"
        )

    def warnings(self, trained_density: Sequence[float]) -> list[str]:
        """Say where the network is silent, or less sure than on what it was trained on.

        Parameters
        ----------
        trained_density
            Lowest and highest share of cells with a point in its training.
        """
        if self.is_empty:
            return [self.emptiness()]
        told = []
        if self.unsearched >= _SHARE_UNSEARCHED:
            told.append(
                f"{self.unsearched:.0%} of the ground near points was not searched: no window of "
                f"{self.window_m / 1000:g} km there holds {self.min_points} points; this does not "
                "mean that nothing moves there"
            )
        lowest, highest = trained_density
        sparse = float(np.mean(self.densities < lowest))
        if sparse >= _SHARE_SPARSE:
            told.append(
                f"in {sparse:.0%} of the windows fewer than {100 * lowest:.2g} % of cells hold a "
                f"point (median of all: {100 * np.median(self.densities):.2g} %), but the network "
                f"was trained on {100 * lowest:.2g} to {100 * highest:.2g} %: it may miss what "
                "moves there"
            )
        return told


def reach_of(
    has_point: NDArray[np.bool_],
    near: NDArray[np.bool_],
    lattice: Lattice,
    min_points: int,
    pixel_m: float,
) -> Reach:
    """Look at what the windows of a map hold.

    Parameters
    ----------
    has_point
        (rows, cols) cells with a point.
    near
        Same shape: cells near enough to a point that something is said of them.
    lattice
        Size and step of the windows.
    min_points
        Windows with fewer are not scored.
    pixel_m
        Side of a cell, metres.
    """
    counts = window_sums(has_point, lattice)
    has_score = counts >= min_points
    blocks = np.isfinite(cell_means(np.where(has_score, 1.0, np.nan), lattice))
    is_searched = blocks.repeat(lattice.stride_px, axis=0).repeat(lattice.stride_px, axis=1)
    rows, cols = near.shape
    row, col = np.nonzero(has_point)
    return Reach(
        window_m=lattice.size_px * pixel_m,
        min_points=min_points,
        fullest=int(counts.max()),
        posting_m=posting_m(col * pixel_m, row * pixel_m),
        unsearched=float(np.mean(~is_searched[:rows, :cols][near])) if near.any() else 1.0,
        densities=counts[has_score] / window_sums(near, lattice)[has_score],
    )
