"""How densely points lie."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

#: So many places, evenly through the list, stand for all in :func:`posting_m`.
_SAMPLE = 10_000

#: Side of the squares over which :func:`density` is counted, metres.
SQUARE_M = 1000.0


def posting_m(easting: NDArray[np.floating], northing: NDArray[np.floating]) -> float:
    """Return the median distance from a place with a point to the next one, metres.

    Parameters
    ----------
    easting, northing
        (n,) metres. Points at one place count once.

    Returns
    -------
    NaN for fewer than two places.

    Examples
    --------
    >>> posting_m(np.array([0.0, 3.0, 6.0, 6.0]), np.zeros(4))
    3.0
    """
    places = np.unique(np.column_stack([easting, northing]), axis=0)
    if len(places) < 2:
        return float("nan")
    asked = places[:: -(-len(places) // _SAMPLE)]
    away = np.asarray(cKDTree(places).query(asked, k=2)[0])
    return float(np.median(away[:, 1]))


def density(easting: NDArray[np.floating], northing: NDArray[np.floating], pixel_m: float) -> float:
    """Return the share of cells that hold a point, over squares of 1 km that hold any.

    Parameters
    ----------
    easting, northing
        (n,) metres.
    pixel_m
        Side of a cell, metres.

    Examples
    --------
    >>> density(np.array([5.0, 6.0, 995.0]), np.array([5.0, 6.0, 5.0]), 10.0)
    0.0002
    """
    places = np.column_stack([easting, northing])
    cells, squares = (
        len(np.unique(np.floor(places / side), axis=0)) for side in (pixel_m, SQUARE_M)
    )
    return float(cells / (squares * (SQUARE_M / pixel_m) ** 2))
