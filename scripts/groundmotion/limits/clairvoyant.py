"""How well the best possible detector could do: the ideal-observer bound.

A detector that knows the source (its shape, place and size) and the noise covariance C at the
points decides best by the likelihood ratio. Its detectability index d′, d′² = Dᵀ C⁻¹ D with D the
deformation at the points, gives its accuracy on balanced classes, Φ(d′/2). Nobody can do better.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from groundmotion.aliases import Floats


def clairvoyant_accuracy(d_prime: ArrayLike) -> Floats:
    """Accuracy Φ(d′/2) on balanced classes of the observer who knows the source.

    Examples
    --------
    >>> clairvoyant_accuracy([0.0, 6.0]).round(4)
    array([0.5   , 0.9987])
    """
    return np.asarray(ndtr(np.asarray(d_prime, np.float64) / 2))
