"""Areas of the dense network: where the ground moves up, and where down."""

import geopandas
import numpy as np
import pandas as pd
from scipy import ndimage, special

from groundmotion.areas.labelling import cell_counts, labelled, outlines
from groundmotion.grid import Grid


def dense_areas(
    up: Grid, down: Grid, probability: float, peak_logit: float
) -> geopandas.GeoDataFrame:
    """Outline regions that move one way.

    Parameters
    ----------
    up, down
        Probability of motion toward the satellite, and away from it; NaN where nothing is said.
    probability
        Regions are outlined at.
    peak_logit
        Regions whose highest logit is less are left out.

    Returns
    -------
    GeoDataFrame
        ``direction, area_km2, p_max``, the most probable first.
    """
    parts = []
    for direction, grid in (("uplift", up), ("subsidence", down)):
        labels, count = labelled(np.greater(grid.values, probability))
        table = pd.DataFrame({"geometry": outlines(labels, grid)})
        table["direction"] = direction
        table["area_km2"] = cell_counts(labels, count) * grid.pixel_m**2 / 1e6
        ids = np.arange(1, count + 1)
        table["p_max"] = np.asarray(ndimage.maximum(np.nan_to_num(grid.values), labels, ids), float)
        parts.append(table[table["p_max"] > special.expit(peak_logit)])
    table = pd.concat(parts).sort_values("p_max", ascending=False, kind="stable", ignore_index=True)
    columns = ["direction", "area_km2", "p_max", "geometry"]
    return geopandas.GeoDataFrame(table[columns], geometry="geometry", crs=up.crs)
