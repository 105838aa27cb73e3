"""Detectors of whole scenes by name: from the points of the looks to polygons.

A new one joins here: a word in :data:`groundmotion.names.DETECTORS`, and in :data:`MAKERS` a
function that makes the detector from the sections of the configuration.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from groundmotion.aliases import Bounds, Maps
from groundmotion.areas.clustering import ClusteringSettings, cluster_areas
from groundmotion.areas.dense import dense_areas
from groundmotion.areas.polygons import AreaSettings, probability_areas
from groundmotion.areas.sources import no_sources
from groundmotion.areas.thresholds import ThresholdSettings, threshold_areas
from groundmotion.detection.dense import DenseModel, dense_probability
from groundmotion.detection.detector import Detector
from groundmotion.detection.looks import merge_looks
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.detection.sources.search import search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.errors import InputError
from groundmotion.grid import Grid, beyond_gap, grid_over, rasterise
from groundmotion.interpolation.filler import Filler
from groundmotion.synthesis.dense import NOISE_LAG_CELLS
from groundmotion.workflow.models import read_dense, read_detector
from groundmotion.workflow.sources import (
    look_points,
    look_supply,
    noise_content,
    noise_from,
    noise_std,
    outlined_sources,
    source_layers,
    source_settings,
    table_supply,
    toward_satellite,
)

#: Look → table with ``easting_m, northing_m, velocity_mm_yr, velocity_std_mm_yr``.
Points = Mapping[str, pd.DataFrame]

#: Takes points, extent (left, bottom, right, top), pixel size and CRS; returns polygons with a
#: column ``direction`` (uplift, subsidence, none), and ``peak_mm_yr`` and ``peak_std_mm_yr`` (of
#: the LOS velocity, signed) where it knows them.
SceneDetector = Callable[[Points, Bounds, float, str], GeoDataFrame]

#: Files of a model: weights, description, calibration.
ModelFiles = Sequence[Path]

#: Makes a detector from sections of the configuration and the files of its model, if it has one.
Maker = Callable[[Mapping[str, Any], ModelFiles], SceneDetector]


def make_detectors(
    names: Sequence[str], sections: Mapping[str, Any], model_files: Mapping[str, ModelFiles]
) -> dict[str, SceneDetector]:
    """Make detectors by their names.

    Parameters
    ----------
    names
        Of :data:`groundmotion.names.DETECTORS`.
    sections
        Of the configuration: those that the detectors named read.
    model_files
        Of the models of ``windows`` and ``dense``, by these names.

    Raises
    ------
    InputError
        If a name is unknown, or a detector needs a model and there is none.
    """
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        raise InputError(f"detectors {', '.join(unknown)}: expected some of {', '.join(MAKERS)}")
    return {name: MAKERS[name](sections, model_files.get(name, ())) for name in names}


def _threshold(sections: Mapping[str, Any], _model_files: ModelFiles, layer: str) -> SceneDetector:
    numbers = sections["thresholds"]
    settings = ThresholdSettings(numbers["dilation_px"], numbers["min_points"])

    def outline(points: Points, bounds: Bounds, pixel_m: float, crs: str) -> GeoDataFrame:
        maps = {look: _velocity_map(t, bounds, pixel_m, crs) for look, t in points.items()}
        return threshold_areas(maps, numbers[f"{layer}_mm_yr"], settings)

    return outline


def _clustering(sections: Mapping[str, Any], _model_files: ModelFiles) -> SceneDetector:
    settings = ClusteringSettings(**sections["clustering"])

    def outline(points: Points, _bounds: Bounds, _pixel_m: float, crs: str) -> GeoDataFrame:
        return cluster_areas(points, settings, crs)

    return outline


def _windows(sections: Mapping[str, Any], model_files: ModelFiles) -> SceneDetector:
    """Outline where a network that judges windows finds deformation probable, as in scenes."""
    if not model_files:
        raise InputError("detector windows: needs a model; name one in trials.model")
    numbers, areas = sections["fills"], sections["areas"]
    settings = DetectionSettings.from_config(sections["windows"], sections["detection"])
    levels = AreaSettings(tuple(areas["levels"]), areas["ring_px"], areas["min_points"])

    @cache
    def detector_at(pixel_m: float) -> Detector:
        weights, model, calibration = model_files
        return read_detector(weights, model, calibration, pixel_m, sections["device"])

    def outline(points: Points, bounds: Bounds, pixel_m: float, crs: str) -> GeoDataFrame:
        filler = Filler.from_config(sections["fill"], numbers, pixel_m)
        maps = {look: _velocity_map(t, bounds, pixel_m, crs) for look, t in points.items()}
        probabilities = {}
        for look, grid in maps.items():
            near = filler.near(grid.values, filler(grid.values))
            has_point = np.isfinite(grid.values)
            scores = detect(near, has_point, detector_at(pixel_m), settings, _without_bar)
            probabilities[look] = filler.near(grid.values, scores)
        first = next(iter(maps.values()))
        merged = Grid(merge_looks(probabilities), first.transform, crs)
        return probability_areas(merged, points, levels)

    return outline


def _sources(sections: Mapping[str, Any], _model_files: ModelFiles) -> SceneDetector:
    """Outline what stands above the scene's own noise, as in scenes, without single structures."""
    settings = SearchSettings.from_config(sections["significance"], sections["seed"])

    def outline(points: Points, bounds: Bounds, pixel_m: float, crs: str) -> GeoDataFrame:
        supply, scene = table_supply(points), {"bounds": bounds, "pixel_m": pixel_m}
        toward = {look: toward_satellite(look, table) for look, table in points.items()}
        noise = noise_from(noise_content(supply, toward, scene, settings, 1))
        if noise is None:
            return no_sources(crs)
        supplied = look_supply(supply)
        windows = search_windows(supplied, noise, bounds, settings, _without_bar)
        atoms = [atom for window in windows for atom in window.atoms]
        rules = source_settings(sections["sources"])
        return source_layers(outlined_sources(atoms, supply, noise, (bounds, crs), rules))["areas"]

    return outline


