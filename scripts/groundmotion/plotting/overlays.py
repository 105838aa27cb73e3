"""What lies over and under the maps of a scene: contours, outlines of the truth, the land."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from shapely.geometry.base import BaseGeometry

from groundmotion.grid import Grid
from groundmotion.plotting.outlines import draw_outlines
from groundmotion.plotting.probabilities import draw_levels

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass(frozen=True)
class Overlays:
    """What maps of a scene have in common.

    Parameters
    ----------
    levels
        Of probability, ascending.
    land
        Polygons; empty where the outline is not known.
    truth
        Outlines of what moves in a simulated scene.
    """

    levels: Sequence[float]
    land: Sequence[BaseGeometry] = ()
    truth: Sequence[BaseGeometry] = ()

    @classmethod
    def of_truth(cls, levels: Sequence[float], layers: Mapping[str, "GeoDataFrame"]) -> "Overlays":
        """Take land and truth from the layers of those names; a real scene has neither."""
        shapes = {name: list(layer.geometry) for name, layer in layers.items()}
        return cls(levels, shapes.get("land", ()), shapes.get("truth", ()))


def draw_overlays(ax: Axes, probability: Grid, overlays: Overlays) -> None:
    """Draw contours of probability and outlines of the truth over a map."""
    draw_levels(ax, probability, overlays.levels)
    draw_outlines(ax, overlays.truth)
