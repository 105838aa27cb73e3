"""Fill the maps of examples as those of scenes are (paper §III-A): not far from all points."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance
from groundmotion.synthesis.observations import observed_maps

#: Velocities, their flat cells, and the covariance that they were drawn with.
ExamplePoints = tuple[Maps, NDArray[np.integer], Covariance]


def with_covariances(
    arrays: Mapping[str, NDArray[Any]], covariances: Sequence[Covariance]
) -> list[ExamplePoints]:
    """Cut ragged observations (``values, cell, start``) into examples with their covariances."""
    ends = zip(itertools.pairwise(arrays["start"]), covariances, strict=True)
    return [
        (arrays["values"][first:end], arrays["cell"][first:end], covariance)
        for (first, end), covariance in ends
    ]


@dataclass(frozen=True)
class ExampleFiller:
    """Fills examples, each with the covariance that it was drawn with; can be sent to a process.

    Parameters
    ----------
    filler
        Of a method that needs a covariance; its own is replaced.
    size_px
        Side of a map.
    error
        Whether the standard deviation of the fill is made instead of the fill.
    """

    filler: Filler
    size_px: int
    error: bool

    def __call__(self, examples: Sequence[ExamplePoints]) -> NDArray[np.float16]:
        """Fill some examples: (n, size_px, size_px), NaN far from all points.

        Half precision is a hundredth of mm/yr at 20 mm/yr.
        """
        return np.concatenate([self._one(*example) for example in examples])

    def _one(
        self, values: Maps, cells: NDArray[np.integer], covariance: Covariance
    ) -> NDArray[np.float16]:
        sparse = observed_maps(values, cells, np.array([0, len(values)]), self.size_px)
        filler = replace(self.filler, covariance=covariance)
        filled = filler.std(sparse) if self.error else filler(sparse)
        return filler.near(sparse, filled).astype(np.float16)
