"""All looks together, and each alone: the highest significance of each place, and its size.

Motion that is mostly vertical has one sign in every look: there numerators and denominators add.
Motion along the ground may differ in sign: each look alone has a say, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.significance.scan import LookStatistics


@dataclass(frozen=True)
class Significance:
    """What a place shows at the size at which it shows most.

    Parameters
    ----------
    values
        (rows, cols) signed, in standard deviations of the scene's noise; NaN where no size could
        be judged.
    size
        (rows, cols) index of the size.
    excess
        (rows, cols) its square less that of the threshold of the size: above 0 a source.
    """

    values: Maps
    size: NDArray[np.int16]
    excess: Maps

    def apart(self) -> Maps:
        """Return absolute values, 0 where nothing could be judged."""
        return np.nan_to_num(np.abs(self.values))


def strongest(looks: Sequence[LookStatistics], thresholds: Floats) -> Significance:
    """Join looks at every size and keep the size and the joining that exceed most.

    Parameters
    ----------
    looks
        Statistics on one grid.
    thresholds
        (sizes,) of the significance.
    """
    shape = looks[0].numerators[0].shape
    best, size = np.full(shape, np.nan, np.float32), np.zeros(shape, np.int16)
    excess = np.full(shape, -np.inf, np.float32)
    for index in range(len(looks[0].numerators)):
        pairs = [(look.numerators[index], look.denominators[index]) for look in looks]
        candidates = pairs if len(pairs) == 1 else [_sum(pairs), *pairs]
        for numerator, denominator in candidates:
            judged = denominator > 0
            value = np.zeros(shape, np.float32)
            np.divide(numerator, np.sqrt(denominator), out=value, where=judged)
            above = value**2 - np.float32(thresholds[index] ** 2)
            more = judged & (above > excess)
            best[more], size[more], excess[more] = value[more], index, above[more]
    return Significance(best, size, excess)


def _sum(pairs: list[tuple[Maps, Maps]]) -> tuple[Maps, Maps]:
    """Add looks; one that cannot be judged at a place has no say there."""
    numerators = [np.where(d > 0, n, np.float32(0)) for n, d in pairs]
    return np.sum(numerators, axis=0), np.sum([d for _, d in pairs], axis=0)
