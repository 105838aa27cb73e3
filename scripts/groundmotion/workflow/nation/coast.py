"""The outline of land that a simulated scene lies on."""

from collections.abc import Sequence
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from groundmotion.simulation.coastline import coarse_land, land_of_geojson


def coast_of(outline: Sequence[Path]) -> BaseGeometry:
    """Read the outline of land from a file if there is one, else take the library's own."""
    for path in outline:
        return land_of_geojson(path.read_text("utf-8"), str(path))
    return coarse_land()
