"""The likelihood ratio of one shape with its amplitude integrated out.

With a unit shape g, t = gᵀC⁻¹y and q = gᵀC⁻¹g, a source of amplitude A has the likelihood ratio
exp(A t − A² q/2) and the detectability index d′ = |A| √q.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from groundmotion.aliases import Floats

#: The integrand is looked at within so many of its standard deviations from its peak.
_REACH = 7.0


@dataclass(frozen=True)
class AmplitudeLaw:
    """Prior of the amplitude of each of n shapes: density ∝ |A|^power between limits, mm/yr.

    Parameters
    ----------
    lowest, highest
        (n,) limits of |A|; 0 < lowest < highest.
    power
        −1 for an amplitude uniform in its logarithm; 1 for the sum of two uniform ones whose
        ratio is given.
    both_signs
        Whether −A is as likely as A.
    """

    lowest: Floats
    highest: Floats
    power: int
    both_signs: bool

    def __len__(self) -> int:
        """Return the number of shapes."""
        return len(self.lowest)


@dataclass(frozen=True)
class Evidence:
    """What the data say of each of n shapes.

    Parameters
    ----------
    log_ratio
        Log of the likelihood ratio integrated over the amplitude; −inf where none is possible.
    mass
        Share of the amplitude's prior that is bright enough to occur.
    log_best
        Largest log-likelihood ratio at any such amplitude; −inf where none is possible.
    """

    log_ratio: Floats
    mass: Floats
    log_best: Floats


def integrate_amplitude(
    t: Floats, q: Floats, law: AmplitudeLaw, min_d_prime: float, nodes: int
) -> Evidence:
    """Integrate exp(A t − A² q/2) over the part of the prior with |A| √q ≥ ``min_d_prime``.

    Gauss–Legendre in log A over the part of the range that matters. Fainter sources do not occur:
    the prior is cut off there, and not renormalised (see ``mass``).

    Parameters
    ----------
    t, q
        (n,) each.
    law
        Prior of the n amplitudes.
    min_d_prime
        Smallest d′.
    nodes
        Of the quadrature.
    """
    places, weights = np.polynomial.legendre.leggauss(nodes)
    evidence = _integrate(
        np.ascontiguousarray(t, np.float64),
        np.ascontiguousarray(q, np.float64),
        np.stack([law.lowest, law.highest], 1).astype(np.float64),
        float(law.power),
        law.both_signs,
        float(min_d_prime),
        (places + 1) / 2,
        weights / 2,
    )
    return Evidence(*evidence)


@njit(cache=True, nogil=True)
def _mass(low: float, high: float, power: float) -> float:
    if power == -1.0:
        return float(np.log(high / low))
    return float((high ** (power + 1) - low ** (power + 1)) / (power + 1))


@njit(cache=True, nogil=True)
def _integrate(
    t: Floats,
    q: Floats,
    limits: Floats,
    power: float,
    both_signs: bool,
    min_d_prime: float,
    places: Floats,
    weights: Floats,
) -> Floats:
    evidence = np.empty((3, len(t)))
    for i in range(len(t)):
        root = np.sqrt(max(q[i], 1e-30))
        low, high = max(limits[i, 0], min_d_prime / root), limits[i, 1]
        evidence[0, i], evidence[1, i], evidence[2, i] = -np.inf, 0.0, -np.inf
        if not low < high:
            continue
        total = _mass(limits[i, 0], high, power)
        evidence[1, i] = _mass(low, high, power) / total
        for side in range(2 if both_signs else 1):
            toward = t[i] if side == 0 else -t[i]
            peak = min(max(toward / root**2, low), high)
            top = peak * toward - peak**2 * q[i] / 2
            start = np.log(max(peak - _REACH / root, low))
            width = np.log(min(peak + _REACH / root, high)) - start
            inside = 0.0
            for k in range(len(places)):
                a = np.exp(start + width * places[k])
                ratio = np.exp(a * toward - a**2 * q[i] / 2 - top)
                inside += weights[k] * a ** (power + 1) * ratio
            log_ratio = top + np.log(max(inside * width / total, 1e-300))
            evidence[2, i] = max(evidence[2, i], top)
            if both_signs:
                log_ratio -= np.log(2.0)
            evidence[0, i] = np.logaddexp(evidence[0, i], log_ratio)
    return evidence
