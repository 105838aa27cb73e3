"""The probability of any tile, from the scores of the tiles it touches, all looks merged."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Slices
from groundmotion.detection.looks import merge_looks
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.tiling import MapTile, Tiling, within
from groundmotion.patches.lattice import Smoothing, merge_scores, windows_touching

#: Finds what a look says of the tile in a row and column; None where it was not searched.
Findings = Callable[[int, int], Finding | None]


def scores_of(tiling: Tiling, windows: Slices, findings: Findings) -> NDArray[np.float32]:
    """Collect a part of the whole map's lattice from the tiles that it touches.

    Parameters
    ----------
    tiling
        Of the whole map.
    windows
        The part, with start and stop.
    findings
        See :data:`Findings`; asked for the tiles that are touched only.

    Returns
    -------
    (window rows, window cols), NaN where no tile scored a window.
    """
    scores = np.full([part.stop - part.start for part in windows], np.nan, np.float32)
    per_tile = tiling.tile_px // tiling.lattice.stride_px
    rows, cols = (range(p.start // per_tile, -(-p.stop // per_tile)) for p in windows)
    for row in rows:
        for col in cols:
            finding = findings(row, col)
            if finding is None:
                continue
            tile_windows = tiling.tile(row, col).windows
            first, second = (
                slice(max(h.start, w.start), min(h.stop, w.stop))
                for h, w in zip(tile_windows, windows, strict=True)
            )
            if first.start < first.stop and second.start < second.stop:
                overlap = (first, second)
                scores[within(overlap, windows)] = finding.scores[within(overlap, tile_windows)]
    return scores


def tile_probability(
    tiling: Tiling, tile: MapTile, looks: Mapping[str, Findings], smoothing: Smoothing
) -> NDArray[np.float32]:
    """Map the probability of one tile, as a map made in one piece would have it.

    Parameters
    ----------
    tiling, tile
        The whole map and the tile.
    looks
        What each look found; merged as in :func:`groundmotion.detection.looks.merge_looks`.
    smoothing
        As for :func:`groundmotion.patches.lattice.merge_scores`.

    Returns
    -------
    Probability of ``tile.own``; NaN far from all points, at sea, and where nothing was scored.
    """
    lattice = tiling.lattice
    windows = windows_touching(tile.own, lattice.windows(tiling.shape), lattice, smoothing)
    corner = [part.start * lattice.stride_px for part in windows]
    part = (
        slice(tile.own[0].start - corner[0], tile.own[0].stop - corner[0]),
        slice(tile.own[1].start - corner[1], tile.own[1].stop - corner[1]),
    )
    probabilities = {}
    for look, findings in looks.items():
        scores, finding = scores_of(tiling, windows, findings), findings(tile.row, tile.col)
        # A large map has many tracks, and a tile few of them.
        if finding is not None and not np.isnan(scores).all():
            probabilities[look] = merge_scores(scores, lattice, smoothing, part)
            probabilities[look][~finding.near] = np.nan
    if not probabilities:
        return np.full([p.stop - p.start for p in tile.own], np.nan, np.float32)
    return merge_looks(probabilities)
