"""Fill large maps tile by tile, and nothing where points are too far away (§IV-C)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundmotion.aliases import Maps, Progress
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap, tiles


@dataclass(frozen=True)
class TileSettings:
    """How a map is cut.

    Parameters
    ----------
    tile_px, halo_px
        Side of a tile, and how much of its neighbours is filled along with it.
    max_gap_px
        Cells farther than this from any point stay NaN.
    """

    tile_px: int
    halo_px: int
    max_gap_px: float

    @classmethod
    def from_config(cls, section: Mapping[str, Any], pixel_m: float) -> "TileSettings":
        """Take the section ``fills`` of the configuration."""
        return cls(section["tile_px"], section["halo_px"], section["max_gap_m"] / pixel_m)


def in_tiles(
    values: Maps,
    fill: Callable[[Maps], Maps],
    settings: TileSettings,
    progress: Progress = lambda tiles, _: tiles,
) -> Maps:
    """Fill a sparse map tile by tile.

    Tiles without a point nearby are skipped. With a halo as wide as a fill reaches, tiles agree
    with their neighbours and with a map filled in one piece.

    Parameters
    ----------
    values
        (rows, cols), mm/yr, NaN where there is no point.
    fill
        Fills one tile, (rows, cols) with at least one point, without NaN.
    settings
        See :class:`TileSettings`.
    progress
        Wraps the tiles, given a title.

    Returns
    -------
    Same shape, NaN beyond ``max_gap_px``.

    Raises
    ------
    InputError
        If the halo is narrower than the gap: a tile would not know of its neighbour's points.
    """
    if settings.halo_px < settings.max_gap_px:
        raise InputError(
            f"fills.halo_px {settings.halo_px}: expected at least fills.max_gap_m, which is "
            f"{settings.max_gap_px:g} cells here; widen the halo or lower the gap"
        )
    shape = (values.shape[0], values.shape[1])
    filled = np.full(shape, np.nan, np.float32)
    parts = list(tiles(shape, settings.tile_px, settings.halo_px))
    for tile in progress(parts, "tiles"):
        sparse = values[tile.outer]
        far = beyond_gap(np.isfinite(sparse), settings.max_gap_px)[tile.inner_in_outer]
        if not far.all():
            filled[tile.inner] = np.where(far, np.nan, fill(sparse)[tile.inner_in_outer])
    return filled
