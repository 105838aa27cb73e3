"""Fill the map of one look of a scene (paper §III-A, §IV-C)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundmotion.aliases import Maps
from groundmotion.artefacts.tables import read_json
from groundmotion.grid import Grid
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance
from groundmotion.interpolation.tiled import TileSettings, in_tiles
from groundmotion.workflow.job import progress_bar


def fill_look(
    velocity: Grid, method: str, fills: Mapping[str, Any], variogram: Sequence[Path], threads: int
) -> Maps:
    """Fill what lies near points, tile by tile.

    Parameters
    ----------
    velocity
        mm/yr, NaN where there is no point.
    method
        A key of :data:`groundmotion.names.FILLS`.
    fills
        That section of the configuration.
    variogram
        File of the look's variogram, for methods that need a covariance; none for others.
    threads
        Cores to use; does not change the result.

    Returns
    -------
    (rows, cols), mm/yr, NaN farther than ``max_gap_m`` from every point.

    Raises
    ------
    InputError
        If the method needs a covariance and there is none.
    """
    covariances = [Covariance.from_variogram(read_json(v), velocity.pixel_m) for v in variogram]
    filler = Filler.from_config(
        method, fills, velocity.pixel_m, covariances[0] if covariances else None, threads
    )
    settings = TileSettings.from_config(fills, velocity.pixel_m)
    return in_tiles(velocity.values, filler, settings, progress_bar)
