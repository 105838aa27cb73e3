"""Where Great Britain is land: a coarse outline, or a finer one from a file.

The outline was typed in from general knowledge of the map, to about five kilometres; it decides
where simulated points may lie and nothing else.
"""

from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds
from groundmotion.errors import InputError

#: Outlines are cut this far beyond an extent before they are projected.
_MARGIN_DEG = 0.05

#: (longitude, latitude) in degrees, clockwise around the mainland from Land's End.
_MAINLAND = (
    # Cornwall, north Devon, Somerset
    (-5.71, 50.06), (-5.48, 50.22), (-5.15, 50.40), (-5.03, 50.54), (-4.83, 50.60), (-4.55, 50.80),
    (-4.53, 51.01), (-4.22, 51.05), (-4.21, 51.19), (-3.72, 51.24), (-3.40, 51.19), (-3.01, 51.22),
    (-2.99, 51.32), (-2.82, 51.46), (-2.70, 51.51), (-2.56, 51.63), (-2.38, 51.75),
    # Severn, South Wales
    (-2.60, 51.70), (-2.67, 51.61), (-2.83, 51.55), (-2.97, 51.53), (-3.07, 51.51), (-3.12, 51.48),
    (-3.16, 51.45), (-3.17, 51.41), (-3.21, 51.40), (-3.28, 51.39), (-3.41, 51.38), (-3.57, 51.41),
    (-3.65, 51.46), (-3.72, 51.51), (-3.80, 51.60), (-3.95, 51.61), (-3.99, 51.57), (-4.28, 51.55),
    (-4.30, 51.62), (-4.10, 51.66), (-4.30, 51.69), (-4.40, 51.75), (-4.69, 51.67), (-4.93, 51.60),
    (-5.15, 51.69), (-5.11, 51.86), (-5.31, 51.87), (-5.09, 51.98), (-4.68, 52.13), (-4.36, 52.22),
    # Cardigan Bay, North Wales, Lancashire, Cumbria
    (-4.09, 52.41), (-4.06, 52.53), (-4.12, 52.60), (-4.06, 52.72), (-4.13, 52.82), (-4.14, 52.91),
    (-4.42, 52.88), (-4.76, 52.79), (-4.53, 52.94), (-4.36, 53.04), (-4.28, 53.14), (-4.08, 53.24),
    (-3.84, 53.33), (-3.50, 53.33), (-3.26, 53.35), (-3.10, 53.25), (-3.19, 53.38), (-3.04, 53.45),
    (-3.10, 53.56), (-2.98, 53.70), (-3.05, 53.80), (-3.02, 53.92), (-2.87, 54.03), (-2.81, 54.17),
    (-3.02, 54.19), (-3.17, 54.09), (-3.24, 54.13), (-3.41, 54.32), (-3.63, 54.51), (-3.43, 54.80),
    (-3.28, 54.93), (-3.05, 54.98),
    # Galloway, Ayrshire, Clyde
    (-3.57, 54.98), (-3.72, 54.88), (-3.95, 54.77), (-4.35, 54.84), (-4.38, 54.68), (-4.80, 54.86),
    (-4.87, 54.64), (-5.18, 54.91), (-5.00, 55.02), (-4.83, 55.26), (-4.63, 55.47), (-4.67, 55.60),
    (-4.87, 55.72), (-4.87, 55.93), (-4.60, 55.94), (-4.79, 56.06), (-4.90, 55.98), (-5.05, 55.87),
    (-5.30, 55.86), (-5.36, 56.02), (-5.42, 55.88), (-5.33, 55.77), (-5.49, 55.62), (-5.53, 55.42),
    # Kintyre to Cape Wrath
    (-5.78, 55.30), (-5.70, 55.67), (-5.63, 55.88), (-5.62, 56.10), (-5.55, 56.29), (-5.43, 56.50),
    (-5.25, 56.56), (-5.66, 56.49), (-6.01, 56.62), (-6.21, 56.73), (-5.82, 56.78), (-5.83, 56.98),
    (-5.55, 57.13), (-5.72, 57.28), (-5.60, 57.38), (-5.84, 57.47), (-5.80, 57.66), (-5.70, 57.82),
    (-5.30, 57.88), (-5.40, 58.07), (-5.28, 58.20), (-5.37, 58.25), (-5.08, 58.37), (-5.11, 58.50),
    (-5.00, 58.62), (-4.70, 58.55), (-4.41, 58.52), (-3.98, 58.57), (-3.55, 58.61), (-3.04, 58.64),
    # Caithness to the Forth
    (-3.08, 58.44), (-3.42, 58.22), (-3.99, 57.96), (-3.87, 57.86), (-3.79, 57.81), (-4.05, 57.69),
    (-4.23, 57.49), (-3.88, 57.60), (-3.49, 57.70), (-2.94, 57.69), (-2.52, 57.68), (-2.02, 57.69),
    (-1.78, 57.49), (-2.07, 57.14), (-2.21, 56.95), (-2.45, 56.70), (-2.74, 56.47), (-3.15, 56.37),
    (-2.79, 56.36), (-2.60, 56.28), (-2.98, 56.20), (-3.17, 56.06), (-3.40, 56.02), (-3.70, 56.05),
    (-3.40, 55.99), (-3.10, 55.96), (-2.83, 56.06), (-2.52, 56.00), (-2.14, 55.91),
    # Northumberland to the Humber and the Wash
    (-2.00, 55.77), (-1.72, 55.61), (-1.61, 55.49), (-1.58, 55.30), (-1.49, 55.12), (-1.42, 55.01),
    (-1.35, 54.88), (-1.18, 54.69), (-1.15, 54.63), (-0.97, 54.60), (-0.61, 54.49), (-0.39, 54.28),
    (-0.21, 54.16), (-0.08, 54.12), (-0.19, 54.02), (-0.03, 53.78), (0.12, 53.61), (-0.20, 53.65),
    (-0.30, 53.74), (-0.68, 53.71), (-0.28, 53.69), (0.00, 53.53), (0.25, 53.40), (0.34, 53.17),
    (0.20, 53.06), (0.00, 52.92), (0.18, 52.82), (0.40, 52.78), (0.44, 52.90), (0.55, 52.98),
    # East Anglia, Thames, the south coast
    (0.95, 52.96), (1.30, 52.93), (1.68, 52.73), (1.74, 52.58), (1.76, 52.48), (1.66, 52.28),
    (1.58, 52.08), (1.30, 51.95), (1.22, 51.81), (0.95, 51.78), (0.95, 51.62), (0.78, 51.53),
    (0.50, 51.51), (0.45, 51.47), (0.72, 51.46), (0.95, 51.35), (1.22, 51.38), (1.44, 51.38),
    (1.40, 51.15), (1.19, 51.08), (0.98, 51.03), (0.95, 50.91), (0.60, 50.86), (0.26, 50.74),
    (-0.14, 50.82), (-0.79, 50.73), (-1.05, 50.79), (-1.32, 50.82), (-1.45, 50.91), (-1.33, 50.78),
    (-1.58, 50.72), (-1.93, 50.71), (-1.95, 50.59), (-2.43, 50.63), (-2.45, 50.52), (-2.60, 50.66),
    (-2.94, 50.72), (-3.40, 50.62), (-3.53, 50.46), (-3.49, 50.39), (-3.64, 50.23), (-3.88, 50.28),
    (-4.13, 50.34), (-4.50, 50.34), (-4.77, 50.32), (-5.05, 50.15), (-5.07, 50.02), (-5.20, 49.96),
    (-5.30, 50.08), (-5.52, 50.12), (-5.55, 50.05),
)  # fmt: skip

