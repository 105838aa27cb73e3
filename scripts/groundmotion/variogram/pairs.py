"""Sums over pairs of points by distance, exactly, by FFT."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from groundmotion.aliases import Floats, Slices
from groundmotion.errors import InputError
from groundmotion.variogram.preparation import points_of

#: Larger maps are cut up, which bounds memory and changes nothing else.
_LARGEST_FFT_PX = 2048


@dataclass(frozen=True)
class EmpiricalVariogram:
    """Variogram by bins of distance; bins without a pair are left out.

    Parameters
    ----------
    lag_km
        (bins,) mean distance of the pairs in each bin.
    gamma_mm2_yr2
        (bins,) half the mean squared difference.
    n_pairs
        (bins,) number of pairs, each counted once.
    """

    lag_km: Floats
    gamma_mm2_yr2: Floats
    n_pairs: NDArray[np.int64]


def empirical_variogram(
    values: NDArray[np.floating], pixel_m: float, max_lag_km: float, bin_km: float
) -> EmpiricalVariogram:
    """Compute the variogram of all pairs of points up to a distance, exactly.

    With mask m and values v (0 where m is 0), the sum over pairs at one displacement of
    (v₁ − v₂)²/2 is the correlation (m⋆v² + v²⋆m)/2 − v⋆v and their number is m⋆m: a few FFTs of
    the zero-padded grid replace the loop over pairs. Displacements are then binned by distance.

    Parameters
    ----------
    values
        (rows, cols), mm/yr, NaN where there is no point.
    pixel_m
        Side of a cell, metres; distances are between centres of cells.
    max_lag_km, bin_km
        Longest distance (not reached) and width of a bin; a bin holds its lower end.

    Raises
    ------
    InputError
        With fewer than two points, or a bin narrower than a cell or wider than the longest lag.
    """
    points_of(values, at_least=2)
    if not pixel_m / 1000 <= bin_km <= max_lag_km:
        raise InputError(
            f"bin_km {bin_km}: expected between one cell ({pixel_m / 1000} km) and max_lag_km "
            f"({max_lag_km})"
        )
    centred = np.asarray(values, np.float64) - np.nanmean(values)
    blocks = -(-max(values.shape) // _LARGEST_FFT_PX)
    sums = touching_sums(centred, pixel_m / 1000, bin_edges(max_lag_km, bin_km), blocks)
    return variogram_of(np.sum([touching for _, touching in sums], axis=0))


def bin_edges(max_lag_km: float, bin_km: float) -> Floats:
    """Return the edges of all bins, (bins + 1,) in km, from zero."""
    count = int(np.floor(max_lag_km / bin_km + 1e-9))
    # A hair lower, so that rounding cannot put a distance that equals an edge below it.
    return np.arange(count + 1, dtype=np.float64) * bin_km * (1 - 1e-9)


def variogram_of(sums: Floats) -> EmpiricalVariogram:
    """Turn :func:`pair_sums` into a variogram."""
    pairs, distance, half_square = sums[:, sums[0] > 0.5]
    return EmpiricalVariogram(
        distance / pairs, np.maximum(half_square / pairs, 0.0), np.rint(pairs / 2).astype(np.int64)
    )


def touching_sums(
    values: Floats, pixel_km: float, edges_km: Floats, blocks: int
) -> Iterator[tuple[Slices, Floats]]:
    """Sum over the pairs whose first end lies in a block; over all blocks, over all pairs."""
    for inner, outer in _blocks(values, int(np.ceil(edges_km[-1] / pixel_km)), blocks):
        own = np.full_like(values, np.nan)
        own[inner] = values[inner]
        yield inner, pair_sums(own[outer], values[outer], pixel_km, edges_km)


def pair_sums(first: Floats, second: Floats, pixel_km: float, edges_km: Floats) -> Floats:
    """Sum over ordered pairs with one end in each map: (count, distance, half square) by bin.

    Two (rows, cols) maps of one shape and place give a (3, bins) array.
    """
    reach = int(np.floor(edges_km[-1] / pixel_km + 1e-9))
    shape = tuple(fft.next_fast_len(n + min(reach, n), real=True) for n in first.shape)
    transforms = []
    for values in (first, second):
        mask = np.isfinite(values)
        value = np.where(mask, values, 0.0)
        transforms.append([fft.rfft2(x, shape) for x in (mask.astype(float), value, value**2)])
    (m1, v1, q1), (m2, v2, q2) = transforms
    count = np.rint(fft.irfft2(np.conj(m1) * m2, shape))
    half = fft.irfft2((np.conj(m1) * q2 + np.conj(q1) * m2) / 2 - np.conj(v1) * v2, shape)
    shift = [np.fft.fftfreq(n, 1 / n) * pixel_km for n in shape]
    distance = np.hypot(shift[0][:, None], shift[1][None, :])
    near = (distance > 0) & (distance < edges_km[-1]) & (count > 0)
    bins = np.searchsorted(edges_km, distance[near], side="right") - 1
    weights = (count[near], count[near] * distance[near], half[near])
    return np.array([np.bincount(bins, w, len(edges_km) - 1) for w in weights])


def _blocks(values: Floats, margin: int, blocks: int) -> Iterator[tuple[Slices, Slices]]:
    """Cut a map into blocks that hold points; each comes with its surroundings."""
    edges = [np.linspace(0, n, blocks + 1).astype(int) for n in values.shape]
    for i, j in np.ndindex(blocks, blocks):
        rows, cols = slice(edges[0][i], edges[0][i + 1]), slice(edges[1][j], edges[1][j + 1])
        if np.isfinite(values[rows, cols]).any():
            outer = [slice(max(s.start - margin, 0), s.stop + margin) for s in (rows, cols)]
            yield (rows, cols), (outer[0], outer[1])
