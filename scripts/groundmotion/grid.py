"""Regular grids: points onto cells, cells onto tiles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from groundmotion.aliases import Bounds, Slices
from groundmotion.errors import InputError


@dataclass(frozen=True)
class Grid:
    """A north-up map.

    Parameters
    ----------
    values
        (rows, cols), NaN where there is no data. Row 0 is the northernmost.
    transform
        Maps (col, row) of a cell's upper-left corner to (easting, northing) in metres.
    crs
        Projected coordinate reference system, as ``"EPSG:3035"``.
    """

    values: NDArray[np.float32]
    transform: Affine
    crs: str

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def pixel_m(self) -> float:
        """Side of a cell, metres."""
        return float(self.transform.a)

    @property
    def bounds(self) -> Bounds:
        """(left, bottom, right, top), metres."""
        rows, cols = self.shape
        left, top = self.transform @ (0, 0)
        right, bottom = self.transform @ (cols, rows)
        return left, bottom, right, top


def check_same_grid(maps: Mapping[str, Grid]) -> None:
    """Make sure that maps, such as those of several looks, lie on one grid.

    Parameters
    ----------
    maps
        By name, one at least.

    Raises
    ------
    InputError
        If one differs from the first in extent, pixel size or coordinate system.
    """
    (first, one), *others = maps.items()
    for name, other in others:
        if (other.shape, other.transform, other.crs) != (one.shape, one.transform, one.crs):
            raise InputError(
                f"{first} and {name}: expected maps on one and the same grid, got {one.crs} "
                f"{list(one.bounds)} of {one.pixel_m:g} m and {other.crs} {list(other.bounds)} of "
                f"{other.pixel_m:g} m; delete the map that is out of date and run again"
            )


def grid_over(bounds_m: Bounds, pixel_m: float) -> tuple[Affine, tuple[int, int]]:
    """Lay a north-up grid over an extent.

    Parameters
    ----------
    bounds_m
        (left, bottom, right, top). The grid starts at the upper left and covers all of it.
    pixel_m
        Side of a cell.

    Returns
    -------
    transform, shape
        As in :class:`Grid`.

    Examples
    --------
    >>> grid_over((0, 0, 100, 50), 10)[1]
    (5, 10)
    """
    left, bottom, right, top = bounds_m
    if not (right > left and top > bottom):
        raise InputError(
            f"bounds {list(bounds_m)}: expected [left, bottom, right, top] with left < right and "
            "bottom < top"
        )
    if not pixel_m > 0:
        raise InputError(f"pixel_m {pixel_m}: expected a positive size in metres")
    rows = int(np.ceil(np.round((top - bottom) / pixel_m, 6)))
    cols = int(np.ceil(np.round((right - left) / pixel_m, 6)))
    return Affine(pixel_m, 0.0, left, 0.0, -pixel_m, top), (rows, cols)


def cells_of(
    easting_m: NDArray[np.floating],
    northing_m: NDArray[np.floating],
    transform: Affine,
    shape: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the flat cell index of each point, and which points lie inside the grid.

    Indices of points outside are meaningless.
    """
    col = np.floor((np.asarray(easting_m) - transform.c) / transform.a).astype(np.int64)
    row = np.floor((np.asarray(northing_m) - transform.f) / transform.e).astype(np.int64)
    inside = (row >= 0) & (row < shape[0]) & (col >= 0) & (col < shape[1])
    return row * shape[1] + col, inside


