"""The settings of a simulated scene, and the points of a look.

All random numbers belong to places (:mod:`groundmotion.simulation.lattice`): any window of a scene
can be made by itself, and windows that overlap agree.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from groundmotion.aliases import Bounds, Floats
from groundmotion.constants import SENTINEL1_UK, LookGeometry, look_pass
from groundmotion.deformation import project_los
from groundmotion.errors import InputError
from groundmotion.simulation.coastline import land_within
from groundmotion.simulation.country import CountrySettings, point_density, polygon_mask
from groundmotion.simulation.disturbances import (
    DisturbanceSettings,
    RockyCoast,
    burst_ramps,
    foreshore,
    foreshore_rise,
    spike_clusters,
    spike_errors,
)
from groundmotion.simulation.lattice import (
    Window,
    correlated_map,
    normal_at,
    stream_key,
    uniform_at,
    uniform_map,
)
from groundmotion.simulation.sources import RandomSources, SceneSource, draw_sources, source_from

Settings = TypeVar("Settings")

#: Outlines of land and random sources are needed this far beyond a window.
MARGIN_M = 15_000.0

#: Coherence of simulated points: those below are not kept, and none is perfect.
_COHERENCE = (0.45, 0.95)


@dataclass(frozen=True)
class PassSettings:
    """One pass: its noise in the terms of §II-B, its offset, and how dense its points lie.

    ``a_mm2_yr2``, ``b_per_km`` and ``nugget_mm2_yr2`` as in :mod:`groundmotion.variogram`;
    ``reference_offset_mm_yr`` is added to every point, as an unstable reference would; densities
    are shares of cells.
    """

    a_mm2_yr2: float
    b_per_km: float
    nugget_mm2_yr2: float
    reference_offset_mm_yr: float
    town_density: float
    country_density: float


@dataclass(frozen=True)
class TruthSettings:
    """True areas are where |LOS velocity| exceeds the larger of a velocity and a share of peak."""

    min_mm_yr: float
    peak_share: float


@dataclass(frozen=True)
class SceneSettings:
    """All that a simulated scene is made from; ``seeds`` are the workflow's and the scene's own."""

    seeds: tuple[int, ...]
    coast: bool
    passes: Mapping[str, PassSettings]
    country: CountrySettings
    disturbances: DisturbanceSettings
    rocky_coasts: tuple[RockyCoast, ...]
    sources: tuple[SceneSource, ...]
    random_sources: tuple[RandomSources, ...]
    truth: TruthSettings


def scene_settings(shared: Mapping[str, Any], own: Mapping[str, Any], seed: int) -> SceneSettings:
    """Read the settings of a scene.

    Parameters
    ----------
    shared
        What all simulated scenes have in common (``simulation`` in config.yaml).
    own
        The scene's own ``simulation``; its values win, key by key.
    seed
        Of the workflow.

    Raises
    ------
    InputError
        If a key is missing or unknown, naming it.
    """
    section = _merged(shared, own)
    passes = {
        name: _build(PassSettings, values, f"passes.{name}")
        for name, values in section["passes"].items()
    }
    return SceneSettings(
        seeds=(seed, int(section["seed"])),
        coast=bool(section["coast"]),
        passes=passes,
        country=_build(CountrySettings, section["country"], "country"),
        disturbances=_build(DisturbanceSettings, section["disturbances"], "disturbances"),
        rocky_coasts=tuple(
            _build(RockyCoast, coast, "rocky_coasts") for coast in section["rocky_coasts"]
        ),
        sources=tuple(source_from(source) for source in section["sources"]),
        random_sources=tuple(_random_sources(kind) for kind in section["random_sources"]),
        truth=_build(TruthSettings, section["truth"], "truth"),
    )


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    section = dict(base)
    for key, value in over.items():
        is_section = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        section[key] = _merged(base[key], value) if is_section else value
    return section


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _build(kind: type[Settings], values: Mapping[str, Any], key: str) -> Settings:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if set(values) != names:
        mismatches = ", ".join(sorted(names ^ set(values)))
        raise InputError(f"simulation.{key}: missing or unknown: {mismatches}")
    return kind(**{name: _frozen(value) for name, value in values.items()})


def _random_sources(values: Mapping[str, Any]) -> RandomSources:
    shape = {key: _frozen(value) for key, value in values.items()}
    try:
        kind, rate, peak = (shape.pop(key) for key in ("kind", "per_100_km2", "peak_mm_yr"))
    except KeyError as error:
        raise InputError(f"simulation.random_sources: {dict(values)} has no {error}") from None
    # A source of that kind with the lowest numbers, to have its keys checked.
    SceneSource(kind, (0.0, 0.0), peak[0], {key: pair[0] for key, pair in shape.items()})
    return RandomSources(kind, rate, peak, shape)


def widened(bounds_m: Bounds) -> Bounds:
    """Return an extent widened by :data:`MARGIN_M`, over which the outline of land is needed."""
    left, bottom, right, top = bounds_m
    return left - MARGIN_M, bottom - MARGIN_M, right + MARGIN_M, top + MARGIN_M


def land_over(
    scene: SceneSettings, bounds_m: Bounds, crs: str, outline: BaseGeometry
) -> BaseGeometry:
    """Return where points may lie in an extent and :func:`widened` beyond it, in ``crs``.

    ``outline`` is in longitude and latitude and used by scenes with a coast only.
    """
    wide = widened(bounds_m)
    return land_within(outline, wide, crs) if scene.coast else shapely.box(*wide)


def look_seeds(scene: SceneSettings, look: str) -> tuple[int, ...]:
    """Return the seeds of one look of a scene."""
    return (*scene.seeds, zlib.crc32(look.encode()))


def sources_near(scene: SceneSettings, bounds_m: Bounds, land: BaseGeometry) -> list[SceneSource]:
    """Return the scene's sources, listed and random, that may move the ground in an extent."""
    box = shapely.box(*bounds_m)
    random_sources = draw_sources(scene.random_sources, scene.seeds, widened(bounds_m), land)
    return [
        source
        for source in (*scene.sources, *random_sources)
        if box.distance(shapely.Point(source.centre_m)) < source.reach_m
    ]


