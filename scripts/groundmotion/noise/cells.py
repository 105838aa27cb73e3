"""Points of one look on cells: where they lie, what they weigh, and their means."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from groundmotion.aliases import Bounds, Floats, Integers, Reals


@dataclass(frozen=True)
class CellGrid:
    """Square cells over an extent; row 0 is the northernmost.

    Parameters
    ----------
    left_m, top_m
        Easting and northing of the upper left corner.
    cell_m
        Side of a cell.
    shape
        (rows, cols).
    """

    left_m: float
    top_m: float
    cell_m: float
    shape: tuple[int, int]

    @classmethod
    def over(cls, bounds_m: Bounds, cell_m: float) -> "CellGrid":
        """Cover an extent; the last cells may reach beyond it.

        Examples
        --------
        >>> CellGrid.over((0.0, 0.0, 50.0, 30.0), 20.0).shape
        (2, 3)
        """
        left, bottom, right, top = bounds_m
        rows, cols = (
            max(int(np.ceil(length / cell_m - 1e-9)), 1) for length in (top - bottom, right - left)
        )
        return cls(left, top, cell_m, (rows, cols))

    def index(self, easting_m: Floats, northing_m: Floats) -> Integers:
        """Return the cell of each place, counted row by row; −1 outside."""
        col = np.floor((easting_m - self.left_m) / self.cell_m).astype(np.int64)
        row = np.floor((self.top_m - northing_m) / self.cell_m).astype(np.int64)
        rows, cols = self.shape
        inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        return np.where(inside, row * cols + col, -1)

    def centres(self) -> tuple[Floats, Floats]:
        """Return eastings (cols,) and northings (rows,) of the centres, metres."""
        rows, cols = self.shape
        easting = self.left_m + (np.arange(cols, dtype=np.float64) + 0.5) * self.cell_m
        return easting, self.top_m - (np.arange(rows, dtype=np.float64) + 0.5) * self.cell_m


@dataclass(frozen=True)
class CellPoints:
    """Points of one look on cells.

    Parameters
    ----------
    grid
        The cells.
    easting_m, northing_m
        (n,) places, all inside.
    level
        (n,) standard deviation of each point's own noise over the scene's, about 1.
    """

    grid: CellGrid
    easting_m: Floats
    northing_m: Floats
    level: Floats

    @cached_property
    def cell(self) -> Integers:
        """(n,) cell of each point."""
        return self.grid.index(self.easting_m, self.northing_m)

    @cached_property
    def counts(self) -> Floats:
        """(rows, cols) points."""
        return self._summed(np.ones(len(self.cell)))

    @cached_property
    def weights(self) -> Floats:
        """(rows, cols) points, each over the square of its level."""
        return self._summed(self.level**-2.0)

    def means(self, values: Floats) -> Floats:
        """Return the weighted mean (rows, cols) of values (n,) of the points; 0 without any."""
        total = self._summed(values / self.level**2)
        return total / np.where(self.weights > 0, self.weights, 1.0)

    def at_points(self, cell_values: Reals) -> Floats:
        """Return a map's values (rows, cols) at the points, (n,)."""
        return np.asarray(cell_values.ravel()[self.cell], np.float64)

    def _summed(self, values: Floats) -> Floats:
        rows, cols = self.grid.shape
        total = np.bincount(self.cell, values, rows * cols)
        return np.asarray(total, np.float64).reshape(rows, cols)
