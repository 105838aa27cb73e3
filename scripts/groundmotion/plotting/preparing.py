"""Make maps small enough to draw, and sum up what is drawn."""

import numpy as np
from affine import Affine

from groundmotion.aliases import Bounds, Floats, Reals
from groundmotion.errors import InputError
from groundmotion.grid import Grid, pixel_centres


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

    def sums(values: Reals) -> Floats:
        by_row = np.add.reduceat(values, row_edges, axis=0, dtype=np.float64)
        return np.asarray(np.add.reduceat(by_row, col_edges, axis=1))

    counts = sums(known.astype(np.float32))
    mean = np.full((rows, cols), np.nan)
    np.divide(sums(np.where(known, grid.values, 0)), counts, out=mean, where=counts > 0)
    return Grid(mean.astype(np.float32), grid.transform @ Affine.scale(factor), grid.crs)


def describe(values: Reals) -> dict[str, float]:
    """Sum a map up in a few numbers: cells, those with data, and quantiles of these."""
    data = values[np.isfinite(values)]
    shares = {"minimum": 0.0, "p05": 0.05, "median": 0.5, "p95": 0.95, "maximum": 1.0}
    quantiles = np.quantile(data, list(shares.values())) if data.size else [np.nan] * len(shares)
    return {
        "cells": float(values.size),
        "with_data": float(data.size),
        **{name: float(value) for name, value in zip(shares, quantiles, strict=True)},
    }
