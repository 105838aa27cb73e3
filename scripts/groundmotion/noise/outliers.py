"""Points that stand out of their neighbours, drawn in toward them.

A wrong point differs from its neighbours; a point on ground that moves does not, however fast it
moves. Drawn in, a single wrong point counts no more than one a few standard deviations off.
"""

import numpy as np
from scipy.spatial import cKDTree

from groundmotion.aliases import Floats, Reals
from groundmotion.variogram.nested import NestedCovariance

#: Neighbours whose median a point is compared with.
_NEIGHBOURS = 10
#: Variance of the difference from the mean of points all around, over the variogram at their lag.
_CHANGED = 1.5
#: Variance of a median of Gaussian values over that of their mean.
_MEDIAN = np.pi / 2
#: Standard deviation of a normal law over its median absolute deviation.
_SIGMA_PER_MAD = 1.4826


def robust_std(values: Reals) -> float:
    """Return 1.4826 times the median absolute deviation from the median; NaN without values.

    Examples
    --------
    >>> robust_std(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    1.4826
    """
    if len(values) == 0:
        return float("nan")
    return float(_SIGMA_PER_MAD * np.median(np.abs(values - np.median(values))))


class Neighbours:
    """The nearest neighbours of every point.

    Parameters
    ----------
    easting_m, northing_m
        (n,) places, two at least.
    """

    def __init__(self, easting_m: Floats, northing_m: Floats) -> None:
        places = np.column_stack([easting_m, northing_m])
        number = min(_NEIGHBOURS, len(places) - 1)
        distances, nearest = (np.asarray(x) for x in cKDTree(places).query(places, k=number + 1))
        #: (n, neighbours) nearest first
        self.nearest = nearest[:, 1:].astype(np.int32)
        #: (n,) their mean distance, metres
        self.distance_m = distances[:, 1:].mean(axis=1)

    def spread(self, covariance: NestedCovariance, own: Floats, white_m: float) -> Floats:
        """Return the standard deviation of what a point differs by from its neighbours, (n,).

        Parameters
        ----------
        covariance
            Of the noise.
        own
            (n,) level of a point's own noise.
        white_m
            Components of ranges up to this are a point's own; of longer ones counts what they
            change over the distance of the neighbours.
        """
        short, long = covariance.split(white_m)
        changed = _CHANGED * (sum(long.sills) - long.between(self.distance_m))
        return np.asarray(np.sqrt(short.sill * own**2 + changed))

    def drawn_in(self, values: Floats, limit: Floats) -> Floats:
        """Draw points in to within a limit of the median of their neighbours.

        Parameters
        ----------
        values
            (n,) mm/yr.
        limit
            (n,) mm/yr, of a point's own noise; that of the median is added.
        """
        median = np.median(values[self.nearest], axis=1)
        reach = limit * np.sqrt(1 + _MEDIAN / self.nearest.shape[1])
        return np.asarray(np.clip(values, median - reach, median + reach))

    def half_squares(self, values: Floats) -> Floats:
        """Return half the squared difference of each point and its nearest neighbour, (n,)."""
        return np.asarray((values - values[self.nearest[:, 0]]) ** 2 / 2)
