"""Kriging variance of many points, block by block, from points merged the more the farther off.

The variance depends on where the points are, not on their values, and it varies slowly. For each
block of the map the points around it are merged into cells that grow with the distance; a cell of
n points counts as one with the nugget ν/n, at their centroid. A few hundred cells per block make a
small dense system; it is solved for a lattice of pixels, and the rest is interpolated.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from groundmotion.interpolation.settings import Covariance

#: Side of a block, and (side of cells in smallest ones, reach beyond the block), over the
#: correlation length 1/b: points farther off are left out.
_BLOCK = 0.64
_RINGS = ((1, 0.16), (2, 0.64), (8, 1.92))


@dataclass(frozen=True)
class _Sizes:
    """Side of the smallest cells, pixels; side of a block and (side, reach) of rings, in those."""

    side_px: int
    block: int
    rings: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, cell: float, decay_per_px: float) -> "_Sizes":
        """Count cells of the side ``cell``, over the correlation length, into block and rings."""
        rings = tuple((side, max(round(reach / cell), 1)) for side, reach in _RINGS)
        return cls(max(round(cell / decay_per_px), 1), max(round(_BLOCK / cell), 1), rings)

    @property
    def block_px(self) -> int:
        """Side of a block, pixels."""
        return self.block * self.side_px


@dataclass(frozen=True)
class _Cells:
    row: NDArray[np.float64]
    col: NDArray[np.float64]
    count: NDArray[np.float64]
    #: variance of the mean of the field over a cell's points about its value at their centroid, / a
    blur: NDArray[np.float64]


def block_variance(
    has_point: NDArray[np.bool_], covariance: Covariance, cell: float, threads: int
) -> NDArray[np.float32]:
    """Approximate simple-kriging variance a − C Rᵀ K⁻¹ R C at every pixel.

    Parameters
    ----------
    has_point
        (rows, cols), true where there is a point.
    covariance
        Of the points.
    cell
        Side of the smallest cells over the correlation length 1/b, which is the spacing of the
        lattice too. Half as wide, about ten times as long where points are many.
    threads
        Blocks are shared out to so many; does not change the result.

    Returns
    -------
    (rows, cols), mm²/yr², between 0 and a.
    """
    decay = covariance.decay_per_px
    sizes = _Sizes.of(cell, decay)
    rows, cols = has_point.shape
    step, per_block = sizes.side_px, sizes.block
    lattice = [np.arange(0, size + step, step) for size in (rows, cols)]
    nodes = np.empty((lattice[0].size, lattice[1].size))
    origins = [
        (i, j)
        for i in range(0, nodes.shape[0], per_block)
        for j in range(0, nodes.shape[1], per_block)
    ]

    def fill_block(origin: tuple[int, int]) -> None:
        i, j = origin
        row, col = lattice[0][i : i + per_block], lattice[1][j : j + per_block]
        cells = _gather(has_point, (i * step, j * step), sizes, decay)
        pixels = np.stack(np.meshgrid(row, col, indexing="ij"), axis=-1).reshape(-1, 2)
        variances = _solve(cells, pixels, covariance)
        nodes[i : i + row.size, j : j + col.size] = variances.reshape(row.size, col.size)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        list(pool.map(fill_block, origins))
    return _interpolate(nodes, step, (rows, cols))


def _gather(
    has_point: NDArray[np.bool_], origin: tuple[int, int], sizes: _Sizes, decay: float
) -> _Cells:
    """Merge the points about the block at ``origin`` into cells growing with the distance."""
    rows, cols = has_point.shape
    side, block_px = sizes.side_px, sizes.block_px
    reach = sizes.rings[-1][1] * side
    low = [max(o - reach, 0) for o in origin]
    high = [min(o + block_px + reach, n) for o, n in zip(origin, (rows, cols), strict=True)]
    row, col = np.nonzero(has_point[low[0] : high[0], low[1] : high[1]])
    row, col = row + low[0] - origin[0], col + low[1] - origin[1]  # from the block's corner
    distance = np.maximum.reduce(
        [-row, -col, row - block_px + 1, col - block_px + 1, np.zeros_like(row)]
    )
    parts: list[NDArray[np.float64]] = []
    inner = -1
    for cell, outer in sizes.rings:
        inside = (distance > inner) & (distance <= outer * side)
        inner = outer * side
        if inside.any():
            parts.append(_merge(row[inside], col[inside], cell * side, decay))
    table = np.concatenate(parts, axis=1) if parts else np.empty((4, 0))
    return _Cells(table[0] + origin[0], table[1] + origin[1], table[2], table[3])


def _merge(
    row: NDArray[np.int64], col: NDArray[np.int64], side: int, decay: float
) -> NDArray[np.float64]:
    """Centroid, count and blur of the points in every cell, (4, cells)."""
    key = (row // side) * (1 << 20) + col // side
    _, cell, count = np.unique(key, return_inverse=True, return_counts=True)
    mean_row, mean_col = np.bincount(cell, row) / count, np.bincount(cell, col) / count
    off = np.bincount(cell, np.hypot(row - mean_row[cell], col - mean_col[cell])) / count
    # 2 E γ(centroid) − E γ(pairs): in a square, pairs are 1.363 times as far apart as the centroid
    blur = (1 - np.exp(-decay * off)) * (0.637 + 0.726 / count)
    return np.array([mean_row, mean_col, count, blur])


def _solve(cells: _Cells, pixels: NDArray[np.int64], covariance: Covariance) -> NDArray[np.float64]:
    """Simple-kriging variance at ``pixels`` (n, 2) from the merged points."""
    a = covariance.a
    if cells.row.size == 0:
        return np.full(len(pixels), a)
    centroids = np.stack([cells.row, cells.col], axis=1)
    # single precision: the nugget keeps the matrix well conditioned
    matrix = covariance.between(_distance(centroids, centroids)).astype(np.float32)
    np.fill_diagonal(matrix, a * (1 + cells.blur) + covariance.nugget / cells.count)
    cross = covariance.between(_distance(centroids, pixels)).astype(np.float32)
    lower = linalg.cholesky(matrix, lower=True, check_finite=False, overwrite_a=True)
    white = linalg.solve_triangular(lower, cross, lower=True, check_finite=False)
    variance: NDArray[np.float64] = a - (white**2).sum(axis=0, dtype=np.float64)
    return np.clip(variance, 0, a)


def _distance(
    first: NDArray[np.floating], second: NDArray[np.floating] | NDArray[np.int64]
) -> NDArray[np.float32]:
    down = np.subtract.outer(first[:, 0], second[:, 0]).astype(np.float32)
    across = np.subtract.outer(first[:, 1], second[:, 1]).astype(np.float32)
    return np.sqrt(down * down + across * across)


def _interpolate(
    nodes: NDArray[np.float64], step: int, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Bilinear interpolation of lattice values to the pixels of ``shape``."""
    for axis, size in enumerate(shape):
        place = np.arange(size)
        low, part = place // step, (place % step) / step
        part = part[:, None] if axis == 0 else part[None, :]
        nodes = np.take(nodes, low, axis) * (1 - part) + np.take(nodes, low + 1, axis) * part
    return nodes.astype(np.float32)
