"""The variogram of scattered points from metres to kilometres, little moved by moving ground.

Bins widen with distance. Pairs nearer than a few cells are listed, at most so many; farther ones
are summed exactly on a grid of cells by FFT, as in :mod:`groundmotion.variogram.pairs`. Where
bowls would pass for noise, at lags wider than a block of the ground, the increase is that of the
median squared difference of the blocks' means, to which a bowl is a few pairs in a hundred.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.spatial import cKDTree

from groundmotion.aliases import Floats, Integers

#: Edges of the bins of listed pairs, metres; longer ones grow by this factor.
_NEAR_EDGES_M = (0.0, 12.0, 18.0, 25.0, 35.0, 50.0, 70.0, 95.0, 130.0)
_GROWTH = 1.3
#: Listed pairs reach so many cells, and are at most so many.
_NEAR_CELLS, _MOST_PAIRS = 4, 1_000_000
#: Bins with fewer pairs tell nothing.
_FEWEST_PAIRS = 30
#: Blocks are so wide at least, and so many at most; those of fewer points are left out.
_BLOCK_M, _MOST_BLOCKS, _FEWEST_IN_BLOCK = 150.0, 2000, 3
#: Increase of all pairs over that of medians from which ground that moves is suspected.
_MOVED = 1.5
#: Median of the square of a standard Gaussian.
_MEDIAN_SQUARE = 0.4549


@dataclass(frozen=True)
class LagVariogram:
    """Variogram by bins of distance; bins of few pairs are left out.

    Parameters
    ----------
    lag_m
        (bins,) mean distance of the pairs.
    gamma_mm2_yr2
        (bins,) half the mean squared difference.
    pairs
        (bins,) their number.
    """

    lag_m: Floats
    gamma_mm2_yr2: Floats
    pairs: Floats


def lag_variogram(
    places: Floats, values: Floats, cell_m: float, max_lag_m: float, *, robust: bool
) -> LagVariogram:
    """Compute the variogram of points.

    Parameters
    ----------
    places
        (n, 2) easting and northing, metres.
    values
        (n,) mm/yr.
    cell_m
        Side of the cells for far pairs.
    max_lag_m
        Longest distance.
    robust
        Whether some of the ground may move.
    """
    near_m = min(max(_NEAR_CELLS * cell_m, 40.0), max_lag_m)
    centred = values - values.mean()
    sums = np.concatenate(
        [
            _near_sums(places, centred, near_m),
            _far_sums(places, centred, cell_m, _far_edges(near_m, max_lag_m, cell_m)),
        ],
        axis=1,
    )
    pairs, distance, half_square = sums[:, sums[0] >= _FEWEST_PAIRS]
    lag, gamma = distance / pairs, np.maximum(half_square / pairs, 0.0)
    if robust:
        gamma = _robust_far(places, centred, lag, gamma)
    return LagVariogram(lag, gamma, pairs)


def _robust_far(places: Floats, values: Floats, lag: Floats, gamma: Floats) -> Floats:
    """Replace the increase at lags of two blocks and more by that of medians over blocks."""
    middles, means, side_m = _blocks(places, values)
    far = lag >= 2 * side_m
    if len(means) < 2 * _FEWEST_PAIRS or far.sum() < 2:
        return gamma
    first, second = np.triu_indices(len(means), 1)
    distance = np.hypot(*(middles[first] - middles[second]).T)
    square = (means[first] - means[second]) ** 2 / 2
    edges = np.sqrt(lag[far][1:] * lag[far][:-1])
    place: Integers = np.asarray(np.searchsorted(edges, distance), np.int64)
    place[(distance < lag[far][0] / 1.2) | (distance > lag[far][-1] * 1.2)] = -1
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(far.sum() + 1))
    medians = np.array(
        [
            np.median(square[order[a:b]]) / _MEDIAN_SQUARE if b - a >= _FEWEST_PAIRS else np.nan
            for a, b in itertools.pairwise(starts)
        ]
    )
    if not np.isfinite(medians[0]):
        return gamma
    robust = gamma.copy()
    risen, all_risen = medians - medians[0], gamma[far] - gamma[far][0]
    # ASSUME: only where bowls add half as much again; medians of few blocks scatter, too.
    moved = np.isfinite(medians) & (all_risen > _MOVED * np.maximum(risen, 0.0))
    robust[far] = np.where(moved, gamma[far][0] + np.maximum(risen, 0.0), gamma[far])
    return robust


def _blocks(places: Floats, values: Floats) -> tuple[Floats, Floats, float]:
    """Return middles (blocks, 2) and means (blocks,) of the points in blocks, and their side."""
    extent = np.ptp(places, axis=0)
    side_m = max(_BLOCK_M, float(np.sqrt(extent.prod() / _MOST_BLOCKS)))
    key = np.floor((places - places.min(axis=0)) / side_m).astype(np.int64)
    _, block, count = np.unique(
        key[:, 0] * 1_000_003 + key[:, 1], return_inverse=True, return_counts=True
    )
    few = np.median(count) < _FEWEST_IN_BLOCK
    kept = count >= (1 if few else _FEWEST_IN_BLOCK)
    means, east, north = (
        np.bincount(block, x) / count for x in (values, places[:, 0], places[:, 1])
    )
    return np.column_stack([east, north])[kept], means[kept], side_m


def _far_edges(near_m: float, max_lag_m: float, cell_m: float) -> Floats:
    edges = [near_m]
    while (edge := max(edges[-1] * _GROWTH, edges[-1] + cell_m)) < max_lag_m:
        edges.append(edge)
    return np.array([*edges, max_lag_m])


def _near_sums(places: Floats, values: Floats, near_m: float) -> Floats:
    """Sum over pairs of points: (count, distance, half square) by bin."""
    tree = cKDTree(places)
    total = int(tree.count_neighbors(tree, near_m))
    chosen: Integers = np.arange(len(places))
    if total > _MOST_PAIRS:
        # ASSUME: so many points of all, drawn by a fixed seed, stand for the rest.
        few = int(len(places) * np.sqrt(_MOST_PAIRS / total))
        chosen = np.sort(np.random.default_rng(0).permutation(len(places))[:few])
        tree = cKDTree(places[chosen])
    first, second = chosen[tree.query_pairs(near_m, output_type="ndarray")].T.reshape(2, -1)
    lag = np.hypot(*(places[first] - places[second]).T)
    edges = np.array([e for e in _NEAR_EDGES_M if e < near_m] + [near_m])
    if len(edges) == len(_NEAR_EDGES_M) + 1:
        edges = np.concatenate([edges[:-1], _far_edges(edges[-2], near_m, 1.0)[1:]])
    bins = np.clip(np.searchsorted(edges, lag, side="right") - 1, 0, len(edges) - 2)
    half_square = (values[first] - values[second]) ** 2 / 2
    weights = (np.ones(len(lag)), lag, half_square)
    return np.array([np.bincount(bins, w, len(edges) - 1) for w in weights])


def _far_sums(places: Floats, values: Floats, cell_m: float, edges: Floats) -> Floats:
    """Sum over pairs of cells: (count, distance, half square) by bin."""
    if len(edges) < 2 or not edges[-1] > edges[0]:
        return np.zeros((3, 0))
    cells = ((places - places.min(axis=0)) // cell_m).astype(np.int64)
    shape = cells.max(axis=0) + 1
    reach = int(np.ceil(edges[-1] / cell_m))
    size = tuple(fft.next_fast_len(int(n + min(reach, n)), real=True) for n in shape)
    place = cells[:, 0] * shape[1] + cells[:, 1]
    count, total, square = (
        fft.rfft2(np.bincount(place, w, shape[0] * shape[1]).reshape(shape), size)
        for w in (np.ones(len(values)), values, values**2)
    )
    pairs = np.rint(fft.irfft2(np.abs(count) ** 2, size)) / 2
    half = fft.irfft2((np.conj(count) * square).real - np.abs(total) ** 2, size) / 2
    steps = [np.abs(np.fft.fftfreq(n, 1 / n)) * cell_m for n in size]
    lag = np.hypot(steps[0][:, None], steps[1][None])
    far = (lag >= edges[0]) & (lag < edges[-1]) & (pairs > 0)
    bins = np.searchsorted(edges, lag[far], side="right") - 1
    weights = (pairs[far], pairs[far] * lag[far], half[far])
    return np.array([np.bincount(bins, w, len(edges) - 1) for w in weights])
