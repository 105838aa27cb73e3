"""Maps too large for memory: cut into tiles, each searched by itself (paper §IV-C).

A window belongs to the tile that holds its upper left corner, so every window of the whole map's
lattice is scored once. A tile is made from the pixels its windows cover and a halo for the fill.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from affine import Affine

from groundmotion.aliases import Bounds, Slices
from groundmotion.errors import InputError
from groundmotion.grid import grid_over
from groundmotion.patches.lattice import Lattice


@dataclass(frozen=True)
class MapTile:
    """One tile of a large map, as slices of it.

    Parameters
    ----------
    row, col
        Its place among the tiles.
    own
        Pixels that belong to it; those of all tiles cover the map once.
    extent
        Pixels that its windows cover.
    read
        Pixels whose points are needed to fill the extent.
    windows
        Windows that begin in it, as slices of the whole map's lattice; may be empty.
    """

    row: int
    col: int
    own: Slices
    extent: Slices
    read: Slices
    windows: Slices

    @property
    def name(self) -> str:
        """Return a name that sorts by row and column, as ``r012_c034``."""
        return f"r{self.row:03d}_c{self.col:03d}"


@dataclass(frozen=True)
class Tiling:
    """How a large map is cut.

    Parameters
    ----------
    transform, crs, shape
        As of :class:`groundmotion.grid.Grid`: the whole map.
    tile_px
        Side of a tile, a multiple of the lattice's stride.
    halo_px
        Points so far beyond what a tile sees take part in its fill.
    lattice
        Windows of the whole map.

    Raises
    ------
    InputError
        If the side of a tile is not a multiple of the stride.
    """

    transform: Affine
    crs: str
    shape: tuple[int, int]
    tile_px: int
    halo_px: int
    lattice: Lattice

    def __post_init__(self) -> None:
        if self.tile_px < 1 or self.tile_px % self.lattice.stride_px:
            raise InputError(
                f"tiled.tile_px {self.tile_px}: expected a multiple of windows.stride_px "
                f"({self.lattice.stride_px}), so that tiles share the lattice of the whole map"
            )

    @property
    def counts(self) -> tuple[int, int]:
        """Tiles down and across."""
        rows, cols = (-(-length // self.tile_px) for length in self.shape)
        return rows, cols

    def __iter__(self) -> Iterator[MapTile]:
        """Walk the tiles row by row."""
        rows, cols = self.counts
        return (self.tile(row, col) for row in range(rows) for col in range(cols))

    def tile(self, row: int, col: int) -> MapTile:
        """Return one tile; its slices end where the map does."""
        parts = [
            self._along(place, length, windows)
            for place, length, windows in zip(
                (row, col), self.shape, self.lattice.windows(self.shape), strict=True
            )
        ]
        own, extent, read, windows = zip(*parts, strict=True)
        return MapTile(row, col, own, extent, read, windows)

    def _along(self, place: int, length: int, windows: int) -> tuple[slice, slice, slice, slice]:
        first = place * self.tile_px
        last = min(first + self.tile_px, length)
        # Cut at the map's end, where the last windows reach beyond it.
        end = min(first + self.tile_px - self.lattice.stride_px + self.lattice.size_px, length)
        per_tile = self.tile_px // self.lattice.stride_px
        return (
            slice(first, last),
            slice(first, end),
            slice(max(first - self.halo_px, 0), min(end + self.halo_px, length)),
            slice(min(place * per_tile, windows), min((place + 1) * per_tile, windows)),
        )

    def bounds(self, part: Slices) -> Bounds:
        """Return (left, bottom, right, top) of some pixels, metres."""
        left, top = self.transform @ (part[1].start, part[0].start)
        right, bottom = self.transform @ (part[1].stop, part[0].stop)
        return left, bottom, right, top

    def transform_of(self, part: Slices) -> Affine:
        """Return the transform of a map of some pixels."""
        return self.transform @ Affine.translation(part[1].start, part[0].start)


def tiling_from(settings: Mapping[str, Any]) -> Tiling:
    """Cut a scene into tiles.

    Parameters
    ----------
    settings
        ``bounds, pixel_m, crs`` of the scene, ``tile_px, halo_px`` of its tiles, and
        ``size_px, stride_px`` of the windows.

    Examples
    --------
    >>> whole = tiling_from({"bounds": (0, 0, 6000, 3000), "pixel_m": 10, "crs": "EPSG:27700",
    ...     "tile_px": 280, "halo_px": 60, "size_px": 224, "stride_px": 28})
    >>> whole.counts, whole.tile(0, 1).own[1], whole.tile(0, 1).read[1]
    ((2, 3), slice(280, 560, None), slice(220, 600, None))
    """
    transform, shape = grid_over(tuple(settings["bounds"]), settings["pixel_m"])
    lattice = Lattice(settings["size_px"], settings["stride_px"])
    sizes = settings["tile_px"], settings["halo_px"]
    return Tiling(transform, settings["crs"], shape, *sizes, lattice)


def within(part: Slices, outer: Slices) -> Slices:
    """Return slices that cut ``part`` out of an array that holds ``outer`` of the map."""
    first, second = (
        slice(p.start - o.start, p.stop - o.start) for p, o in zip(part, outer, strict=True)
    )
    return first, second
