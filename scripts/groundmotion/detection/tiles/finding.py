"""What is found in one tile of a large map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps


@dataclass(frozen=True)
class Finding:
    """What one look says of one tile.

    Parameters
    ----------
    scores
        (window rows, window cols) of the windows that begin in the tile, NaN where not scored.
    near
        (rows, cols) of its own pixels: whether a point is near enough to say anything.
    """

    scores: Maps
    near: NDArray[np.bool_]

    @property
    def scored(self) -> int:
        """Count the windows with a score."""
        return int(np.isfinite(self.scores).sum())
