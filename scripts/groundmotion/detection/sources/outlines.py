"""Outlines of what atoms make together: one for each source.

The velocity of all atoms is flooded from its peaks down. Two basins that meet are one source if
the saddle between them is nearly as high as the lower peak, as along a trough, and two otherwise;
basins of opposite sign never meet. A source ends where the velocity falls to a share of its peak,
or below what counts as motion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from groundmotion.aliases import Floats, Integers, Maps
from groundmotion.detection.shapes import FROM_ABOVE, UnitVector
from groundmotion.detection.sources.atoms import REACH_SIZES, Atom
from groundmotion.noise.cells import CellGrid


@dataclass(frozen=True)
class OutlineSettings:
    """Where a source ends.

    Parameters
    ----------
    peak_share
        It ends where the velocity falls to this share of its peak …
    min_mm_yr
        … or to this, if that is more; half the peak at most.
    saddle_share
        Peaks are one source if the saddle between them is at least this share of the lower.
    """

    peak_share: float
    min_mm_yr: float
    saddle_share: float


@dataclass(frozen=True)
class Outlined:
    """Sources on a grid.

    Parameters
    ----------
    grid
        Cells.
    velocity
        (rows, cols) LOS velocity of all atoms together, mm/yr.
    labels
        (rows, cols) number of the source from 1, 0 elsewhere.
    """

    grid: CellGrid
    velocity: Maps
    labels: NDArray[np.int32]


def outlined(
    atoms: Sequence[Atom], grid: CellGrid, toward: Sequence[UnitVector], settings: OutlineSettings
) -> Outlined:
    """Outline the sources that atoms make.

    Parameters
    ----------
    atoms
        Of all sources.
    grid
        Cells on which they are outlined.
    toward
        Unit vectors of the looks; one look's flank is drawn as it is seen, several looks' not.
    settings
        See :class:`OutlineSettings`.
    """
    view = toward[0] if len(toward) == 1 else FROM_ABOVE
    velocity = joined_velocity(atoms, grid, view)
    labels = np.zeros(grid.shape, np.int32)
    count = 0
    for sign in (1.0, -1.0):
        height = np.maximum(sign * velocity, 0).astype(np.float64)
        basins = _basins(height, settings)
        labels[basins > 0] = basins[basins > 0] + count
        count = int(labels.max(initial=0))
    return Outlined(grid, velocity, labels)


def joined_velocity(atoms: Sequence[Atom], grid: CellGrid, toward: UnitVector) -> Maps:
    """Return the velocity of all atoms, looks joined, at the centres of cells, mm/yr."""
    total = np.zeros(grid.shape)
    eastings, northings = grid.centres()
    for atom in atoms:
        reach = REACH_SIZES * atom.size_m
        cols = np.flatnonzero(np.abs(eastings - atom.easting_m) < reach)
        rows = np.flatnonzero(np.abs(northings - atom.northing_m) < reach)
        if not len(rows) or not len(cols):
            continue
        east, north = np.meshgrid(eastings[cols], northings[rows])
        peak, std = atom.joined()
        one = Atom(
            atom.shape, atom.easting_m, atom.northing_m, atom.size_m, {"all": peak},
            {"all": std}, atom.significance, atom.is_seed,
        )  # fmt: skip
        part = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
        total[part] += one.velocity(east, north, "all", toward)
    return total.astype(np.float32)


def _basins(height: Floats, settings: OutlineSettings) -> NDArray[np.int32]:
    """Give the sources of one sign numbers, 0 where the velocity is below their end."""
    rows, cols = np.nonzero(height > 0)
    order = np.argsort(-height[rows, cols], kind="stable")
    place = (rows[order] * height.shape[1] + cols[order]).astype(np.int64)
    basin = _flooded(height.ravel(), place, height.shape[1], settings.saddle_share)
    basin = basin.reshape(height.shape)
    _, numbers = np.unique(basin, return_inverse=True)
    numbers = numbers.reshape(height.shape)
    peaks = np.zeros(numbers.max(initial=0) + 1)
    np.maximum.at(peaks, numbers.ravel(), height.ravel())
    end = np.maximum(settings.peak_share * peaks, np.minimum(settings.min_mm_yr, 0.5 * peaks))
    kept = (basin >= 0) & (height >= end[numbers]) & (height > 0)
    _, labels = np.unique(np.where(kept, basin, -1), return_inverse=True)
    labels = labels.reshape(height.shape)
    return (labels - labels[~kept].min() if (~kept).any() else labels + 1).astype(np.int32)


@njit(cache=True)
def _flooded(height: Floats, order: Integers, cols: int, saddle_share: float) -> Integers:
    """Give each cell the cell of its basin's peak, −1 where the height is 0."""
    basin = np.full(len(height), -1, np.int64)
    root = np.full(len(height), -1, np.int64)
    for cell in order:
        best = -1
        row, col = cell // cols, cell % cols
        near = np.full(4, -1, np.int64)
        for k in range(4):
            r = row + (-1 if k == 0 else 1 if k == 1 else 0)
            c = col + (-1 if k == 2 else 1 if k == 3 else 0)
            if r < 0 or c < 0 or c >= cols or r * cols + c >= len(height):
                continue
            other = r * cols + c
            if basin[other] < 0:
                continue
            peak = basin[other]
            while root[peak] != peak:
                peak = root[peak]
            near[k] = peak
            if best < 0 or height[peak] > height[best]:
                best = peak
        if best < 0:
            basin[cell] = cell
            root[cell] = cell
            continue
        basin[cell] = best
        for k in range(4):
            peak = near[k]
            if peak >= 0 and peak != best and height[cell] >= saddle_share * height[peak]:
                root[peak] = best
    for cell in order:
        peak = basin[cell]
        while root[peak] != peak:
            peak = root[peak]
        basin[cell] = peak
    return basin
