"""Velocities reduced to means of cells, whitened, for thousands of matched filters.

The means' covariance is exact (averages of a e^(−b d) over pairs of points, plus the nugget over
the count), so that any loss is that of averaging. Cells are small where a signal is steep.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import linalg

from groundmotion.aliases import Floats, Integers
from groundmotion.errors import InputError
from groundmotion.noise.model import NoiseModel
from groundmotion.variogram.model import exponential_covariance

Singles = NDArray[np.float32]

#: Of a cell that is not of the finest at most so many points count: the others are left out.
_COARSE_POINTS = 8


@dataclass(frozen=True)
class Observations:
    """The points of one example and the law of their noise.

    Parameters
    ----------
    values
        (n,) velocities, mm/yr.
    rows, cols
        (n,) pixel of each; one point per pixel.
    pixel_m
        Side of a pixel.
    noise
        Covariance of the noise.

    Raises
    ------
    InputError
        If there are no points or no spikes.
    """

    values: NDArray[np.floating]
    rows: Integers
    cols: Integers
    pixel_m: float
    noise: NoiseModel

    def __post_init__(self) -> None:
        if len(self.values) == 0:
            raise InputError("an example without points: expected at least one")
        if not self.noise.nugget > 0:
            raise InputError(
                f"nugget {self.noise.nugget}: expected > 0; without spikes C is singular"
            )

    @cached_property
    def covariance_table(self) -> Floats:
        """Covariance of the atmosphere by distance in (rows, cols)."""
        width = int(max(self.rows.max(), self.cols.max())) + 1
        steps = np.arange(width) * self.pixel_m / 1000
        lag = np.hypot(steps[:, None], steps)
        return exponential_covariance(lag, self.noise.a, self.noise.b_per_km)


@dataclass(frozen=True)
class Reduction:
    """Means of cells, and what filters need of their covariance C.

    Parameters
    ----------
    east_m, north_m
        (n,) points, cell after cell, in the window [0, side] × [−side, 0].
    starts
        (cells + 1,) first point of each cell, and the end.
    weighted
        (cells,) C⁻¹ times the means.
    inverse
        (cells, cells) C⁻¹.
    finest_px
        Side of the smallest cells.
    """

    east_m: Singles
    north_m: Singles
    starts: Integers
    weighted: Singles
    inverse: Singles
    finest_px: int

    def quadratic(self, signals: Singles) -> tuple[Floats, Floats]:
        """Compute t = gᵀC⁻¹y and q = gᵀC⁻¹g for each row of (k, cells)."""
        t = signals @ self.weighted
        # Signals of few cells go cell by cell, which is faster up to about so many of them.
        few = np.count_nonzero(signals, axis=1) < 0.15 * signals.shape[1]
        q = np.empty(len(signals), np.float32)
        q[few] = _sparse_quadratic(signals[few], self.inverse)
        wide = signals[~few]
        q[~few] = np.einsum("ij,ij->i", wide @ self.inverse, wide)
        return t.astype(np.float64), q.astype(np.float64)


def reduce_evenly(data: Observations, max_cells: int) -> Reduction:
    """Merge all points into square cells, as small as can be with at most ``max_cells``."""
    cell_px = 1
    while len(np.unique(_square(data, np.array(cell_px)))) > max_cells:
        cell_px += 1
    return _reduce(data, np.full(len(data.values), cell_px), keep_all=True)


def reduce_around(
    data: Observations,
    distance_px: Floats,
    finest_px: int,
    rings_px: tuple[float, float, float],
) -> Reduction:
    """Merge points into cells that grow with their distance from somewhere.

    Parameters
    ----------
    data
        The points.
    distance_px
        (n,) of each point.
    finest_px
        Side of cells within the first distance of ``rings_px``; three, eight and twenty-four
        times as large within the second, within the third and beyond.
    rings_px
        Increasing.
    """
    ring = np.digitize(distance_px, rings_px)
    sizes = np.array([1, 3, 8, 24]) * finest_px
    return _reduce(data, sizes[ring], keep_all=False)


def _square(data: Observations, cell_px: NDArray[np.integer]) -> Integers:
    """Give each point the number of its square of side ``cell_px``: by size and place."""
    return np.asarray((cell_px * 4096 + data.rows // cell_px) * 4096 + data.cols // cell_px)


def _reduce(data: Observations, cell_px: NDArray[np.integer], *, keep_all: bool) -> Reduction:
    key = _square(data, cell_px)
    order = np.argsort(key, kind="stable")
    _, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    if not keep_all:
        # Every so-manyth point of a large cell, so that they stay spread over it.
        place = np.arange(len(order)) - np.repeat(starts, counts)
        few = np.where(cell_px[order] > cell_px.min(), _COARSE_POINTS, len(order))
        stride = np.repeat(counts, counts) / few
        order = order[np.floor(place / stride) != np.floor((place - 1) / stride)]
        _, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    rows, cols = (np.ascontiguousarray(i[order], np.int64) for i in (data.rows, data.cols))
    starts = np.append(starts, len(order)).astype(np.int64)
    covariance = _mean_covariance(rows, cols, starts, data.covariance_table)
    covariance[np.diag_indices_from(covariance)] += data.noise.nugget / counts
    factor = linalg.cholesky(covariance, lower=True, overwrite_a=True)
    means = np.add.reduceat(np.asarray(data.values, np.float64)[order], starts[:-1]) / counts
    inverse, _ = linalg.lapack.dpotri(factor, lower=1)
    inverse = inverse.astype(np.float32)  # its lower half; the other is nought
    inverse += np.tril(inverse, -1).T
    return Reduction(
        ((cols + 0.5) * data.pixel_m).astype(np.float32),
        (-(rows + 0.5) * data.pixel_m).astype(np.float32),
        starts,
        linalg.cho_solve((factor, True), means).astype(np.float32),
        inverse,
        int(cell_px.min()),
    )


@njit(cache=True, nogil=True)
def _mean_covariance(rows: Integers, cols: Integers, starts: Integers, table: Floats) -> Floats:
    cells = len(starts) - 1
    matrix = np.empty((cells, cells))
    for i in range(cells):
        for j in range(i + 1):
            total = 0.0
            for p in range(starts[i], starts[i + 1]):
                row, col = rows[p], cols[p]
                for r in range(starts[j], starts[j + 1]):
                    total += table[abs(row - rows[r]), abs(col - cols[r])]
            pairs = (starts[i + 1] - starts[i]) * (starts[j + 1] - starts[j])
            matrix[i, j] = total / pairs
            matrix[j, i] = matrix[i, j]
    return matrix


@njit(cache=True, nogil=True, fastmath=True)
def _sparse_quadratic(signals: Singles, inverse: Singles) -> Singles:
    squares = np.zeros(len(signals), np.float32)
    for i in range(len(signals)):
        near = np.flatnonzero(signals[i])
        for j in range(len(near)):
            line, rest = inverse[near[j]], np.float32(0)
            for k in range(j):
                rest += line[near[k]] * signals[i, near[k]]
            value = signals[i, near[j]]
            squares[i] += value * (2 * rest + line[near[j]] * value)
    return squares