_ISLANDS = {
    "Anglesey": (
        (-4.06, 53.31), (-4.35, 53.13), (-4.58, 53.28), (-4.56, 53.40), (-4.29, 53.41),
    ),
    "Wight": ((-1.55, 50.67), (-1.30, 50.58), (-1.08, 50.68), (-1.29, 50.76)),
    "Arran": ((-5.15, 55.45), (-5.35, 55.48), (-5.38, 55.66), (-5.17, 55.69), (-5.09, 55.54)),
    "Islay": (
        (-6.03, 55.68), (-6.27, 55.58), (-6.50, 55.67), (-6.45, 55.84), (-6.12, 55.93),
    ),
    "Jura": ((-6.03, 55.80), (-6.10, 55.93), (-5.72, 56.14), (-5.70, 56.04)),
    "Mull": (
        (-5.65, 56.44), (-5.98, 56.32), (-6.36, 56.29), (-6.12, 56.46), (-6.32, 56.60),
        (-6.05, 56.64),
    ),
    "Skye": (
        (-5.65, 57.25), (-6.02, 57.03), (-6.42, 57.20), (-6.77, 57.43), (-6.45, 57.50),
        (-6.32, 57.69), (-6.13, 57.57), (-6.13, 57.33),
    ),
    "Lewis and Harris": (
        (-6.20, 58.50), (-6.17, 58.21), (-6.42, 58.00), (-6.70, 57.84), (-7.08, 57.76),
        (-7.10, 58.10), (-6.97, 58.25),
    ),
    "Uist": (
        (-7.17, 57.68), (-7.06, 57.60), (-7.22, 57.30), (-7.23, 57.11), (-7.42, 57.12),
        (-7.42, 57.40), (-7.50, 57.60),
    ),
    "Orkney": (
        (-3.35, 59.00), (-3.28, 58.92), (-2.72, 58.95), (-2.90, 59.00), (-3.02, 59.08),
        (-3.25, 59.15),
    ),
    "Shetland": (
        (-1.27, 59.86), (-1.40, 59.90), (-1.33, 60.17), (-1.68, 60.22), (-1.30, 60.32),
        (-1.55, 60.48), (-1.30, 60.62), (-1.03, 60.45), (-1.20, 60.28), (-1.15, 60.14),
    ),
}  # fmt: skip


