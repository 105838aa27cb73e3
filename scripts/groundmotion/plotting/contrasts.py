"""Places where speed and probability agree, and where they do not."""

from dataclasses import dataclass

import numpy as np

from groundmotion.aliases import Bounds
from groundmotion.grid import Grid, pixel_centres
from groundmotion.plotting.places import bounds_around
from groundmotion.plotting.preparing import coarsen

#: A window is as wide as so many blocks, and a block counts with so many points: a single spike
#: does not make it fast.
_BLOCKS_PER_WINDOW, _MIN_POINTS = 16, 10


@dataclass(frozen=True)
class Contrast:
    """A block of a map, and the window about it.

    Parameters
    ----------
    name
        Whether it is fast, and whether it is found.
    speed_mm_yr, probability
        Means over the block.
    window
        (left, bottom, right, top), metres.
    """

    name: str
    speed_mm_yr: float
    probability: float
    window: Bounds


def contrasts(
    velocity: Grid, probability: Grid, side_m: float, slow_mm_yr: float, level: float
) -> list[Contrast]:
    """Choose a fast place that is found, a slow one that is found, and a fast one that is not.

    Parameters
    ----------
    velocity, probability
        On one grid.
    side_m
        Of the windows, none of which holds the place of an earlier one.
    slow_mm_yr
        Places below are slow.
    level
        Places below are not found.
    """
    speed = Grid(np.abs(velocity.values), velocity.transform, velocity.crs)
    both = np.isfinite(speed.values) & np.isfinite(probability.values)
    blocks = int(max(speed.shape) * speed.pixel_m / side_m * _BLOCKS_PER_WINDOW)
    share = coarsen(Grid(both.astype(np.float32), speed.transform, speed.crs), blocks)
    enough = share.values * (share.pixel_m / speed.pixel_m) ** 2 >= _MIN_POINTS
    v = np.where(enough, np.nan_to_num(coarsen(speed, blocks).values), 0)
    p = np.nan_to_num(coarsen(probability, blocks).values)
    suitability = {
        "fast and found": v * p**2,
        "slow but found": np.where((v > 0) & (v < slow_mm_yr), p + v / slow_mm_yr / 10, 0),
        "fast, not found": np.where(p < level, v * (1 - p), 0),
    }
    (east, north), shown = pixel_centres(share.transform, share.shape), np.zeros(share.shape, bool)
    chosen = []
    for name, values in suitability.items():
        row, col = np.unravel_index(int(np.argmax(np.where(shown, -1, values))), values.shape)
        window = bounds_around((east[col], north[row]), side_m, velocity.bounds)
        left, bottom, right, top = window
        shown |= np.outer((north > bottom) & (north < top), (east > left) & (east < right))
        chosen.append(Contrast(name, float(v[row, col]), float(p[row, col]), window))
    return chosen
