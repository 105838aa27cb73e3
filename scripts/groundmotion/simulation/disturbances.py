"""What a velocity map of simulated points holds that is neither deformation nor atmosphere.

Single spikes, clusters of spikes (Bristol, Fig. 8d), ramps and steps between the bursts of which a
radar image is made, and rocky foreshores that seem to rise (Carradale, Fig. 7d).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds, Floats, Range
from groundmotion.constants import LookGeometry
from groundmotion.simulation.lattice import coarse_cells, normal_at, stream_key, uniform_at

#: Clusters are drawn cell by cell of this size.
_CELL_M = 10_000.0

#: Half width of the strip that marks the border between two bursts, metres.
_BORDER_M = 100.0


@dataclass(frozen=True)
class RockyCoast:
    """A foreshore that seems to rise: within a circle, a strip on both sides of the coastline.

    ``peak_mm_yr`` at the water's edge falls linearly to nothing at ``width_m``; ``density`` is the
    share of its cells with a point.
    """

    centre_m: tuple[float, float]
    radius_m: float
    width_m: float
    peak_mm_yr: float
    density: float


@dataclass(frozen=True)
class DisturbanceSettings:
    """What goes wrong, and how much.

    Parameters
    ----------
    spike_share
        Share of points with an error of the size ``spike_mm_yr``, of either sign.
    spike_mm_yr
        (lowest, highest).
    clusters_per_100_km2
        Expected number of places where spikes crowd.
    cluster_radius_m
        (lowest, highest).
    cluster_share
        Share of spikes within a cluster.
    burst_length_km
        Length of a burst along the flight direction.
    burst_ramp_mm_yr_per_km
        Standard deviation of the ramp along a burst; neighbours differ at their border.
    """

    spike_share: float
    spike_mm_yr: Range
    clusters_per_100_km2: float
    cluster_radius_m: Range
    cluster_share: float
    burst_length_km: float
    burst_ramp_mm_yr_per_km: float


@dataclass(frozen=True)
class Disturbance:
    """One thing listed in the layer ``artefacts``: kind, size in mm/yr, and where it is."""

    kind: str
    peak_mm_yr: float
    polygon: BaseGeometry


def spike_clusters(
    settings: DisturbanceSettings, seeds: tuple[int, ...], bounds_m: Bounds
) -> list[tuple[float, float, float]]:
    """Return (easting, northing, radius) of the clusters that touch an extent, metres."""
    left, bottom, right, top = bounds_m
    far = settings.cluster_radius_m[1]
    clusters = []
    wide = (left - far, bottom - far, right + far, top + far)
    for corner, rng in coarse_cells(seeds, "spike clusters", wide, _CELL_M):
        for _ in range(rng.poisson(settings.clusters_per_100_km2 * (_CELL_M / 10_000) ** 2)):
            east, north = corner[0] + _CELL_M * rng.random(), corner[1] + _CELL_M * rng.random()
            radius = rng.uniform(*settings.cluster_radius_m)
            if shapely.box(*bounds_m).distance(shapely.Point(east, north)) < radius:
                clusters.append((east, north, radius))
    return clusters


def spike_errors(
    settings: DisturbanceSettings,
    clusters: list[tuple[float, float, float]],
    seeds: tuple[int, ...],
    row: NDArray[np.int64],
    col: NDArray[np.int64],
    pixel_m: float,
) -> Floats:
    """Return the errors of points in lattice cells (n,), mm/yr: zero for most."""
    share = np.full(len(row), settings.spike_share)
    east, north = (col + 0.5) * pixel_m, -(row + 0.5) * pixel_m
    for centre_east, centre_north, radius in clusters:
        near = np.hypot(east - centre_east, north - centre_north) < radius
        share[near] = settings.cluster_share
    hit = uniform_at(stream_key(seeds, "spike"), row, col) < share
    side = 2 * uniform_at(stream_key(seeds, "spike size"), row, col) - 1
    low, high = settings.spike_mm_yr
    return np.where(hit, np.sign(side) * (low + (high - low) * np.abs(side)), 0.0)


def burst_ramps(
    settings: DisturbanceSettings,
    seeds: tuple[int, ...],
    look: LookGeometry,
    easting_m: Floats,
    northing_m: Floats,
) -> Floats:
    """Return the ramps of the bursts at points (n,), mm/yr."""
    # ASSUME: bursts follow each other without overlap, and each is tilted along the flight.
    burst = _along(look, easting_m, northing_m) / (settings.burst_length_km * 1000)
    number = np.floor(burst).astype(np.int64)
    slope = settings.burst_ramp_mm_yr_per_km * normal_at(stream_key(seeds, "burst"), number, 0)
    return np.asarray(slope * (burst - number - 0.5) * settings.burst_length_km)


def _along(look: LookGeometry, easting_m: Floats, northing_m: Floats) -> Floats:
    heading = np.radians(look.heading_deg)
    return np.asarray(easting_m * np.sin(heading) + northing_m * np.cos(heading))


def burst_borders(
    settings: DisturbanceSettings, seeds: tuple[int, ...], look: LookGeometry, bounds_m: Bounds
) -> Iterator[Disturbance]:
    """Yield the borders between bursts within an extent; their size is the step across them."""
    left, bottom, right, top = bounds_m
    corners = _along(look, np.array([left, left, right, right]), np.array([bottom, top] * 2))
    length = settings.burst_length_km * 1000
    heading = np.radians(look.heading_deg)
    ahead = np.array([np.sin(heading), np.cos(heading)])
    aside = np.array([np.cos(heading), -np.sin(heading)])
    key = stream_key(seeds, "burst")
    for number in range(int(np.ceil(corners.min() / length)), int(corners.max() // length) + 1):
        slopes = settings.burst_ramp_mm_yr_per_km * normal_at(key, [number - 1, number], 0)
        step = -float(slopes.sum()) * settings.burst_length_km / 2
        middle = number * length * ahead
        middle = middle + aside * float((np.array([left, bottom]) - middle) @ aside)
        far = aside * float(np.hypot(right - left, top - bottom))
        strip = shapely.LineString([middle - far, middle + far]).buffer(_BORDER_M)
        border = shapely.clip_by_rect(strip, *bounds_m)
        if not border.is_empty:
            yield Disturbance("burst_border", step, border)


def foreshore(coast: RockyCoast, land: BaseGeometry) -> tuple[BaseGeometry, BaseGeometry]:
    """Return the coastline within the circle of a rocky coast and the strip along it.

    ``land`` must reach beyond the circle: the edge of an extent would pass for a coast.
    """
    circle = shapely.Point(coast.centre_m).buffer(coast.radius_m)
    line = shapely.intersection(shapely.boundary(land), circle)
    return line, shapely.intersection(line.buffer(coast.width_m), circle)


def foreshore_rise(
    coast: RockyCoast, line: BaseGeometry, easting_m: Floats, northing_m: Floats
) -> Floats:
    """Return the seeming uplift of points on a rocky coast (n,), mm/yr."""
    rise = np.zeros(len(easting_m))
    if line.is_empty:
        return rise
    reach = np.hypot(easting_m - coast.centre_m[0], northing_m - coast.centre_m[1])
    near = np.flatnonzero(reach < coast.radius_m)
    distance = shapely.distance(line, shapely.points(easting_m[near], northing_m[near]))
    rise[near] = coast.peak_mm_yr * np.clip(1 - distance / coast.width_m, 0.0, 1.0)
    return rise
