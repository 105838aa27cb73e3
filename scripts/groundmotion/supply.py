"""Points of any window of a scene too large for memory: simulated when asked for, or read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from groundmotion import simulation

Bounds = tuple[float, float, float, float]

#: Gives the points of a look within (left, bottom, right, top): the columns of ``points``.
Supply = Callable[[str, Bounds], pd.DataFrame]


def simulated_supply(settings: Mapping[str, Any], outline: Sequence[Path]) -> Supply:
    """Simulate the points of windows, whenever they are asked for.

    Parameters
    ----------
    settings
        ``shared, own, seed`` as for :func:`groundmotion.simulation.scene_settings`, and the
        scene's ``crs, pixel_m``.
    outline
        The file of an outline of land finer than the library's own, if there is one.
    """
    scene = simulation.scene_settings(settings["shared"], settings["own"], settings["seed"])
    coast = coast_of(outline)

    def supply(look: str, bounds_m: Bounds) -> pd.DataFrame:
        window = simulation.window_over(bounds_m, settings["pixel_m"])
        land = simulation.land_over(scene, window.bounds, settings["crs"], coast)
        return simulation.simulate_look(scene, look, window, land)

    return supply


def coast_of(outline: Sequence[Path]) -> BaseGeometry:
    """Read the outline of land from a file if there is one, else take the library's own."""
    for path in outline:
        return simulation.land_of_geojson(path.read_text("utf-8"), str(path))
    return simulation.coarse_land()
