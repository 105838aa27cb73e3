"""Slow or separate computations that tests compare the library with."""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from groundmotion.aliases import Floats
from groundmotion.noise.model import NoiseModel, SparseCovariance


def detectability_index(
    deformation: NDArray[np.floating],
    rows: NDArray[np.integer],
    cols: NDArray[np.integer],
    pixel_m: float,
    noise: NoiseModel,
) -> float | Floats:
    """Compute d′ = √(Dᵀ C⁻¹ D) of known deformation in the noise of §II-B.

    Parameters
    ----------
    deformation
        (n,) or (k, n) LOS velocity at the points, mm/yr: one source or many on the same points.
    rows, cols
        (n,) cell of each point.
    pixel_m
        Side of a cell.
    noise
        Its a, b and nugget (equation 1).

    Returns
    -------
    float or ndarray
        d′, or (k,) of them; 0 without points.
    """
    signals = np.atleast_2d(np.asarray(deformation, np.float64))
    if signals.shape[1] == 0:
        squares = np.zeros(len(signals))
    else:
        covariance = SparseCovariance(rows, cols, pixel_m, noise)
        squares = (signals * covariance.solve(signals)).sum(1)
    indices = np.sqrt(np.maximum(squares, 0.0))
    return float(indices[0]) if np.ndim(deformation) == 1 else indices


def detectability_index_dense(
    deformation: NDArray[np.floating], covariance: NDArray[np.floating]
) -> float:
    """Compute d′ from the (n, n) covariance by Cholesky: slow and exact, to check the fast one."""
    whitened = linalg.solve_triangular(
        linalg.cholesky(covariance, lower=True), deformation, lower=True
    )
    return float(np.linalg.norm(whitened))
