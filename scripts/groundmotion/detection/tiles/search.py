"""Search one tile of a large map: fill, score, and remember where points are near."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from groundmotion.aliases import Maps, Slices
from groundmotion.detection.detector import Detector
from groundmotion.detection.maps import DetectionSettings, score_lattice
from groundmotion.detection.tiles.anchors import anchored
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.tiling import MapTile, Tiling, within
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap, rasterise
from groundmotion.patches.lattice import window_sums


@dataclass(frozen=True)
class TileSearch:
    """How tiles are searched.

    Parameters
    ----------
    filler
        Fills a map that holds a point; the result has no NaN unless the network takes them.
    detector, settings
        As for :func:`groundmotion.detection.maps.score_lattice`.
    max_gap_px
        Nothing is said of pixels farther than this from every point.
    halo_px
        Of the fill: what is farther from every point is not filled with it.
    anchors
        Spacing and reach of what holds the fill where no point is near
        (:func:`groundmotion.detection.tiles.anchors.anchored`); None for fills that need none.
    """

    filler: Callable[[Maps], Maps]
    detector: Detector
    settings: DetectionSettings
    max_gap_px: float
    halo_px: int
    anchors: tuple[int, int] | None = None


def gridded(tiling: Tiling, tile: MapTile, points: pd.DataFrame) -> Maps:
    """Put points on the map that a tile reads, as :func:`groundmotion.grid.rasterise` does.

    Parameters
    ----------
    tiling, tile
        The whole map and the tile.
    points
        ``easting_m, northing_m, velocity_mm_yr``; those outside are left out.
    """
    rows, cols = (part.stop - part.start for part in tile.read)
    values, _ = rasterise(
        points["easting_m"].to_numpy(),
        points["northing_m"].to_numpy(),
        points["velocity_mm_yr"].to_numpy(),
        tiling.transform_of(tile.read),
        (rows, cols),
    )
    return values


def search_tile(tile: MapTile, sparse: Maps, search: TileSearch) -> Finding:
    """Fill what a tile sees and score the windows that begin in it.

    Parameters
    ----------
    tile
        Where it lies.
    sparse
        Map of ``tile.read``, mm/yr, NaN where there is no point.
    search
        See :class:`TileSearch`.

    Returns
    -------
    As :class:`Finding`; a tile without enough points for any window is not filled at all.

    Raises
    ------
    InputError
        If the map is not of the shape that the tile reads.
    """
    shape = tuple(part.stop - part.start for part in tile.read)
    if sparse.shape != shape:
        raise InputError(f"tile {tile.name}: expected a map of {shape}, got {sparse.shape}")
    settings, has_point = search.settings, np.isfinite(sparse)
    far = beyond_gap(has_point, search.max_gap_px)
    near = ~far[within(tile.own, tile.read)]
    windows = tuple(part.stop - part.start for part in tile.windows)
    extent = within(tile.extent, tile.read)
    has_points = window_sums(has_point[extent], settings.lattice) >= settings.min_points
    if not has_points[: windows[0], : windows[1]].any():
        return Finding(np.full(windows, np.nan, np.float32), near)
    filled = np.full(shape, np.nan, np.float32)
    box = _box(has_point, search.halo_px)
    corner = tile.read[0].start, tile.read[1].start
    anchored_map = anchored(sparse, far, corner, *search.anchors) if search.anchors else sparse
    filled[box] = search.filler(anchored_map[box])
    filled = np.where(far, np.float32(np.nan), filled)[extent]
    scores = score_lattice(
        filled, has_point[extent], search.detector, settings, lambda blocks, _: blocks
    )
    return Finding(scores[: windows[0], : windows[1]], near)


def _box(has_point: NDArray[np.bool_], margin_px: int) -> Slices:
    """Box points with a margin; a little more where that makes Fourier transforms fast."""
    parts = []
    for axis, length in enumerate(has_point.shape):
        places = np.flatnonzero(has_point.any(axis=1 - axis))
        first = max(int(places[0]) - margin_px, 0)
        last = min(int(places[-1]) + 1 + margin_px, length)
        size = min(next_fast_len(last - first, real=True), length)
        first = min(first, length - size)
        parts.append(slice(first, first + size))
    return parts[0], parts[1]
