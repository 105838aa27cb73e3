"""Observers that know the law of the examples: average likelihood and matched filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from groundmotion.aliases import Floats
from groundmotion.constants import LookGeometry
from groundmotion.errors import InputError
from groundmotion.limits.amplitudes import AmplitudeLaw, Evidence, integrate_amplitude
from groundmotion.limits.line_sources import LinePrior
from groundmotion.limits.point_sources import PointMatcher, PointPrior
from groundmotion.limits.reduction import Observations, Reduction, reduce_around, reduce_evenly
from groundmotion.synthesis.examples import ExampleSettings
from groundmotion.synthesis.sources import MiningLine, MiningPoint, PrintedLine, PrintedPoint

#: A trough's finest cells measure so many half widths, and cells grow at these distances.
_CELL_WIDTHS, _RINGS_WIDTHS = 0.27, (1.5, 2.5, 6.0)

#: Points of a cell at which draws from the prior are looked at.
_PROBES = 4


@dataclass(frozen=True)
class ObserverSettings:
    """How finely the prior is integrated.

    Parameters
    ----------
    max_cells
        Cells that points are merged into.
    amplitude_nodes
        Of the quadrature over the amplitude.
    spacing_depths, log_depth_step, finest_px
        Lattice of point sources: distance of places in depths (never below ``finest_px``) and of
        depths in their logarithm.
    refined_nodes
        So many of the nodes that matter most are cut into 27.
    prior_draws
        Troughs drawn from the prior, a power of two.
    starts, draws_per_start, rounds
        Boxes around the best troughs, draws from each, and how often boxes are laid, each time
        half as large.
    """

    max_cells: int
    amplitude_nodes: int
    spacing_depths: float
    log_depth_step: float
    finest_px: float
    refined_nodes: int
    prior_draws: int
    starts: int
    draws_per_start: int
    rounds: int

    @classmethod
    def from_config(cls, section: Mapping[str, Any]) -> "ObserverSettings":
        """Take what is known here from the section ``observers`` of the configuration."""
        return cls(**{name: section[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Verdict:
    """What the observers of the prior say of one example.

    Parameters
    ----------
    log_likelihood_ratio
        Of deformation against none, averaged over the prior; > 0 says deformation.
    matched_filter
        Largest log-likelihood ratio of any source of the prior.
    shapes
        Shapes tried.
    """

    log_likelihood_ratio: float
    matched_filter: float
    shapes: int


def observe(
    data: Observations,
    look: LookGeometry,
    law: ExampleSettings,
    settings: ObserverSettings,
    seed: np.random.SeedSequence,
) -> Verdict:
    """Weigh deformation against none, knowing the noise and the law of sources.

    ASSUME: spikes are Gaussian, also where examples take measured ones.

    Parameters
    ----------
    data
        The points and their noise.
    look
        From where they are seen.
    law
        What examples are drawn from.
    settings
        How finely.
    seed
        Of the draws of troughs.

    Raises
    ------
    InputError
        If no source of the prior is bright enough to occur.
    """
    side_m = law.size_px * law.pixel_m
    if isinstance(law.sources, MiningPoint | PrintedPoint):
        prior = PointPrior(law.sources, side_m, look)
        return _observe_points(data, prior, law.min_d_prime, settings)
    if isinstance(law.sources, MiningLine | PrintedLine):
        lines = LinePrior(law.sources, side_m, look)
        return _observe_lines(data, lines, law.min_d_prime, settings, seed)
    raise InputError(f"sources {law.sources!r}: expected those of a preset")


def _observe_points(
    data: Observations, prior: PointPrior, min_d_prime: float, settings: ObserverSettings
) -> Verdict:
    matcher = PointMatcher(data, prior, settings.max_cells)
    nodes = prior.lattice(
        settings.spacing_depths, settings.log_depth_step, settings.finest_px * data.pixel_m
    )
    weights = prior.log_weights(nodes)
    evidence = _evidence(*matcher.match(nodes), prior.amplitudes(nodes), min_d_prime, settings)
    shapes = len(nodes)
    if settings.refined_nodes:
        share = weights + evidence.log_ratio
        best = np.zeros(shapes, bool)
        best[np.argsort(share)[-settings.refined_nodes :]] = True
        best &= np.isfinite(share)
        fine = nodes.take(best).split(3)
        extra = _evidence(*matcher.match(fine), prior.amplitudes(fine), min_d_prime, settings)
        weights = np.concatenate([weights[~best], prior.log_weights(fine)])
        evidence = _joined(evidence, ~best, extra)
        shapes += len(fine)
    return _verdict(weights, evidence, float(logsumexp(weights, b=evidence.mass)), shapes)


def _observe_lines(
    data: Observations,
    prior: LinePrior,
    min_d_prime: float,
    settings: ObserverSettings,
    seed: np.random.SeedSequence,
) -> Verdict:
    whole, rng = reduce_evenly(data, settings.max_cells), np.random.default_rng(seed.spawn(1)[0])
    numbers = prior.draw(settings.prior_draws, seed)
    law, shares = prior.amplitudes(numbers)
    t, q = whole.quadratic(prior.signals(whole, prior.troughs(numbers), _PROBES))
    evidence = _evidence(t, q, law, min_d_prime, settings)
    mass = float(np.mean(shares * evidence.mass))
    layers = []
    for scale in 0.5 ** np.arange(settings.rounds):
        boxes = prior.boxes(_best(prior, numbers, evidence, settings.starts, scale), scale)
        draws = boxes.draw(rng, settings.draws_per_start)
        for draw, middle in zip(draws, (boxes.low + boxes.high) / 2, strict=True):
            close = _suited(data, prior, middle[None], whole)
            t, q = close.quadratic(prior.signals(close, prior.troughs(draw), len(data.values)))
            law, extra_shares = prior.amplitudes(draw)
            extra = _evidence(t, q, law, min_d_prime, settings)
            evidence = _joined(evidence, np.ones(len(numbers), bool), extra)
            numbers, shares = (
                np.concatenate([numbers, draw]),
                np.concatenate([shares, extra_shares]),
            )
        layers.append(boxes)
    density = settings.prior_draws + settings.draws_per_start * sum(
        (boxes.density(numbers) for boxes in layers), np.zeros(len(numbers))
    )
    weights = np.log(np.maximum(shares, 1e-300)) - np.log(density)
    return _verdict(weights, evidence, np.log(max(mass, 1e-300)), len(numbers))


def _best(
    prior: LinePrior, numbers: Floats, evidence: Evidence, count: int, scale: float
) -> Floats:
    """Return the troughs of most evidence, none within the box of a better one."""
    order = np.argsort(evidence.log_ratio)[::-1][: 20 * count]
    order = order[np.isfinite(evidence.log_ratio[order])]
    indices: list[int] = []
    free = np.ones(len(order), bool)
    while len(indices) < count and free.any():
        indices.append(int(order[np.argmax(free)]))
        free &= ~prior.boxes(numbers[indices[-1:]], scale).holds(numbers[order])[0]
        free[order == indices[-1]] = False
    return numbers[indices]


def _suited(data: Observations, prior: LinePrior, numbers: Floats, whole: Reduction) -> Reduction:
    """Return cells small enough near a trough; the whole window's where these are."""
    trough = prior.troughs(numbers)
    width_px = float(trough.half_width_m()[0]) / data.pixel_m
    finest = max(round(_CELL_WIDTHS * width_px), 1)
    if whole.finest_px <= finest:
        return whole
    first, second, third = (share * width_px for share in _RINGS_WIDTHS)
    distance = prior.distance_px(trough, data.rows, data.cols, data.pixel_m)
    return reduce_around(data, distance, finest, (first, second, third))


def _evidence(
    t: Floats, q: Floats, law: AmplitudeLaw, min_d_prime: float, settings: ObserverSettings
) -> Evidence:
    return integrate_amplitude(t, q, law, min_d_prime, settings.amplitude_nodes)


def _joined(evidence: Evidence, mask: NDArray[np.bool_], extra: Evidence) -> Evidence:
    """Return the evidence of some shapes and of extra ones."""
    pairs = zip(vars(evidence).values(), vars(extra).values(), strict=True)
    return Evidence(*(np.concatenate([first[mask], second]) for first, second in pairs))


def _verdict(weights: Floats, evidence: Evidence, log_mass: float, shapes: int) -> Verdict:
    if not np.isfinite(evidence.log_ratio).any():
        raise InputError(
            "no source of the prior is detectable on these points; lower min_d_prime or "
            "refine the observers' lattice or draws"
        )
    ratio = float(logsumexp(weights + evidence.log_ratio)) - log_mass
    return Verdict(ratio, float(evidence.log_best.max()), shapes)
