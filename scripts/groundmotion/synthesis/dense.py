"""Examples for the dense network: points, and where the ground moves, over wide ranges of noise.

All lengths are in cells and all velocities in standard deviations of the nugget. An example is
drawn in some 20 ms, so that none is kept: each follows from its own seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from groundmotion.aliases import Floats, Maps, Range
from groundmotion.synthesis.dense_sources import draw_shape

#: The noise of a scene is stated as the semivariance, nugget included, at this lag.
NOISE_LAG_CELLS = 5.0

#: Classes of cells, as in :mod:`groundmotion.networks.dense`.
_UP, _DOWN = 1, 2


@dataclass(frozen=True)
class DenseLaw:
    """The law of examples for the dense network; ranges are log-uniform but where stated.

    Parameters
    ----------
    side_cells
        Of a map.
    density
        Points per cell.
    range_cells, variance
        e-folding of the correlated noise and its variance over the nugget's.
    shared_range_cells
        e-folding of the part of the nugget that neighbours share, where they do.
    degrees_of_freedom
        Of the nugget's Student t.
    outlier_share, outliers
        Largest share of outliers, uniform from zero; their size, uniform.
    ramp
        Standard deviation of ramps per 100 cells.
    misjudgement
        Largest factor by which the standard deviation of the noise is wrong.
    still_share, most_sources
        Share of examples without sources; most of them in one.
    radius_cells, peak
        Of sources: where they fall to a tenth; the peak.
    least_d_prime
        Sources that the ideal observer sees less clearly are not judged.
    edge_share, edge
        The ground moves where a source exceeds this share of its peak, and this velocity.
    """

    side_cells: int
    density: Range
    range_cells: Range
    variance: Range
    shared_range_cells: Range
    degrees_of_freedom: Range
    outlier_share: float
    outliers: Range
    ramp: float
    misjudgement: float
    still_share: float
    most_sources: int
    radius_cells: Range
    peak: Range
    least_d_prime: float
    edge_share: float
    edge: float


def law_from(settings: Mapping[str, Any]) -> DenseLaw:
    """Read the law from its section of the configuration."""
    values: dict[str, Any] = {
        name: tuple(map(float, value)) if isinstance(value, (list, tuple)) else value
        for name, value in settings.items()
    }
    return DenseLaw(**values)


@dataclass(frozen=True)
class DenseExample:
    """What is observed on a map and what is true.

    Parameters
    ----------
    means
        (rows, cols) float32 mean of each cell's points over ``noise_std``; 0 where there is none.
    counts
        (rows, cols) float32 number of points.
    truth
        (rows, cols) uint8: 0 still, 1 up, 2 down.
    weights
        (rows, cols) float32: 0 where a source moves that nobody could see, else 1.
    """

    means: Maps
    counts: Maps
    truth: NDArray[np.uint8]
    weights: Maps


def draw_dense_example(rng: np.random.Generator, law: DenseLaw) -> DenseExample:
    """Draw one example."""
    counts = _draw_counts(rng, law)
    terms, nugget = _draw_covariance(rng, law)
    spectrum = field_spectrum(terms, law.side_cells)
    noise = _draw_field(rng, spectrum, law.side_cells) + _draw_ramp(rng, law)
    errors = _draw_errors(rng, law, counts, nugget)
    deformation, truth, weights = _draw_sources(rng, law, counts, (spectrum, nugget))
    local = nugget + sum(a * (1 - np.exp(-NOISE_LAG_CELLS / e)) for a, e in terms)
    stated = np.sqrt(local) * np.exp(rng.uniform(-1, 1) * np.log(law.misjudgement))
    means = np.where(counts > 0, (deformation + noise + errors) / stated, 0.0)
    return DenseExample(means.astype(np.float32), counts, truth, weights)


def draw_dense_batch(
    seed: tuple[int, ...], count: int, law: DenseLaw
) -> tuple[Maps, Maps, NDArray[np.uint8], Maps]:
    """Draw examples 0 … count − 1 of a seed: means, counts, truth, weights, (count, rows, cols)."""
    examples = [
        draw_dense_example(np.random.default_rng([*seed, index]), law) for index in range(count)
    ]
    return (
        np.stack([example.means for example in examples]),
        np.stack([example.counts for example in examples]),
        np.stack([example.truth for example in examples]),
        np.stack([example.weights for example in examples]),
    )


def field_spectrum(terms: list[tuple[float, float]], side: int) -> Maps:
    """Spectrum of a sum of exponential covariances on a torus twice as wide as the map.

    Parameters
    ----------
    terms
        (variance, e-folding in cells) of each.
    side
        Of the map, cells.

    Returns
    -------
    ndarray
        (2 side, side + 1) float32, in the layout of ``rfft2``; its mean over all frequencies is
        the variance. What is negative, for ranges beyond the torus, is set to zero.
    """
    steps = np.arange(side + 1, dtype=np.float32)
    lag = np.hypot(steps[:, None], steps)
    covariance = sum((np.float32(a) * np.exp(-lag / np.float32(e)) for a, e in terms), 0 * lag)
    quarter = np.maximum(fft.dctn(covariance, type=1), 0.0)
    rows = np.minimum(np.arange(2 * side), 2 * side - np.arange(2 * side))
    return np.asarray(quarter[rows], np.float32)


def clairvoyant_d_prime(source: Maps, counts: Maps, spectrum: Maps, nugget: float) -> float:
    """How clearly the ideal observer sees a known source, for a constant density about it.

    The points of density ρ within the source see correlated noise of the given spectrum and
    white noise of nugget/ρ a cell; the mean velocity is not known.
    """
    square = source.astype(np.float64) ** 2
    density = float((counts * square).sum() / max(square.sum(), 1e-12))
    if density <= 0:
        return 0.0
    power = np.abs(fft.rfft2(source)).astype(np.float64) ** 2
    power[0, 0] = 0.0
    power[:, 1 : (source.shape[1] + 1) // 2] *= 2  # the half that is not stored
    noise = spectrum[::2, ::2].astype(np.float64) + nugget / density
    return float(np.sqrt((power / noise).sum() / source.size))


def _log_uniform(rng: np.random.Generator, limits: Range) -> float:
    return float(np.exp(rng.uniform(*np.log(limits))))


def _smooth(rng: np.random.Generator, side: int, sigma: float) -> Floats:
    """Gaussian map of unit variance, smoothed on a torus, by a quarter of it at most."""
    sigma = min(sigma, side / 4)  # else nothing but the mean is left
    frequency = fft.fftfreq(side)[:, None] ** 2 + fft.rfftfreq(side)[None, :] ** 2
    filtered = fft.rfft2(rng.standard_normal((side, side))) * np.exp(
        -2 * (np.pi * sigma) ** 2 * frequency
    )
    values = fft.irfft2(filtered, (side, side))
    return np.asarray(values / max(float(values.std()), 1e-9))


def _draw_counts(rng: np.random.Generator, law: DenseLaw) -> Maps:
    """Draw the number of points of every cell: anywhere, in clusters, or but for empty ground."""
    side = law.side_cells
    density = np.full((side, side), _log_uniform(rng, law.density))
    if rng.random() < 0.6:
        contrast = rng.uniform(0.4, 1.8)
        texture = np.exp(contrast * _smooth(rng, side, _log_uniform(rng, (2.0, 40.0))))
        density = density * texture / texture.mean()
    if rng.random() < 0.25:
        level = _smooth(rng, side, _log_uniform(rng, (4.0, 40.0)))
        density = np.where(level < np.quantile(level, rng.uniform(0.1, 0.6)), 0.0, density)
    if rng.random() < 0.3:
        return rng.poisson(np.minimum(density, 4.0)).astype(np.float32)
    return (rng.random((side, side)) < density).astype(np.float32)


def _draw_covariance(
    rng: np.random.Generator, law: DenseLaw
) -> tuple[list[tuple[float, float]], float]:
    """Draw exponential terms of the noise and what is left of the nugget, 1 at most."""
    terms = [(_log_uniform(rng, law.variance), _log_uniform(rng, law.range_cells))]
    if rng.random() < 0.35:
        terms.append((_log_uniform(rng, law.variance), _log_uniform(rng, law.range_cells)))
    nugget = 1.0
    if rng.random() < 0.4:
        nugget = 1 - rng.uniform(0.1, 0.7)
        terms.append((1 - nugget, _log_uniform(rng, law.shared_range_cells)))
    return terms, nugget


def _draw_field(rng: np.random.Generator, spectrum: Maps, side: int) -> Maps:
    white = fft.rfft2(rng.standard_normal((2 * side, 2 * side), dtype=np.float32))
    white *= np.sqrt(spectrum)
    return np.asarray(fft.irfft2(white, (2 * side, 2 * side))[:side, :side])


def _draw_ramp(rng: np.random.Generator, law: DenseLaw) -> Floats:
    down, across = rng.normal(0.0, law.ramp / 100, 2) * (rng.random() < 0.5)
    place = np.arange(law.side_cells)
    return np.asarray(down * place[:, None] + across * place[None, :])


def _draw_errors(rng: np.random.Generator, law: DenseLaw, counts: Maps, nugget: float) -> Floats:
    """Draw the mean error of each cell's points: tails, outliers, buildings on their own."""
    errors = np.zeros(counts.shape)
    rows, cols = np.nonzero(counts)
    if len(rows) == 0:
        return errors
    free = _log_uniform(rng, law.degrees_of_freedom)
    tails = rng.standard_t(free, len(rows)) / np.sqrt(free / (free - 2) if free > 2 else 3.0)
    # ASSUME: the mean of several points in one cell has the tails of one.
    values = np.sqrt(nugget / counts[rows, cols]) * tails
    hit = rng.random(len(rows)) < rng.uniform(0, law.outlier_share)
    sizes = rng.uniform(*law.outliers, len(rows)) * rng.choice((-1.0, 1.0), len(rows))
    values = values + np.where(hit, sizes, 0.0)
    for _ in range(rng.poisson(1.0)):
        centre = int(rng.integers(len(rows)))
        near = np.hypot(rows - rows[centre], cols - cols[centre]) <= rng.uniform(0.0, 1.6)
        values[near] += rng.uniform(*law.outliers) * rng.choice((-1.0, 1.0))
    errors[rows, cols] = values
    return errors


