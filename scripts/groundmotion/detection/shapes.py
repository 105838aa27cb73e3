"""Shapes of simple bowls, all of peak 1 along the line of sight and about as wide.

The point source (Mogi 1958) with its horizontal motion as a look sees it, its vertical motion alone
("upright"), a Gaussian bowl that moves straight up or down, and a flat-bottomed one with a steep
edge.
"""

from functools import lru_cache

import numpy as np

from groundmotion.aliases import Floats

#: Shapes that are fitted.
SHAPES = ("point", "upright", "gaussian", "flat")
#: East, north and up of the unit vector toward the satellite.
UnitVector = tuple[float, float, float]
#: Straight from above: no look, and no horizontal motion seen.
FROM_ABOVE: UnitVector = (0.0, 0.0, 1.0)
#: Width at half the peak, and radius at a tenth of it, of a point source of size (depth) 1.
HALF_WIDTH, TENTH_RADIUS = 1.533, 1.906
#: Standard deviation of the Gaussian bowl over its size: 10 % of the peak at the same radius.
_GAUSSIAN = 0.885
#: Radius of the flat bowl over its size, and the power of its edge.
_FLAT, _EDGE = 1.35, 6.0


def unit_profile(
    shape: str, east_m: Floats, north_m: Floats, size_m: float, toward: UnitVector
) -> Floats:
    """Return the velocity of an atom of peak 1 at offsets from its centre.

    Parameters
    ----------
    shape
        One of :data:`SHAPES`.
    east_m, north_m
        Offsets, any one shape.
    size_m
        Depth of a point source; other shapes are as wide at a tenth of their peak, nearly.
    toward
        Unit vector toward the satellite; see :data:`FROM_ABOVE`.
    """
    square = (east_m**2 + north_m**2) / size_m**2
    if shape == "upright":
        return np.asarray((square + 1) ** -1.5)
    if shape == "gaussian":
        return np.asarray(np.exp(-square / (2 * _GAUSSIAN**2)))
    if shape == "flat":
        return np.asarray(np.exp(-((square / _FLAT**2) ** (_EDGE / 2))))
    along = (toward[0] * east_m + toward[1] * north_m) / size_m
    return np.asarray((along + toward[2]) * (square + 1) ** -1.5 / _highest(toward))


@lru_cache(maxsize=64)
def _highest(toward: UnitVector) -> float:
    """Largest value of (along + up) / (r² + 1)^(3/2), in closed form along the slope."""
    slope = float(np.hypot(toward[0], toward[1])) / toward[2]
    shift = 2 * slope / (np.sqrt(9 + 8 * slope**2) + 3)
    return float(toward[2] * (slope * shift + 1) * (shift**2 + 1) ** -1.5)
