"""Make maps small enough to draw, choose where to look closely, and sum up what is drawn."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import stdtrit

from groundmotion.errors import InputError
from groundmotion.grid import Grid, pixel_centres

Bounds = tuple[float, float, float, float]
Place = tuple[float, float]


def crop(grid: Grid, bounds_m: Bounds) -> Grid:
    """Cut out the cells whose centres lie within bounds (left, bottom, right, top), metres."""
    left, bottom, right, top = bounds_m
    easting, northing = pixel_centres(grid.transform, grid.shape)
    rows = np.flatnonzero((northing > bottom) & (northing < top))
    cols = np.flatnonzero((easting > left) & (easting < right))
    if not (rows.size and cols.size):
        raise InputError(f"bounds {list(bounds_m)}: nothing of the map within {grid.bounds}")
    inside = grid.values[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    corner = Affine.translation(float(cols[0]), float(rows[0]))
    return Grid(inside, grid.transform @ corner, grid.crs)


def coarsen(grid: Grid, max_cells: int) -> Grid:
    """Average blocks of cells until neither side has more than ``max_cells``.

    A block's value is the mean of its valid cells; an empty block is NaN. Blocks cut by the lower
    and right edges are averaged too, so that the result may reach a little beyond the map.
    """
    factor = -(-max(grid.shape) // max_cells)
    rows, cols = (-(-n // factor) for n in grid.shape)
    row_edges, col_edges = np.arange(rows) * factor, np.arange(cols) * factor
    known = np.isfinite(grid.values)

    def sums(values: NDArray[np.floating]) -> NDArray[np.float64]:
        by_row = np.add.reduceat(values, row_edges, axis=0, dtype=np.float64)
        return np.asarray(np.add.reduceat(by_row, col_edges, axis=1))

    counts = sums(known.astype(np.float32))
    mean = np.full((rows, cols), np.nan)
    np.divide(sums(np.where(known, grid.values, 0)), counts, out=mean, where=counts > 0)
    return Grid(mean.astype(np.float32), grid.transform @ Affine.scale(factor), grid.crs)


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


def clear_example(examples: pd.DataFrame, side_m: float) -> pd.Series:
    """Return the row of the example with the clearest deformation among hard enough ones.

    Parameters
    ----------
    examples
        With columns ``label, density, nugget, d_prime, centre_east_m, centre_north_m`` (of the
        source, from the window's upper left corner).
    side_m
        Of the window.

    Returns
    -------
    The highest d′ of those whose source is in the middle half of the window, and which are of the
    sparser and the noisier half; a condition that nothing meets is dropped.
    """
    table = examples[examples.label == 1]
    wanted = [
        *(
            (table[f"centre_{way}_m"].abs() / side_m - 0.5).abs() < 0.25
            for way in ("east", "north")
        ),
        table.density <= table.density.median(),
        table.nugget >= table.nugget.median(),
    ]
    for keep in wanted:
        left = table[keep.loc[table.index]]
        table = left if len(left) else table
    return table.iloc[int(table.d_prime.argmax())]


def describe(values: NDArray[np.floating]) -> dict[str, float]:
    """Sum a map up in a few numbers: cells, those with data, and quantiles of these."""
    found = values[np.isfinite(values)]
    shares = {"minimum": 0.0, "p05": 0.05, "median": 0.5, "p95": 0.95, "maximum": 1.0}
    quantiles = np.quantile(found, list(shares.values())) if found.size else [np.nan] * len(shares)
    return {
        "cells": float(values.size),
        "with_data": float(found.size),
        **{name: float(value) for name, value in zip(shares, quantiles, strict=True)},
    }


def summarise(
    table: pd.DataFrame, by: Sequence[str], column: str, confidence: float
) -> pd.DataFrame:
    """Average repetitions, with Student's interval of the mean.

    Parameters
    ----------
    table
        One row per repetition; NaN in ``column`` is left out.
    by
        Columns that tell groups apart.
    column
        What is averaged.
    confidence
        Of the interval, such as 0.95.

    Returns
    -------
    Columns of ``by``, then mean, low, high (equal to the mean where there is one repetition) and n;
    sorted.
    """
    groups = table.dropna(subset=[column]).groupby(list(by))[column]
    found = groups.agg(["mean", "std", "count"]).reset_index()
    freedom = np.maximum(found["count"] - 1, 1)
    width = stdtrit(freedom, (1 + confidence) / 2) * found["std"] / np.sqrt(found["count"])
    width = width.where(found["count"] > 1, 0.0)
    found = found.assign(low=found["mean"] - width, high=found["mean"] + width, n=found["count"])
    return found[[*by, "mean", "low", "high", "n"]]