def _draw_sources(
    rng: np.random.Generator, law: DenseLaw, counts: Maps, noise: tuple[Maps, float]
) -> tuple[Maps, NDArray[np.uint8], Maps]:
    """Draw sources: their sum, the class of each cell and its weight."""
    shape = (law.side_cells, law.side_cells)
    total, moving, hidden = (
        np.zeros(shape, np.float32),
        np.zeros(shape, bool),
        np.zeros(shape, bool),
    )
    count = 0 if rng.random() < law.still_share else int(rng.integers(1, law.most_sources + 1))
    for _ in range(count):
        unit = draw_shape(rng, law.side_cells, law.radius_cells)
        peak, clarity = _log_uniform(rng, law.peak), clairvoyant_d_prime(unit, counts, *noise)
        if clarity * peak < law.least_d_prime and clarity > 0 and rng.random() < 0.7:
            # most sources that nobody could see are made visible
            wanted = _log_uniform(rng, (law.least_d_prime, 6 * law.least_d_prime))
            peak = min(wanted / clarity, law.peak[1])
        size = np.abs(unit) * peak
        edge = max(law.edge_share * peak, law.edge)
        points = counts[size >= edge].sum()
        if clarity * peak >= law.least_d_prime and points >= 3:
            moving |= size >= edge
        else:
            hidden |= size >= 0.5 * edge
        total += np.float32(peak * rng.choice((-1.0, 1.0))) * unit
    truth = np.where(moving, np.where(total > 0, _UP, _DOWN), 0).astype(np.uint8)
    return total, truth, np.where(hidden & ~moving, 0.0, 1.0).astype(np.float32)
