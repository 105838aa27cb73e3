"""Points of any window of a scene too large for memory: simulated when asked for, or read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds
from groundmotion.simulation.lattice import window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look
from groundmotion.workflow.nation.coast import coast_of
from groundmotion.workflow.nation.points import point_index, read_points_window

#: Gives the points of a look within (left, bottom, right, top): the columns of ``points``.
Supply = Callable[[str, Bounds], pd.DataFrame]


def window_points(
    settings: Mapping[str, Any], outline: Sequence[Path], measured: Sequence[Path]
) -> Supply:
    """Choose where the points of a scene come from: files sorted by tile, or a simulation.

    Parameters
    ----------
    settings, outline
        As for :func:`simulated_supply`; not used where points are measured.
    measured
        Index of the points of each look, ``…/{look}/index.parquet``; none of a simulated scene.
    """
    if not measured:
        return simulated_supply(settings, outline)
    folders = {path.parent.name: path.parent for path in measured}
    return lambda look, bounds_m: read_points_window(folders[look], bounds_m)


def ground_of(
    settings: Mapping[str, Any], outline: Sequence[Path], measured: Sequence[Path]
) -> BaseGeometry:
    """Return where a scene may have points: land, or boxes around the points of each file.

    Parameters
    ----------
    settings
        As for :func:`simulated_supply`, and the scene's ``bounds``.
    outline, measured
        As for :func:`window_points`.
    """
    if not measured:
        scene = scene_settings(settings["shared"], settings["own"], settings["seed"])
        coast = coast_of(outline)
        return land_over(scene, settings["bounds"], settings["crs"], coast)
    boxes = [
        shapely.box(*box).buffer(settings["pixel_m"], cap_style="square", join_style="mitre")
        for path in measured
        for box in point_index(path.parent)[["left", "bottom", "right", "top"]].to_numpy()
    ]
    return shapely.union_all(boxes)


def simulated_supply(settings: Mapping[str, Any], outline: Sequence[Path]) -> Supply:
    """Simulate the points of windows, whenever they are asked for.

    Parameters
    ----------
    settings
        ``shared, own, seed`` as for :func:`groundmotion.simulation.scene.scene_settings`, and the
        scene's ``crs, pixel_m``.
    outline
        The file of an outline of land finer than the library's own, if there is one.
    """
    scene = scene_settings(settings["shared"], settings["own"], settings["seed"])
    coast = coast_of(outline)

    def supply(look: str, bounds_m: Bounds) -> pd.DataFrame:
        window = window_over(bounds_m, settings["pixel_m"])
        land = land_over(scene, window.bounds, settings["crs"], coast)
        return simulate_look(scene, look, window, land)

    return supply
