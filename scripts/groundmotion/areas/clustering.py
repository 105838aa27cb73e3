"""The clustering baseline: active deformation areas as ground-motion services outline them.

Points faster than some standard deviations of the scene are joined with their neighbours (Barra et
al. 2017; Navarro et al. 2020).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
import shapely

from groundmotion.aliases import Integers
from groundmotion.areas.labelling import velocity_summary
from groundmotion.areas.thresholds import THRESHOLD_COLUMNS
from groundmotion.noise.outliers import robust_std


@dataclass(frozen=True)
class ClusteringSettings:
    """What makes a cluster, and how it is outlined.

    Parameters
    ----------
    sigmas
        A point is fast if its |velocity| exceeds so many robust standard deviations of its look.
    neighbour_m
        Distance within which fast points are neighbours.
    min_points
        Fast points within that distance of one, itself included, that make it part of a cluster.
    outline_m
        Radius of the discs about the points of a cluster, whose union is its outline.
    """

    sigmas: float
    neighbour_m: float
    min_points: int
    outline_m: float


def cluster_areas(
    points: Mapping[str, pd.DataFrame], settings: ClusteringSettings, crs: str
) -> geopandas.GeoDataFrame:
    """Outline where fast points of one sign lie close together.

    Parameters
    ----------
    points
        Look → table with ``easting_m, northing_m, velocity_mm_yr`` (LOS).
    settings
        See :class:`ClusteringSettings`.
    crs
        Of the coordinates.

    Returns
    -------
    GeoDataFrame
        Columns :data:`groundmotion.areas.thresholds.THRESHOLD_COLUMNS`, of the fast points; largest
        areas first. ``direction`` is the sign that all points of a cluster have.
    """
    fast = _fast_points(points, settings.sigmas)
    fast["label"], count = _labels(fast, settings)
    members = fast[fast["label"] > 0]
    table = velocity_summary(members, count)
    table["direction"] = np.where(table["velocity_median_mm_yr"] > 0, "uplift", "subsidence")
    table["geometry"] = pd.Series(_outlines(members, settings.outline_m), dtype=object)
    layer = geopandas.GeoDataFrame(table, geometry="geometry", crs=crs)
    layer["area_km2"] = layer.area / 1e6
    layer = layer.sort_values("area_km2", ascending=False, kind="stable").reset_index(drop=True)
    return layer[list(THRESHOLD_COLUMNS)]


def _fast_points(points: Mapping[str, pd.DataFrame], sigmas: float) -> pd.DataFrame:
    """Return the fast points of all looks: easting_m, northing_m, v, look.

    ASSUME: as in the services, velocity counts from zero, not from the scene's median; looks are
    put together, and a place that is fast in either is fast.
    """
    parts = []
    for look, table in points.items():
        velocity = table["velocity_mm_yr"].to_numpy(np.float64)
        std = robust_std(velocity)
        # Where most points are equal there is no scale, and nothing is fast.
        is_fast = (np.abs(velocity) > sigmas * std) & (std > 0)
        part = table.loc[is_fast, ["easting_m", "northing_m"]]
        parts.append(part.assign(v=velocity[is_fast], look=look))
    return pd.concat(parts, ignore_index=True)


def _labels(fast: pd.DataFrame, settings: ClusteringSettings) -> tuple[Integers, int]:
    """Give the points of each cluster its number from 1, 0 to points of none; count clusters."""
    # Imported where it is used: most of what outlines areas does without.
    from sklearn.cluster import DBSCAN

    labels, count = np.zeros(len(fast), np.int64), 0
    places = fast[["easting_m", "northing_m"]].to_numpy(np.float64)
    cluster = DBSCAN(eps=settings.neighbour_m, min_samples=settings.min_points)
    for is_of_sign in (fast["v"].to_numpy() > 0, fast["v"].to_numpy() < 0):
        if is_of_sign.any():
            numbers = cluster.fit_predict(places[is_of_sign])
            labels[is_of_sign] = np.where(numbers < 0, 0, numbers + 1 + count)
            count += int(numbers.max()) + 1
    return labels, count


def _outlines(members: pd.DataFrame, outline_m: float) -> dict[int, shapely.Geometry]:
    """Return the union of the discs about the points of each label."""
    places = members[["easting_m", "northing_m"]].to_numpy(np.float64)
    discs = np.asarray(shapely.buffer(shapely.points(places), outline_m))
    labels = members["label"].to_numpy()
    return {int(label): shapely.union_all(discs[labels == label]) for label in np.unique(labels)}
