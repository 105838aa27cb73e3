"""What is done to a map of points before its variogram: planes, outliers, the longest lag."""

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Floats
from groundmotion.errors import InputError


def remove_plane(values: NDArray[np.floating]) -> Floats:
    """Subtract the plane that fits the points best (least squares), so that the mean is zero.

    A plane also takes the longest waves of the atmosphere: on a map of eight ranges 1/b it cost a
    few per cent of the sill and raised b by a quarter.

    Parameters
    ----------
    values
        (rows, cols), NaN where there is no point; at least three points.

    Raises
    ------
    InputError
        With fewer than three points.
    """
    row, col = points_of(values, at_least=3)
    design = np.column_stack([np.ones(len(row)), row - row.mean(), col - col.mean()])
    velocities = values[row, col].astype(np.float64)
    coefficients = np.linalg.lstsq(design, velocities, rcond=None)[0]
    flat = np.full(values.shape, np.nan)
    flat[row, col] = velocities - design @ coefficients
    return flat


def without_outliers(values: NDArray[np.floating], max_deviation_mm_yr: float) -> Floats:
    """Blank points farther than this from the median: deforming ground, which is not noise.

    ASSUME: the paper does not say how deformation is kept out of its variograms.
    """
    values = np.asarray(values, np.float64)
    far = np.abs(values - np.nanmedian(values)) > max_deviation_mm_yr
    return np.where(far, np.nan, values)


def usable_lag_km(values: NDArray[np.floating], pixel_m: float, max_lag_km: float) -> float:
    """Shorten the longest lag to half the diagonal of the points' extent, if that is less.

    Pairs farther apart join only opposite corners (the usual rule of thumb in geostatistics).
    """
    row, col = points_of(values, at_least=2)
    return min(max_lag_km, float(np.hypot(np.ptp(row), np.ptp(col))) / 2 * pixel_m / 1000)


def points_of(values: NDArray[np.floating], at_least: int) -> tuple[NDArray[np.intp], ...]:
    """Return rows and columns of a map's points; raise an InputError if there are too few."""
    cells = np.nonzero(np.isfinite(values))
    if len(cells[0]) < at_least:
        raise InputError(f"{len(cells[0])} points on the grid: expected at least {at_least}")
    return cells