def _dense(sections: Mapping[str, Any], model_files: ModelFiles) -> SceneDetector:
    """Outline where the dense network sees motion one way, cell by cell."""
    if not model_files:
        raise InputError("detector dense: needs the files of its model")
    numbers, gap_m = sections["dense_detection"], sections["fills"]["max_gap_m"]
    settings = SearchSettings.from_config(sections["significance"], sections["seed"])

    @cache
    def model() -> DenseModel:
        weights, description, calibration = model_files
        return read_dense(weights, description, calibration, sections["device"])

    def outline(points: Points, bounds: Bounds, _pixel_m: float, crs: str) -> GeoDataFrame:
        cell_m = numbers["cell_m"]
        transform, shape = grid_over(bounds, cell_m)
        empty = np.full(shape, np.nan, np.float32)
        ways: list[dict[str, Maps]] = [{}, {}]
        for look, table in points.items():
            known = look_points(table)
            std = noise_std(known, bounds, settings, NOISE_LAG_CELLS * cell_m)
            if std is None:
                continue
            places = known.easting_m, known.northing_m, known.velocity
            means, counts = rasterise(*places, transform, shape)
            far = beyond_gap(counts > 0, gap_m / cell_m)
            both = dense_probability(means, counts.astype(np.float32), std, model())
            for way, said in zip(ways, both, strict=True):
                way[look] = np.where(far, np.float32(np.nan), said)
        up, down = (Grid(merge_looks(w) if w else empty, transform, crs) for w in ways)
        return dense_areas(up, down, numbers["probability"], numbers["peak_logit"])

    return outline


#: Name → what makes the detector.
MAKERS: dict[str, Maker] = {
    **{f"threshold_{name}": partial(_threshold, layer=name) for name in ("slow", "medium", "fast")},
    "clustering": _clustering,
    "windows": _windows,
    "sources": _sources,
    "dense": _dense,
}


def _without_bar(items: Iterable[Any], _title: str) -> Iterable[Any]:
    return items


def _velocity_map(table: pd.DataFrame, bounds: Bounds, pixel_m: float, crs: str) -> Grid:
    """Grid the velocities of one look."""
    transform, shape = grid_over(bounds, pixel_m)
    columns = ("easting_m", "northing_m", "velocity_mm_yr")
    easting, northing, velocity = (table[column].to_numpy() for column in columns)
    values, _ = rasterise(easting, northing, velocity, transform, shape)
    return Grid(values, transform, crs)
