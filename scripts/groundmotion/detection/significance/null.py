"""What noise alone gives: the spread of the statistic, and false areas above thresholds.

Noise of the scene's covariance is drawn at the scene's own points. The variance of numerators, by
weight, makes the statistic one of unit variance. For each size the number of connected places above
a value u, per 1,000 km², is extrapolated by ``κ u exp(−β u²/2)``, the law of the maxima of a smooth
Gaussian field (β = 1; Adler & Taylor 2007, its Euler characteristic), β below 1 where the points'
own noise has heavy tails. Each size is allowed the same number of false areas: small sizes, of
which a scene holds many, need a higher value than large ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import ndimage, optimize, special

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.significance.looks import strongest
from groundmotion.detection.significance.scan import LookScan, LookStatistics, SpreadTable

#: Values of the statistic at which false areas are counted.
_LEVELS = np.arange(2.0, 4.76, 0.25)
#: Levels with fewer areas are not fitted; β is, where so many areas are above the highest fitted.
_FEWEST, _FEWEST_TAIL = 4, 12
#: Bounds of β.
_TAILS = (0.45, 1.0)
#: Thresholds stay within.
_THRESHOLDS = (3.0, 30.0)
#: False areas of each size per 1,000 km² at which it is seen how many sizes share one.
_COMMON_RATE = 60.0
#: Radius of a place that tells of the noise of a size, in sizes; and what one tells, as degrees of
#: freedom: the covariance is one for all sizes, so that others tell of it, too.
_PLACE_SIZES, _FREEDOM = 1.5, 4.0
#: Knots of a table of spreads.
_KNOTS = 11


@dataclass(frozen=True)
class FalseAreaLaw:
    """False areas of one size above u, per 1,000 km²: e^``log_scale`` u e^(−``tail`` u²/2)."""

    log_scale: float
    tail: float

    def rate(self, value: float) -> float:
        """Return the false areas per 1,000 km² above a value."""
        return float(np.exp(self.log_scale - self.tail * value**2 / 2) * value)

    def threshold(self, per_1000_km2: float) -> float:
        """Return the value above which so many false areas are expected; 3 at least.

        Examples
        --------
        >>> law = FalseAreaLaw(10.0, 1.0)
        >>> round(law.rate(law.threshold(1.0)), 6)
        1.0
        """
        low, high = _THRESHOLDS
        if self.rate(low) <= per_1000_km2:
            return low
        return float(optimize.brentq(lambda u: self.rate(u) - per_1000_km2, low, high))


@dataclass(frozen=True)
class Null:
    """What noise alone gives in a scene.

    Parameters
    ----------
    sizes_m
        Of templates.
    spread
        For each look and size.
    laws
        Of false areas, for each size.
    sharing
        False areas of all sizes together over those of one, where each has as many.
    drawn_km2
        Ground on which they were counted, draws included.
    ground_km2
        Ground of the sample windows, which the noise was fitted on.
    """

    sizes_m: tuple[float, ...]
    spread: Mapping[str, tuple[SpreadTable, ...]]
    laws: tuple[FalseAreaLaw, ...]
    sharing: float
    drawn_km2: float
    ground_km2: float

    def each_size_m(self) -> Floats:
        """Return the sizes, each once: templates come in two shapes."""
        return np.array(self.sizes_m[: len(self.sizes_m) // 2])

    def thresholds(self, per_1000_km2: float) -> Floats:
        """Return the significance that each size needs, for so many false areas of all together."""
        each = per_1000_km2 / self.sharing
        normal = np.array([law.threshold(each) for law in self.laws])
        # The noise is known from the same ground, wide noise from few places: Student's t.
        width_m = _PLACE_SIZES * np.array(self.sizes_m)
        freedom = _FREEDOM * 1e6 * self.ground_km2 / (np.pi * width_m**2)
        tails = special.log_ndtr(-normal)
        return np.array(
            [-special.stdtrit(k, np.exp(t)) for k, t in zip(freedom, tails, strict=True)]
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Null":
        """Rebuild from :meth:`as_dict`, as JSON gives it back."""
        spread = {
            look: tuple(
                SpreadTable(tuple(t["log_weights"]), tuple(t["log_ratios"])) for t in tables
            )
            for look, tables in content["spread"].items()
        }
        laws = tuple(FalseAreaLaw(**law) for law in content["laws"])
        sizes = tuple(content["sizes_m"])
        areas = content["drawn_km2"], content["ground_km2"]
        return cls(sizes, spread, laws, content["sharing"], *areas)


def draw_null(
    windows: Sequence[Mapping[str, LookScan]], draws: int, min_points: int, seed: int
) -> Null:
    """Draw noise at the points of sample windows and see what it gives.

    Parameters
    ----------
    windows
        Looks of each, ready to be scanned.
    draws
        Of each window.
    min_points
        Places with fewer points within a size are not judged at it.
    seed
        Of the draws.
    """
    sizes = next(iter(windows[0].values())).templates.sizes_m
    judged = [{look: scan.judged(min_points) for look, scan in w.items()} for w in windows]
    drawn = [_numerators(window, draws, (seed, i)) for i, window in enumerate(windows)]
    spread = _spreads(windows, judged, drawn, len(sizes))
    maps = [
        [LookStatistics(one[look], scan.denominators(list(spread[look]), masks[look]))
         for look, scan in window.items()]
        for window, masks, numerators in zip(windows, judged, drawn, strict=True)
        for one in numerators
    ]  # fmt: skip
    cell_m = next(iter(windows[0].values())).whitener.points.grid.cell_m
    area_km2 = max(sum(_judged_cells(looks) for looks in maps) * cell_m**2 / 1e6, 1e-9)
    laws = tuple(_law(maps, size, area_km2) for size in range(len(sizes)))
    sharing = _sharing(maps, laws, area_km2)
    every_size = tuple(float(size) for size in sizes)
    return Null(every_size, spread, laws, sharing, area_km2, area_km2 / draws)


def _sharing(
    maps: list[list[LookStatistics]], laws: tuple[FalseAreaLaw, ...], area_km2: float
) -> float:
    """Count the areas of all sizes together where each has as many; over those of one."""
    common = np.array([law.threshold(_COMMON_RATE) for law in laws])
    together = sum(_areas_above(strongest(looks, common).excess, 0.0) for looks in maps)
    return float(np.clip(1000 * together / area_km2 / _COMMON_RATE, 1.0, len(laws)))


def _spreads(
    windows: Sequence[Mapping[str, LookScan]], judged: list[dict[str, list[np.ndarray]]],
    drawn: list[list[dict[str, list[Maps]]]], sizes: int,
) -> dict[str, tuple[SpreadTable, ...]]:  # fmt: skip
    """Tabulate the variance of numerators for each look and size, windows taken together."""
    names = sorted({look for window in windows for look in window})
    return {
        look: tuple(
            _spread(
                [
                    (w[look], m[look][size], np.stack([n[look][size] for n in d]))
                    for w, m, d in zip(windows, judged, drawn, strict=True) if look in w
                ], size,
            )
            for size in range(sizes)
        )
        for look in names
    }  # fmt: skip


def _numerators(
    window: Mapping[str, LookScan], draws: int, seed: tuple[int, ...]
) -> list[dict[str, list[Maps]]]:
    def one(index: int) -> Iterator[tuple[str, list[Maps]]]:
        for place, (look, scan) in enumerate(sorted(window.items())):
            yield look, scan.draw(np.random.default_rng((*seed, index, place)))

    return [dict(one(index)) for index in range(draws)]


def _spread(parts: list[tuple[LookScan, np.ndarray, Maps]], size: int) -> SpreadTable:
    """Tabulate the variance of numerators over that of even points, by weight."""
    weights = np.concatenate([scan.log_weights[size][mask] for scan, mask, _ in parts])
    if weights.size == 0:
        return SpreadTable((0.0,), (0.0,))
    ratios = np.concatenate(
        [
            (drawn.astype(np.float64)[:, mask] ** 2).mean(axis=0) / scan.even()[size][mask]
            for scan, mask, drawn in parts
        ]
    )
    edges = np.unique(np.quantile(weights, np.linspace(0, 1, _KNOTS)))
    place = np.clip(np.searchsorted(edges, weights, side="right") - 1, 0, max(len(edges) - 2, 0))
    number = np.bincount(place)
    means = [np.bincount(place, x)[number > 0] / number[number > 0] for x in (weights, ratios)]
    return SpreadTable(tuple(float(w) for w in means[0]), tuple(float(r) for r in np.log(means[1])))


def _judged_cells(looks: list[LookStatistics]) -> int:
    """Count the cells where some size of some look can be judged."""
    return int(np.any([d > 0 for look in looks for d in look.denominators], axis=0).sum())


def _areas_above(values: Maps, level: float) -> int:
    return int(ndimage.label(np.nan_to_num(values, nan=-np.inf) > level)[1])


def _law(maps: list[list[LookStatistics]], size: int, area_km2: float) -> FalseAreaLaw:
    """Fit log rate = log κ + log u − β u²/2 to the areas of one size, weighted by counts."""
    values = [
        strongest([_only(look, size) for look in looks], np.zeros(1)).apart() for looks in maps
    ]
    counts = np.array([sum(_areas_above(v, level) for v in values) for level in _LEVELS], float)
    use = counts >= _FEWEST
    if not use.any():
        # Nothing to go by: as many places as so wide discs cover the ground.
        return FalseAreaLaw(float(np.log(1000 / max(area_km2, 1e-9))), 1.0)
    level, weight = _LEVELS[use], counts[use]
    target = np.log(1000 * counts[use] / area_km2) - np.log(level)
    tail = 1.0
    if use.sum() > 2 and counts[use][-3] >= _FEWEST_TAIL:
        design = np.column_stack([np.ones(use.sum()), -(level**2) / 2]) * np.sqrt(weight)[:, None]
        tail = float(np.linalg.lstsq(design, target * np.sqrt(weight), rcond=None)[0][1])
        tail = float(np.clip(tail, *_TAILS))
    # The highest levels tell most of what is beyond; the lowest merge into few areas.
    scale = float(np.average(target + tail * level**2 / 2, weights=weight * level**4))
    return FalseAreaLaw(scale, tail)


def _only(look: LookStatistics, size: int) -> LookStatistics:
    return LookStatistics([look.numerators[size]], [look.denominators[size]])
