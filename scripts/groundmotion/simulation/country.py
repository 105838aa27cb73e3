"""Where a simulated country has points: towns, roads, open country, sea.

Every part is tied to places on the ground (:mod:`groundmotion.simulation.lattice`), so that any
window of a nation has the same towns and roads, whoever asks for it; a density holds on average
over the country, not in a window. :mod:`groundmotion.synthesis.settlements` is another model of
towns because a comparison of fills needs the opposite: small maps that are independent draws, each
with exactly the mean density that it is compared at.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds, Maps
from groundmotion.errors import InputError
from groundmotion.simulation.lattice import Window, coarse_cells, correlated_map, stream_key

#: Half width of roads, metres: a carriageway with its verges and walls.
_ROAD_HALF_WIDTH_M = 10.0


@dataclass(frozen=True)
class CountrySettings:
    """A settled country.

    Parameters
    ----------
    towns
        (easting, northing, radius) of towns that are there for certain, metres.
    town_spacing_km
        One random town, on average, in a square of this side.
    town_radius_m
        (smallest, largest), log-uniform.
    road_spacing_km
        Side of the meshes of the road network.
    texture_m, texture_sigma
        Range of streets, parks and fields, and how much they vary (of the logarithm of density).
    max_density
        Largest share of cells with a point.
    """

    towns: tuple[tuple[float, float, float], ...]
    town_spacing_km: float
    town_radius_m: tuple[float, float]
    road_spacing_km: float
    texture_m: float
    texture_sigma: float
    max_density: float


def point_density(
    country: CountrySettings,
    seeds: tuple[int, ...],
    window: Window,
    town_density: float,
    country_density: float,
) -> Maps:
    """Return the expected share of cells with a point, (rows, cols) float32, sea not yet cut out.

    ``town_density`` holds in towns and on roads, ``country_density`` elsewhere; both are means
    over the texture, before values are cut at ``max_density``.
    """
    if not 0 <= country_density <= town_density <= country.max_density <= 1:
        raise InputError(
            f"densities: country {country_density}, town {town_density}, largest "
            f"{country.max_density}: expected 0 <= country <= town <= largest <= 1"
        )
    urban, texture = _pattern(country, seeds, window)
    density = country_density + (town_density - country_density) * urban
    density *= texture
    return np.minimum(density, country.max_density).astype(np.float32)


@lru_cache(maxsize=1)
def _pattern(country: CountrySettings, seeds: tuple[int, ...], window: Window) -> tuple[Maps, Maps]:
    """Return what looks share: how far cells lie in towns or on roads, and the texture of points.

    ASSUME: the texture is log-normal of mean one; looks see the same streets and fields.
    """
    urban = np.minimum(urban_share(country, seeds, window), 1.0)
    urban[road_mask(country, seeds, window)] = 1.0
    # In double precision, since a cell at the limit has a point in all windows or in none.
    decay = 1000 / country.texture_m
    texture = correlated_map(stream_key(seeds, "texture"), window, decay, double=True)
    sigma = np.float32(country.texture_sigma)
    return urban, np.exp(sigma * texture - sigma**2 / 2)


def towns_within(
    country: CountrySettings, seeds: tuple[int, ...], bounds_m: Bounds
) -> list[tuple[float, float, float]]:
    """Return (easting, northing, radius) of the towns that may touch an extent, metres."""
    far = 2 * max([country.town_radius_m[1], *(radius for _, _, radius in country.towns)])
    left, bottom, right, top = bounds_m
    wide = (left - far, bottom - far, right + far, top + far)
    towns = list(country.towns)
    size = country.town_spacing_km * 1000
    low, high = np.log(country.town_radius_m)
    for corner, rng in coarse_cells(seeds, "towns", wide, size):
        for _ in range(rng.poisson(1.0)):
            east, north = corner[0] + size * rng.random(), corner[1] + size * rng.random()
            towns.append((east, north, float(np.exp(rng.uniform(low, high)))))
    return towns


def urban_share(country: CountrySettings, seeds: tuple[int, ...], window: Window) -> Maps:
    """Return how far cells lie in towns, (rows, cols) float32: 1 in the middle, 0 outside.

    ASSUME: towns are round with edges a third of their radius wide; towns that overlap add up.
    """
    share = np.zeros(window.shape, np.float32)
    for east, north, radius in towns_within(country, seeds, window.bounds):
        col, row = ~window.transform @ (east, north)
        reach = 2 * radius / window.pixel_m
        rows = slice(max(int(row - reach), 0), max(min(int(row + reach), window.rows), 0))
        cols = slice(max(int(col - reach), 0), max(min(int(col + reach), window.cols), 0))
        part = share[rows, cols]
        if part.size == 0:
            continue
        away = np.hypot(
            np.arange(rows.start, rows.stop)[:, None] + 0.5 - row,
            np.arange(cols.start, cols.stop) + 0.5 - col,
        )
        part += 1 / (1 + np.exp(9 * (away * window.pixel_m / radius - 1)))
    return share


def road_mask(
    country: CountrySettings, seeds: tuple[int, ...], window: Window
) -> NDArray[np.bool_]:
    """Return where roads run, (rows, cols): straight ones between the knots of a crooked net."""
    size = country.road_spacing_km * 1000
    left, bottom, right, top = window.bounds
    wide = (left - 2 * size, bottom - 2 * size, right + 2 * size, top + 2 * size)
    knots = {
        (round(corner[1] / size), round(corner[0] / size)): (
            corner[0] + size * rng.random(),
            corner[1] + size * rng.random(),
        )
        for corner, rng in coarse_cells(seeds, "roads", wide, size)
    }
    lines = [
        shapely.LineString([knot, knots[other]])
        for (i, j), knot in knots.items()
        for other in ((i + 1, j), (i, j + 1))
        if other in knots
    ]
    return polygon_mask([line.buffer(_ROAD_HALF_WIDTH_M) for line in lines], window)


def polygon_mask(polygons: list[BaseGeometry], window: Window) -> NDArray[np.bool_]:
    """Return the cells whose centre lies within polygons, (rows, cols)."""
    box = shapely.box(*window.bounds)
    near = [polygon for polygon in polygons if polygon.intersects(box)]
    if not near:
        return np.zeros(window.shape, bool)
    if any(polygon.contains(box) for polygon in near):
        return np.ones(window.shape, bool)
    cells = rasterio.features.rasterize(near, window.shape, transform=window.transform)
    return np.asarray(cells == 1)