def coarse_land() -> BaseGeometry:
    """Return the coarse outline of Great Britain and its larger islands, longitude and latitude."""
    return shapely.MultiPolygon([shapely.Polygon(r) for r in (_MAINLAND, *_ISLANDS.values())])


def land_of_geojson(text: str, file_name: str) -> BaseGeometry:
    """Read a land outline from the text of a GeoJSON file, longitude and latitude.

    Parameters
    ----------
    text
        A FeatureCollection, Feature or geometry of polygons.
    file_name
        Name of the file, for messages.

    Raises
    ------
    InputError
        If it holds no polygon in degrees.
    """
    try:
        content = shapely.from_geojson(text)
    except shapely.GEOSException as error:
        raise InputError(f"{file_name}: expected a GeoJSON file of polygons ({error})") from None
    geometries = [part if part.is_valid else shapely.make_valid(part) for part in _parts(content)]
    parts = [p for part in geometries for p in _parts(part) if isinstance(p, shapely.Polygon)]
    if not parts:
        raise InputError(f"{file_name}: expected polygons of land, found none")
    land = shapely.MultiPolygon(parts)
    left, bottom, right, top = land.bounds
    if left < -180 or right > 180 or bottom < -90 or top > 90:
        raise InputError(
            f"{file_name}: expected longitude and latitude in degrees, got coordinates from "
            f"{left:g} {bottom:g} to {right:g} {top:g}; convert it to EPSG:4326"
        )
    return land


def land_within(land: BaseGeometry, bounds_m: Bounds, crs: str) -> BaseGeometry:
    """Cut an outline to an extent and project it.

    Parameters
    ----------
    land
        In longitude and latitude.
    bounds_m
        (left, bottom, right, top) in ``crs``.
    crs
        Projected coordinate reference system.

    Returns
    -------
    Polygons in ``crs``, empty at sea.
    """
    transformer = _transformer(crs)
    west, south, east, north = transformer.transform_bounds(*bounds_m, direction="INVERSE")
    box = (west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG)

    def project(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(lon_lat[:, 0], lon_lat[:, 1]))

    near = shapely.clip_by_rect(shapely.get_parts(land), *box)
    near = near[~shapely.is_empty(near)]
    # ASSUME: edges straight in longitude and latitude stay straight; they are short.
    projected = shapely.make_valid(shapely.transform(near, project))
    return shapely.union_all(shapely.clip_by_rect(projected, *bounds_m))


@lru_cache(maxsize=4)
def _transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Unfold collections of collections."""
    if shapely.get_num_geometries(geometry) <= 1 and not hasattr(geometry, "geoms"):
        return [geometry]
    return [leaf for part in shapely.get_parts(geometry) for leaf in _parts(part)]
