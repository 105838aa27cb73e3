"""Regions of a map, their outlines, and what the points in them do."""

import geopandas
import numpy as np
import pandas as pd
import rasterio.features
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import shape as to_geometry

from groundmotion.constants import look_pass
from groundmotion.grid import Grid

Labels = NDArray[np.int32]


def labelled(mask: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Give regions, whose cells share an edge, numbers from 1; 0 is the rest."""
    labels, count = ndimage.label(mask)
    return labels.astype(np.int32), int(count)


def cell_counts(labels: Labels, count: int) -> NDArray[np.int64]:
    """Count the cells of each label, (count,) from label 1 on."""
    return np.bincount(labels.ravel(), minlength=count + 1)[1:]


def outlines(labels: Labels, grid: Grid) -> geopandas.GeoSeries:
    """Return the outline of each label, in order, under its label."""
    shapes = rasterio.features.shapes(labels, labels > 0, transform=grid.transform)
    polygons = {int(label): to_geometry(shape) for shape, label in shapes}
    ids = sorted(polygons)
    return geopandas.GeoSeries([polygons[label] for label in ids], index=ids, crs=grid.crs)


def empty_points() -> pd.DataFrame:
    """Return a table of labelled points, (label, look, v), without any."""
    return pd.DataFrame(
        {"label": np.empty(0, np.int64), "look": np.empty(0, str), "v": np.empty(0)}
    )


def joined(
    points: pd.DataFrame, label: NDArray[np.integer], velocity: NDArray[np.floating], look: str
) -> pd.DataFrame:
    """Add the points of one look that have a label."""
    inside = label > 0
    new = pd.DataFrame({"label": label[inside], "look": look, "v": velocity[inside]})
    return pd.concat([points, new.astype(points.dtypes)], ignore_index=True)


def velocity_summary(points: pd.DataFrame, count: int) -> pd.DataFrame:
    """Summarise labelled points, one row for each label from 1 to ``count``."""
    groups = points.groupby("label")
    table = pd.DataFrame(
        {
            "velocity_median_mm_yr": groups["v"].median(),
            "velocity_min_mm_yr": groups["v"].min(),
            "velocity_max_mm_yr": groups["v"].max(),
            "n_points": groups.size(),
        }
    ).reindex(range(1, count + 1))
    table["n_points"] = table["n_points"].fillna(0).astype(np.int64)
    passes = points["look"].map(look_pass)
    names = passes.groupby(points["label"]).agg(lambda names: "+".join(sorted(set(names))))
    table["passes"] = names.reindex(table.index).fillna("").astype(str)
    return table
