"""Where people live, and so where radar finds points (§II-B), on one small map.

For the maps of some kilometres on which fills are compared: each is an independent draw, and its
density is scaled so that its mean over the map is exactly the one compared at.
:mod:`groundmotion.simulation.country` is another model of towns because scenes need the opposite:
towns tied to places on the ground, so that any window of a nation is the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.aliases import Floats, Maps
from groundmotion.errors import InputError


@dataclass(frozen=True)
class SettlementSettings:
    """A settled country on a small map.

    Parameters
    ----------
    mean_density, max_density
        Share of cells with a point, over the map and in the densest place.
    town_spacing_km
        Typical distance between towns.
    town_radius_m
        (smallest, largest), log-uniform.
    country_share
        Density in the open country relative to the middle of a town.
    texture_m
        Size of streets, parks and fields, by which density varies.
    road_spacing_km
        Typical distance between roads; 0 for none.
    """

    mean_density: float
    max_density: float
    town_spacing_km: float
    town_radius_m: tuple[float, float]
    country_share: float
    texture_m: float
    road_spacing_km: float


def clustered_density(
    shape: tuple[int, int], pixel_m: float, rng: np.random.Generator, settings: SettlementSettings
) -> Maps:
    """Lay out the density of points of a settled country: dense towns, sparse fields.

    ASSUME: towns are round with blurred edges, placed at random; streets and fields make density
    vary by a factor of about e; roads are straight, one to three cells wide and as dense as towns.

    Parameters
    ----------
    shape, pixel_m
        Of the map.
    rng
        Source of randomness.
    settings
        See :class:`SettlementSettings`.

    Returns
    -------
    ndarray
        (rows, cols) float32 probability that a cell holds a point.
    """
    size_km = np.array(shape) * pixel_m / 1000
    towns = np.full(shape, settings.country_share)
    margin_m = settings.town_radius_m[1]
    area_km2 = float(np.prod(size_km + 2 * margin_m / 1000))
    for _ in range(max(rng.poisson(area_km2 / settings.town_spacing_km**2), 1)):
        radius = np.exp(rng.uniform(*np.log(settings.town_radius_m))) / pixel_m
        row, col = rng.uniform(-margin_m / pixel_m, np.array(shape) + margin_m / pixel_m)
        _add_town(towns, row, col, radius)
    texture = ndimage.gaussian_filter(
        rng.standard_normal(shape), settings.texture_m / pixel_m, mode="wrap"
    )
    density = np.minimum(towns, 1.0) * np.exp(texture / texture.std())
    if settings.road_spacing_km > 0:
        for _ in range(rng.poisson(size_km.sum() / settings.road_spacing_km)):
            _add_road(density, rng)
    return _scaled_to_mean(density, settings.mean_density, settings.max_density)


def _add_town(towns: Floats, row: float, col: float, radius: float) -> None:
    reach = 3 * radius
    low = [max(int(c - reach), 0) for c in (row, col)]
    high = [min(int(c + reach) + 1, n) for c, n in zip((row, col), towns.shape, strict=True)]
    if low[0] >= high[0] or low[1] >= high[1]:
        return
    part = towns[low[0] : high[0], low[1] : high[1]]
    away = np.hypot(
        np.arange(low[0], high[0])[:, None] - row, np.arange(low[1], high[1])[None, :] - col
    )
    part += 1 / (1 + np.exp(np.minimum((away / radius - 1) * 6, 50)))


def _add_road(density: Floats, rng: np.random.Generator) -> None:
    angle, half_width = rng.uniform(0, np.pi), rng.uniform(0.5, 1.5)
    row, col = rng.uniform((0, 0), density.shape)
    across = (np.arange(density.shape[0])[:, None] - row) * np.cos(angle) - (
        np.arange(density.shape[1])[None, :] - col
    ) * np.sin(angle)
    density[np.abs(across) < half_width] += 1.0


def _scaled_to_mean(density: Floats, mean: float, largest: float) -> Maps:
    """Multiply so that the mean is right after values are cut at ``largest``."""
    if not 0 < mean < largest <= 1:
        raise InputError(
            f"mean density {mean}, largest {largest}: expected 0 < mean < largest <= 1"
        )
    low, high = 0.0, 1.0
    while np.minimum(density * high, largest).mean() < mean and high < 1e12:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if np.minimum(density * middle, largest).mean() < mean:
            low = middle
        else:
            high = middle
    return np.minimum(density * high, largest).astype(np.float32)


def draw_mask(density: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Place points at random: True with probability ``density``, cell by cell."""
    return rng.random(density.shape, dtype=np.float32) < density