def rasterise(
    easting_m: NDArray[np.floating],
    northing_m: NDArray[np.floating],
    values: NDArray[np.floating],
    transform: Affine,
    shape: tuple[int, int],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Average points that share a cell.

    Parameters
    ----------
    easting_m, northing_m, values
        (n,) each. Points outside the grid are left out.
    transform, shape
        Of the grid.

    Returns
    -------
    mean
        (rows, cols), NaN where no point falls.
    counts
        (rows, cols), points per cell.
    """
    cell, inside = cells_of(easting_m, northing_m, transform, shape)
    size = shape[0] * shape[1]
    counts = np.bincount(cell[inside], minlength=size)
    total = np.bincount(cell[inside], weights=np.asarray(values)[inside], minlength=size)
    mean = np.full(size, np.nan, np.float32)
    filled = counts > 0
    mean[filled] = total[filled] / counts[filled]
    return mean.reshape(shape), counts.astype(np.int32).reshape(shape)


def pixel_centres(
    transform: Affine, shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the easting of each column (cols,) and the northing of each row (rows,), metres."""
    easting = transform.c + (np.arange(shape[1], dtype=np.float64) + 0.5) * transform.a
    northing = transform.f + (np.arange(shape[0], dtype=np.float64) + 0.5) * transform.e
    return easting, northing


@dataclass(frozen=True)
class Tile:
    """One tile of a large map.

    ``inner`` tiles cover every cell once; ``outer`` adds a halo, cut at the map's edge;
    ``inner_in_outer`` finds the first within the second.
    """

    row: int
    col: int
    inner: Slices
    outer: Slices

    @property
    def inner_in_outer(self) -> Slices:
        """Slices that cut the inner part out of an array read with ``outer``."""
        first, second = (
            slice(i.start - o.start, i.stop - o.start)
            for i, o in zip(self.inner, self.outer, strict=True)
        )
        return first, second


def tiles(shape: tuple[int, int], tile_px: int, halo_px: int) -> Iterator[Tile]:
    """Cut a map into tiles with a halo, row by row.

    Examples
    --------
    >>> [t.outer[1] for t in tiles((4, 10), tile_px=5, halo_px=1)]
    [slice(0, 6, None), slice(4, 10, None)]
    """

    def cut(length: int) -> list[tuple[slice, slice]]:
        return [
            (
                slice(start, min(start + tile_px, length)),
                slice(max(start - halo_px, 0), min(start + tile_px + halo_px, length)),
            )
            for start in range(0, length, tile_px)
        ]

    for i, (row_inner, row_outer) in enumerate(cut(shape[0])):
        for j, (col_inner, col_outer) in enumerate(cut(shape[1])):
            yield Tile(i, j, (row_inner, col_inner), (row_outer, col_outer))


def beyond_gap(has_point: NDArray[np.bool_], max_gap_px: float) -> NDArray[np.bool_]:
    """Mark cells farther than ``max_gap_px`` from every point; all of them if there is none.

    Points are sought along rows first. A point d columns away then reaches √(gap² − d²) rows up and
    down, so that running maxima along columns find the rest: exact, and faster than distances.
    """
    rows, cols = has_point.shape
    kind = np.int16 if 4 * (rows + cols) < np.iinfo(np.int16).max else np.int32
    none = kind(2 * (rows + cols))
    reach = _vertical_reach(max_gap_px, max(rows, cols)).astype(kind)
    col, row = np.arange(cols, dtype=kind), np.arange(rows, dtype=kind)[:, None]
    before = np.maximum.accumulate(np.where(has_point, col, -none), axis=1)
    after = np.minimum.accumulate(np.where(has_point, col, none)[:, ::-1], axis=1)[:, ::-1]
    high = reach[np.minimum(np.minimum(col - before, after - col), kind(len(reach) - 1))]
    from_above = np.where(high < 0, -none, row + high)
    from_below = np.where(high < 0, none, row - high)
    # numpy's own running maxima are slow down columns.
    for line in range(1, rows):
        np.maximum(from_above[line], from_above[line - 1], out=from_above[line])
        np.minimum(from_below[-1 - line], from_below[-line], out=from_below[-1 - line])
    return np.asarray((from_above < row) & (from_below > row))


def _vertical_reach(gap_px: float, longest_px: int) -> NDArray[np.int32]:
    """Rows that a point reaches, by columns away from it; −1 beyond the gap, in the last place."""
    away = np.arange(int(min(gap_px, longest_px)) + 2, dtype=np.float64)
    rows = np.sqrt(np.maximum(min(gap_px, 2.0 * longest_px) ** 2 - away**2, 0.0))
    whole = np.floor(rows)
    # Rounding must not decide: compare as distances do.
    whole += np.hypot(away, whole + 1) <= gap_px
    whole -= np.hypot(away, whole) > gap_px
    whole[away > gap_px] = -1
    whole[-1] = -1
    return whole.astype(np.int32)


def crs_name(crs: Any) -> str:
    """Return ``EPSG:<code>`` where a reference system has a code, else its WKT.

    Parameters
    ----------
    crs
        Whatever :meth:`pyproj.CRS.from_user_input` takes.

    Examples
    --------
    >>> crs_name(3035)
    'EPSG:3035'
    """
    # Imported where it is used: most of what needs grids names no reference system.
    import pyproj

    parsed = pyproj.CRS.from_user_input(crs)
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else str(parsed.to_wkt())