def simulate_look(
    scene: SceneSettings, look: str, window: Window, land: BaseGeometry
) -> pd.DataFrame:
    """Simulate the points of one look in a window.

    Parameters
    ----------
    scene
        See :class:`SceneSettings`.
    look
        As ``"asc"`` or ``"desc022"``; looks of one pass share their settings, not their noise.
    window
        Cells, at most one point in each.
    land
        Polygons, reaching :data:`MARGIN_M` beyond the window.

    Returns
    -------
    DataFrame
        ``easting_m, northing_m, velocity_mm_yr`` (LOS, positive toward the satellite),
        ``velocity_std_mm_yr, coherence, los_east, los_north, los_up``; northern rows first.
    """
    name = look_pass(look)
    if name not in scene.passes:
        raise InputError(f"look {look}: the simulation has no pass {name}; add passes.{name}")
    settings, geometry = scene.passes[name], SENTINEL1_UK[name]
    seeds = look_seeds(scene, look)
    rows, cols = np.nonzero(_point_mask(scene, settings, seeds, window, land))
    row, col = rows + window.row, cols + window.col
    shift = [uniform_at(stream_key(seeds, axis), row, col) for axis in ("x", "y")]
    east, north = (col + shift[0]) * window.pixel_m, -(row + shift[1]) * window.pixel_m

    velocity = deformation_at(sources_near(scene, window.bounds, land), geometry, east, north)
    if len(rows):
        atmosphere = correlated_map(stream_key(seeds, "atmosphere"), window, settings.b_per_km)
        velocity += np.sqrt(settings.a_mm2_yr2) * atmosphere[rows, cols]
    coherence, std = _quality(settings, uniform_at(stream_key(seeds, "coherence"), row, col))
    velocity += std * normal_at(stream_key(seeds, "nugget"), row, col)
    velocity += settings.reference_offset_mm_yr
    velocity += burst_ramps(scene.disturbances, seeds, geometry, east, north)
    clusters = spike_clusters(scene.disturbances, seeds, window.bounds)
    velocity += spike_errors(scene.disturbances, clusters, seeds, row, col, window.pixel_m)
    for coast in scene.rocky_coasts:
        velocity += foreshore_rise(coast, foreshore(coast, land)[0], east, north)

    table = {"velocity_mm_yr": velocity, "velocity_std_mm_yr": std, "coherence": coherence}
    los = zip(("los_east", "los_north", "los_up"), geometry.unit_vector(), strict=True)
    table |= {column: np.full(len(row), part) for column, part in los}
    single = {column: values.astype(np.float32) for column, values in table.items()}
    return pd.DataFrame({"easting_m": east, "northing_m": north, **single})


def _point_mask(
    scene: SceneSettings,
    settings: PassSettings,
    seeds: tuple[int, ...],
    window: Window,
    land: BaseGeometry,
) -> NDArray[np.bool_]:
    ground = polygon_mask([land], window)
    strips = [polygon_mask([foreshore(coast, land)[1]], window) for coast in scene.rocky_coasts]
    if not ground.any() and not any(rocks.any() for rocks in strips):
        return ground
    density = point_density(
        scene.country, scene.seeds, window, settings.town_density, settings.country_density
    )
    density[~ground] = 0.0
    for coast, rocks in zip(scene.rocky_coasts, strips, strict=True):
        density[rocks] = np.maximum(density[rocks], coast.density)
    return uniform_map(stream_key(seeds, "mask"), window) < density


def _quality(settings: PassSettings, uniform: Floats) -> tuple[Floats, Floats]:
    """Return coherence and standard deviation of points, with the nugget as mean variance.

    ASSUME: variance goes as (1 − γ²)/γ², γ uniform, so that spikes have heavier tails than the
    Gaussian ones of the training examples.
    """
    low, high = _COHERENCE
    coherence = low + (high - low) * uniform
    mean = 1 / (low * high) - 1
    variance = settings.nugget_mm2_yr2 * (1 / coherence**2 - 1) / mean
    return coherence, np.sqrt(variance)


def deformation_at(
    sources: Sequence[SceneSource], look: LookGeometry, easting_m: Floats, northing_m: Floats
) -> Floats:
    """Return the LOS velocity of sources at points (n,), mm/yr; zero beyond their reach."""
    total = np.zeros(len(easting_m))
    for source in sources:
        away = np.hypot(easting_m - source.centre_m[0], northing_m - source.centre_m[1])
        near = np.flatnonzero(away < source.reach_m)
        displacement = source.displacement(easting_m[near], northing_m[near])
        total[near] += project_los(displacement, look)
    return total
