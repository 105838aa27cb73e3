"""Read what figures of the areas of a scene show: its maps, its areas, and the truth of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.grid import Grid

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass(frozen=True)
class Overview:
    """A scene that was searched.

    Parameters
    ----------
    maps
        Velocity of one look, mm/yr, and probability of all of them.
    areas
        Where the network finds something, sorted by priority.
    truth
        Layers ``land`` and ``truth`` of a simulated scene; none of a real one.
    """

    maps: tuple[Grid, Grid]
    areas: "GeoDataFrame"
    truth: "dict[str, GeoDataFrame]"


def read_overview(
    velocity: Path, probability: Path, areas: Path, truth: Sequence[Path]
) -> Overview:
    """Read the files of an overview; ``truth`` is empty for a real scene."""
    return Overview(
        (read_raster(velocity), read_raster(probability)),
        read_layer(areas, "windows"),
        {name: read_layer(path, name) for path in truth for name in ("land", "truth")},
    )
