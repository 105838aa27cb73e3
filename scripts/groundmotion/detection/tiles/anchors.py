"""Ground that nobody asks about holds the fill down, so that a tile need not know far shores.

Where no point is near, nothing pulls a fill: over a firth, values on one shore depend on the other,
and a tile on its whole surroundings. So pixels beyond the gap, whose values are never used, get
some points of their own: local means, on a lattice of the whole map.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.aliases import Maps
from groundmotion.errors import InputError

#: One pixel in 12 × 12 is an anchor: about as dense as points are in the country.
SPACING_PX = 12
#: Points so far away take part in an anchor's mean; anchors farther from all are 0.
REACH_PX = 150

#: Boxes that follow each other make the weights of the mean.
_BOXES = 3


def anchored(
    sparse: Maps, far: NDArray[np.bool_], corner: tuple[int, int], spacing_px: int, reach_px: int
) -> Maps:
    """Add anchors to a sparse map.

    # DEVIATES: the paper fills without them; beside water values change by some tenths of mm/yr.

    Parameters
    ----------
    sparse
        (rows, cols), mm/yr, NaN where there is no point.
    far
        (rows, cols), pixels whose filled values are not used.
    corner
        (row, col) of the first pixel in the whole map.
    spacing_px
        Every so many rows and columns of the whole map hold an anchor where they are far.
    reach_px
        An anchor is a mean of points at most so far away in row and column, near ones first; 0
        without any.

    Raises
    ------
    InputError
        If ``reach_px`` is less than 3.
    """
    if reach_px < _BOXES:
        raise InputError(f"anchors that reach {reach_px} px: expected at least {_BOXES}")
    if not far.any():
        return sparse
    is_anchor = far.copy()
    for axis, (first, length) in enumerate(zip(corner, sparse.shape, strict=True)):
        on_lattice = (first + np.arange(length)) % spacing_px == 0
        is_anchor &= np.expand_dims(on_lattice, 1 - axis)
    has_point = np.isfinite(sparse)
    side = 2 * (reach_px // _BOXES) + 1
    total, weight = (
        _boxed(np.where(has_point, values, 0.0), side) for values in (sparse, np.ones_like(sparse))
    )
    # Less than half of what one point at the end of the reach weighs is rounding.
    has_weight = weight > 0.5 / float(side) ** (2 * _BOXES)
    mean = np.where(has_weight, total / np.where(has_weight, weight, 1.0), 0.0)
    return np.where(is_anchor, mean, sparse).astype(np.float32)


def _boxed(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    for _ in range(_BOXES):
        values = ndimage.uniform_filter(values, side, mode="constant")
    return values
