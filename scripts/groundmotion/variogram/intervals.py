"""Intervals of the fitted parameters, by leaving out blocks of the map in turn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from groundmotion.aliases import Floats
from groundmotion.errors import InputError
from groundmotion.variogram.model import PARAMETERS, fit_variogram
from groundmotion.variogram.pairs import bin_edges, pair_sums, touching_sums, variogram_of


@dataclass(frozen=True)
class VariogramSettings:
    """How a variogram is binned and its intervals are found.

    Parameters
    ----------
    max_lag_km, bin_km
        Longest distance and width of a bin.
    blocks
        Blocks along each side of the grid that are left out in turn.
    confidence
        Of the intervals, such as 0.95.
    """

    max_lag_km: float
    bin_km: float
    blocks: int
    confidence: float


def block_intervals(
    values: NDArray[np.floating], pixel_m: float, settings: VariogramSettings
) -> dict[str, tuple[float, float]]:
    """Intervals of the fitted parameters by leaving out one spatial block at a time.

    Nearby pairs share points and points share atmosphere, so bins are far from independent. The
    grid is cut into ``blocks`` × ``blocks`` and the fit is repeated without the pairs that touch
    one of them (an exact subtraction of pair sums). Blocks hold unequal numbers of points, so
    the variance is that of the delete-m jackknife (Busing, Meijer & van der Leeden 1999), with
    Student's t. Blocks should be wider than the range of the correlation; on 4 km maps with
    b = 2 /km, 95 % intervals from 4 × 4 blocks held the truth in 88–100 % of draws (71–100 % after
    a plane was removed).

    Parameters
    ----------
    values, pixel_m
        As of :func:`groundmotion.variogram.pairs.empirical_variogram`.
    settings
        Bins, blocks and confidence.

    Returns
    -------
    dict
        (low, high) of each of :data:`PARAMETERS`; low is never negative.

    Raises
    ------
    InputError
        If fewer than three blocks hold points.
    """
    centred = np.asarray(values, np.float64) - np.nanmean(values)
    edges = bin_edges(settings.max_lag_km, settings.bin_km)
    sums = list(touching_sums(centred, pixel_m / 1000, edges, settings.blocks))
    if len(sums) < 3:
        raise InputError(
            f"{len(sums)} of {settings.blocks}×{settings.blocks} blocks hold points: expected at "
            "least three; raise the number of blocks"
        )
    total = np.sum([touching for _, touching in sums], axis=0)
    estimate = _parameters(total)
    replicates, counts = [], []
    for inner, touching in sums:
        within = pair_sums(centred[inner], centred[inner], pixel_m / 1000, edges)
        # Pairs are counted in both directions: first end in the block, second end, less both.
        replicates.append(_parameters(total - 2 * touching + within))
        counts.append(np.isfinite(centred[inner]).sum())
    shares = np.sum(counts) / np.array(counts)
    spread = _jackknife_error(estimate, np.array(replicates), shares)
    spread = spread * stdtrit(len(sums) - 1, 0.5 + settings.confidence / 2)
    return {
        name: (max(float(centre - half), 0.0), float(centre + half))
        for name, centre, half in zip(PARAMETERS, estimate, spread, strict=True)
    }


def _jackknife_error(estimate: Floats, replicates: Floats, shares: Floats) -> Floats:
    """Return the delete-m jackknife's standard error; ``shares`` are n/m of each block."""
    h = shares[:, None]
    pseudo = h * estimate - (h - 1) * replicates
    centre = len(replicates) * estimate - ((1 - 1 / h) * replicates).sum(0)
    return np.asarray(np.sqrt(np.mean((pseudo - centre) ** 2 / (h - 1), axis=0)))


def _parameters(sums: Floats) -> Floats:
    fit = fit_variogram(variogram_of(sums))
    return np.array([getattr(fit, name) for name in PARAMETERS])
