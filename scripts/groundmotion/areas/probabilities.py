"""What a map of probability says inside of polygons."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import rasterio.features
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from groundmotion.grid import Grid


def probability_inside(polygons: Sequence[BaseGeometry], probability: Grid) -> pd.DataFrame:
    """Return the largest and the mean probability of the cells that polygons touch.

    Parameters
    ----------
    polygons
        In the system of the map; where they share a cell it counts for the later one.
    probability
        In [0, 1], NaN where nothing was scored.

    Returns
    -------
    DataFrame
        ``p_max, p_mean``, a row a polygon; NaN where none of its cells was scored.
    """
    result = pd.DataFrame(np.nan, range(len(polygons)), ["p_max", "p_mean"])
    if not len(polygons):
        return result
    labels = rasterio.features.rasterize(
        [(polygon, number) for number, polygon in enumerate(polygons, 1)],
        out_shape=probability.shape, transform=probability.transform, all_touched=True,
        dtype=np.int32,
    )  # fmt: skip
    labels[np.isnan(probability.values)] = 0
    seen = np.unique(labels[labels > 0])
    result.loc[seen - 1, "p_max"] = ndimage.maximum(probability.values, labels, seen)
    result.loc[seen - 1, "p_mean"] = ndimage.mean(probability.values, labels, seen)
    return result
