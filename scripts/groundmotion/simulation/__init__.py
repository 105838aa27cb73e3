"""Simulated scenes with known truth.

``lattice`` random numbers tied to places · ``coastline`` where land is · ``country`` where points
are · ``sources`` what moves · ``disturbances`` what only looks like it · ``scene`` the points of a
look · ``truth`` where it moves.
"""

from groundmotion.simulation.coastline import coarse_land, land_of_geojson, land_within
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import (
    SceneSettings,
    beyond,
    land_over,
    scene_settings,
    simulate_look,
)
from groundmotion.simulation.truth import known_artefacts, points_within, true_areas

__all__ = [
    "SceneSettings",
    "Window",
    "beyond",
    "coarse_land",
    "known_artefacts",
    "land_of_geojson",
    "land_over",
    "land_within",
    "points_within",
    "scene_settings",
    "simulate_look",
    "true_areas",
    "window_over",
]
