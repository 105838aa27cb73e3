"""Where to look closely: places of areas, of motion, and squares about them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy import ndimage

from groundmotion.aliases import Bounds, Floats
from groundmotion.grid import Grid, pixel_centres

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

Place = tuple[float, float]


def inner_points(areas: "GeoDataFrame") -> Floats:
    """Return a point (easting, northing) within each area, (n, 2)."""
    return shapely.get_coordinates(areas.geometry.representative_point())


def area_table(areas: "GeoDataFrame") -> pd.DataFrame:
    """Return the columns of areas, with a point within each in the place of its outline."""
    table = pd.DataFrame(areas.drop(columns="geometry"))
    table[["easting_m", "northing_m"]] = inner_points(areas)
    return table


def bounds_around(place: Place, side_m: float, within: Bounds) -> Bounds:
    """Return a square about (easting, northing), moved (and cut, where too large) into bounds.

    Examples
    --------
    >>> bounds_around((1.0, 50.0), 20.0, (0.0, 0.0, 100.0, 100.0))
    (0.0, 40.0, 20.0, 60.0)
    """
    left, bottom, right, top = within
    wide, high = min(side_m, right - left), min(side_m, top - bottom)
    west = min(max(place[0] - wide / 2, left), right - wide)
    south = min(max(place[1] - high / 2, bottom), top - high)
    return west, south, west + wide, south + high


def detail_windows(
    places: Iterable[Place], side_m: float, within: Bounds, count: int
) -> dict[int, Bounds]:
    """Return squares about the first places that are not in a square already.

    Parameters
    ----------
    places
        (easting, northing) by priority.
    side_m
        Of the squares.
    within
        Bounds of the map.
    count
        At most so many.

    Returns
    -------
    Number of the place → square.

    Examples
    --------
    >>> detail_windows([(5.0, 5.0), (6.0, 6.0), (9.0, 9.0)], 2.0, (0.0, 0.0, 10.0, 10.0), 2)
    {0: (4.0, 4.0, 6.0, 6.0), 2: (8.0, 8.0, 10.0, 10.0)}
    """
    chosen: dict[int, Bounds] = {}
    for number, (east, north) in enumerate(places):
        inside = any(w <= east <= e and s <= north <= n for w, s, e, n in chosen.values())
        if not inside and len(chosen) < count:
            chosen[number] = bounds_around((east, north), side_m, within)
    return chosen


def moving_place(grid: Grid, side_m: float) -> Place:
    """Return (easting, northing) of the square whose points move most together.

    That is where velocities less their median add up to most, up or down: many points, all of
    them moving one way. Single spikes do not attract it.

    Parameters
    ----------
    grid
        Velocity, NaN where there is no point.
    side_m
        Of the square.
    """
    width = max(int(side_m / grid.pixel_m), 1)
    known = np.isfinite(grid.values)
    middle = np.median(grid.values[known]) if known.any() else 0.0
    motion = np.where(known, grid.values - middle, 0.0)
    total = np.abs(ndimage.uniform_filter(motion, width, mode="constant"))
    row, col = np.unravel_index(int(np.argmax(total)), grid.shape)
    easting, northing = pixel_centres(grid.transform, grid.shape)
    return float(easting[col]), float(northing[row])
