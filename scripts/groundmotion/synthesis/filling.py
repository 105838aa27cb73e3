"""Fill the maps of examples as those of scenes are (paper §III-A): not far from all points."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps
from groundmotion.grid import beyond_gap
from groundmotion.interpolation import fills
from groundmotion.interpolation.fills import kriging_std
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.synthesis.observations import observed_maps

#: The fills that `Kriging` makes.
KRIGED = ("kriging", "kriging_std")

#: Velocities, their flat cells, and the covariance that they were drawn with.
Kriged = tuple[Maps, NDArray[np.integer], Covariance]


def to_be_kriged(
    arrays: Mapping[str, NDArray[Any]], covariances: Sequence[Covariance]
) -> list[Kriged]:
    """Cut ragged observations (``values, cell, start``) into examples with their covariances."""
    ends = zip(itertools.pairwise(arrays["start"]), covariances, strict=True)
    return [
        (arrays["values"][first:end], arrays["cell"][first:end], covariance)
        for (first, end), covariance in ends
    ]


@dataclass(frozen=True)
class Kriging:
    """Kriges examples, each with the covariance that it was drawn with; can be sent to a process.

    Parameters
    ----------
    fill
        One of :data:`KRIGED`: ``kriging``, or ``kriging_std`` for its standard deviation.
    settings
        ``config["interpolation"]``.
    size_px
        Side of a map.
    gap_px
        As for :func:`near_points`.
    """

    fill: str
    settings: Mapping[str, Any]
    size_px: int
    gap_px: float

    def __call__(self, examples: Sequence[Kriged]) -> NDArray[np.float16]:
        """Fill some examples: (n, size_px, size_px)."""
        return np.concatenate([self._one(*example) for example in examples])

    def _one(
        self, values: Maps, cells: NDArray[np.integer], covariance: Covariance
    ) -> NDArray[np.float16]:
        sparse = observed_maps(values, cells, np.array([0, len(values)]), self.size_px)
        how = FillSettings.from_config(self.settings, covariance)
        if self.fill == "kriging_std":
            return near_points(sparse, kriging_std(sparse, how), self.gap_px)
        return near_points(sparse, fills.fill(self.fill, sparse, how), self.gap_px)


def near_points(sparse: Maps, filled: Maps, gap_px: float) -> NDArray[np.float16]:
    """Take out of filled maps what lies farther than ``gap_px`` from every point.

    Parameters
    ----------
    sparse, filled
        (n, rows, cols), mm/yr.
    gap_px
        Pixels.

    Returns
    -------
    Same shape, NaN there; half precision is a hundredth of mm/yr at 20 mm/yr.
    """
    far = [beyond_gap(np.isfinite(values), gap_px) for values in sparse]
    return np.where(far, np.nan, filled).astype(np.float16)
