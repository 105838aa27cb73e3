"""What is true of a simulated scene: where the ground moves, and what only looks like it."""

from collections.abc import Sequence

import geopandas
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.deformation import project_los
from groundmotion.grid import pixel_centres
from groundmotion.simulation.disturbances import (
    Disturbance,
    burst_borders,
    foreshore,
    spike_clusters,
)
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import SceneSettings, TruthSettings, look_seeds, sources_near
from groundmotion.simulation.sources import LINE_KINDS, SceneSource


def true_areas(
    scene: SceneSettings, looks: Sequence[str], window: Window, land: BaseGeometry, crs: str
) -> geopandas.GeoDataFrame:
    """Return where the ground moves in a window, one row per source.

    Returns
    -------
    GeoDataFrame
        ``kind, family`` (compact or line), ``direction`` (of the vertical motion),
        ``easting_m, northing_m`` of the centre, ``size_m, peak_mm_yr`` (vertical; of a landslide
        down the slope), ``peak_<look>_mm_yr`` (LOS, signed), ``area_km2`` and the polygon where a
        look's |LOS velocity| exceeds :class:`TruthSettings`, cut at the window. Sources that
        exceed it nowhere are left out.
    """
    rows = []
    for source in sources_near(scene, window.bounds, land):
        peaks, polygon = _true_area(source, looks, scene.truth, window)
        polygon = shapely.clip_by_rect(polygon, *window.bounds)
        if polygon.area == 0:
            continue
        rows.append(
            {
                "kind": source.kind,
                "family": "line" if source.kind in LINE_KINDS else "compact",
                "direction": _direction(source),
                "easting_m": source.centre_m[0],
                "northing_m": source.centre_m[1],
                "size_m": source.size_m,
                "peak_mm_yr": source.peak_mm_yr,
                **{f"peak_{look}_mm_yr": peak for look, peak in peaks.items()},
                "area_km2": polygon.area / 1e6,
                "geometry": polygon,
            }
        )
    columns = ["kind", "family", "direction", "easting_m", "northing_m", "size_m", "peak_mm_yr"]
    columns += [f"peak_{look}_mm_yr" for look in looks] + ["area_km2", "geometry"]
    return geopandas.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=crs)


def _direction(source: SceneSource) -> str:
    down = source.kind == "landslide" or source.peak_mm_yr < 0
    return "subsidence" if down else "uplift"


def _true_area(
    source: SceneSource, looks: Sequence[str], truth: TruthSettings, window: Window
) -> tuple[dict[str, float], BaseGeometry]:
    east, north = source.centre_m
    # Beyond three times its size a point source is below a twentieth of its peak.
    half = min(source.reach_m, 3 * source.size_m)
    local = window_over((east - half, north - half, east + half, north + half), window.pixel_m)
    centres = pixel_centres(local.transform, local.shape)
    displacement = source.displacement(*np.meshgrid(*centres))
    peaks, polygons = {}, []
    for look in looks:
        los = project_los(displacement, SENTINEL1_UK[look_pass(look)])
        peaks[look] = float(los.flat[np.abs(los).argmax()])
        limit = max(truth.min_mm_yr, truth.peak_share * abs(peaks[look]))
        mask = (np.abs(los) > limit).astype(np.uint8)
        shapes = rasterio.features.shapes(mask, mask == 1, transform=local.transform)
        polygons += [shape(polygon) for polygon, _ in shapes]
    return peaks, shapely.union_all(polygons)


def known_artefacts(
    scene: SceneSettings, looks: Sequence[str], window: Window, land: BaseGeometry, crs: str
) -> geopandas.GeoDataFrame:
    """Return the places in a window that look like motion and are none.

    Returns
    -------
    GeoDataFrame
        ``kind`` (spike_cluster, burst_border, rocky_coast), ``looks`` it is in, ``peak_mm_yr``
        (largest spike, step, or seeming uplift) and the polygon. Single spikes are not listed.
    """
    rows = []
    for look in looks:
        seeds = look_seeds(scene, look)
        geometry = SENTINEL1_UK[look_pass(look)]
        disturbances = [
            Disturbance("spike_cluster", scene.disturbances.spike_mm_yr[1], circle)
            for circle in (
                shapely.Point(east, north).buffer(radius)
                for east, north, radius in spike_clusters(scene.disturbances, seeds, window.bounds)
            )
        ]
        disturbances += burst_borders(scene.disturbances, seeds, geometry, window.bounds)
        rows += [
            (disturbance.kind, look, disturbance.peak_mm_yr, disturbance.polygon)
            for disturbance in disturbances
        ]
    box = shapely.box(*window.bounds)
    for coast in scene.rocky_coasts:
        strip = shapely.intersection(foreshore(coast, land)[1], box)
        if strip.area > 0:
            rows.append(("rocky_coast", "+".join(looks), coast.peak_mm_yr, strip))
    columns = ["kind", "looks", "peak_mm_yr", "geometry"]
    rows = [row for row in rows if shapely.intersects(row[-1], land)]
    return geopandas.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=crs)


def points_within(areas: geopandas.GeoDataFrame, table: pd.DataFrame) -> NDArray[np.int64]:
    """Count the points of a look (``easting_m, northing_m``) in each area, (n,)."""
    places = shapely.points(table[["easting_m", "northing_m"]].to_numpy())
    tree = shapely.STRtree(np.atleast_1d(np.asarray(places)))
    number, _ = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    return np.bincount(number, minlength=len(areas))
