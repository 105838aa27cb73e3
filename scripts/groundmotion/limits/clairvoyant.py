"""How well the best possible detector could do: the ideal-observer bound.

A detector that knows the source (its shape, place and size) and the noise covariance C at the
points decides best by the likelihood ratio. Its detectability index d′, d′² = Dᵀ C⁻¹ D with D the
deformation at the points, gives its accuracy on balanced classes, Φ(d′/2). Nobody can do better.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg
from scipy.special import ndtr

from groundmotion.aliases import Floats
from groundmotion.noise.model import NoiseModel, SparseCovariance


def detectability_index(
    deformation: NDArray[np.floating],
    rows: NDArray[np.integer],
    cols: NDArray[np.integer],
    pixel_m: float,
    noise: NoiseModel,
) -> float | Floats:
    """Compute the detectability index d′ of known deformation in the noise of §II-B.

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


def clairvoyant_accuracy(d_prime: ArrayLike) -> Floats:
    """Accuracy Φ(d′/2) on balanced classes of the observer who knows the source.

    Examples
    --------
    >>> clairvoyant_accuracy([0.0, 6.0]).round(4)
    array([0.5   , 0.9987])
    """
    return np.asarray(ndtr(np.asarray(d_prime, np.float64) / 2))
