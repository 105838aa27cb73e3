"""Ground whose noise is wilder than the scene's: the statistic's own spread, place by place.

One covariance stands for a whole scene. Where the statistic is wider than the noise explains, over
ground so large that no source would make it so, it is measured in its own spread.
"""

import numpy as np
from scipy import ndimage

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.significance.scan import LookStatistics

#: Blocks are so wide at least, in metres and in sizes.
_BLOCK_M, _BLOCK_SIZES = 2000.0, 12.0
#: Median of the absolute value of a standard Gaussian, and the relative standard error of a spread
#: found by it from one place.
_MEDIAN, _ERROR = 0.6745, 1.2
#: Standard errors that are taken off, and places that are needed.
_CAUTION, _FEWEST = 1.5, 12.0


def scaled(statistics: LookStatistics, spreads: list[Maps]) -> LookStatistics:
    """Return statistics for noise whose standard deviation is larger by these factors."""
    pairs = zip(statistics.numerators, statistics.denominators, spreads, strict=True)
    parts = [(n / s**2, d / s**2) for n, d, s in pairs]
    return LookStatistics([n for n, _ in parts], [d for _, d in parts])


def unrest(statistics: LookStatistics, sizes_m: Floats, cell_m: float) -> list[Maps]:
    """Return the spread of statistics beyond what noise explains, ≥ 1, (rows, cols) by size."""
    return [
        _spread(numerator, denominator, float(size), cell_m)
        for numerator, denominator, size in zip(
            statistics.numerators, statistics.denominators, sizes_m, strict=True
        )
    ]


def _spread(numerator: Maps, denominator: Maps, size_m: float, cell_m: float) -> Maps:
    shape = numerator.shape
    side = max(_BLOCK_M, _BLOCK_SIZES * size_m) / cell_m
    counts = [max(round(length / side), 1) for length in shape]
    edges = [np.linspace(0, n, k + 1).astype(int) for n, k in zip(shape, counts, strict=True)]
    blocks = np.ones(counts)
    for i, j in np.ndindex(*counts):
        part = slice(edges[0][i], edges[0][i + 1]), slice(edges[1][j], edges[1][j + 1])
        judged = denominator[part] > 0
        places = judged.sum() * (cell_m / (2 * size_m)) ** 2
        if places < _FEWEST:
            continue
        values = np.abs(numerator[part][judged]) / np.sqrt(denominator[part][judged])
        spread = float(np.median(values)) / _MEDIAN
        blocks[i, j] = max(1.0, spread * (1 - _CAUTION * _ERROR / np.sqrt(places)))
    if np.all(blocks == 1.0):
        return np.ones(shape, np.float32)
    rows, cols = (
        np.clip((np.arange(n) + 0.5) * k / n - 0.5, 0, k - 1)
        for n, k in zip(shape, counts, strict=True)
    )
    places = np.meshgrid(rows, cols, indexing="ij")
    return ndimage.map_coordinates(blocks, places, order=1, mode="nearest").astype(np.float32)
