"""What noise alone gives: the spread of the statistic, and false areas above a threshold.

Noise of the scene's covariance is drawn at the scene's own points. The variance of numerators, by
weight, makes the statistic one of unit variance; the number of connected places above a value, per
1,000 km², is extrapolated by ``κ u² exp(−β u²/2)``, the law of the maxima of a smooth Gaussian field
over places and sizes (β = 1; Siegmund & Worsley 1995), with β below 1 where the points' own noise
has heavy tails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import ndimage, optimize

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.significance.looks import strongest
from groundmotion.detection.significance.scan import LookScan, LookStatistics, SpreadTable

#: Values of the statistic at which false areas are counted.
_LEVELS = np.arange(2.75, 4.76, 0.25)
#: Levels with fewer areas are not fitted.
_FEWEST = 4
#: Bounds of β.
_TAILS = (0.45, 1.0)
#: Knots of a table of spreads.
_KNOTS = 11


@dataclass(frozen=True)
class FalseAreaLaw:
    """False areas above u per 1,000 km²: e^``log_scale`` u² e^(−``tail`` u²/2)."""

    log_scale: float
    tail: float

    def rate(self, value: float) -> float:
        """Return the false areas per 1,000 km² above a value."""
        return float(np.exp(self.log_scale + 2 * np.log(value) - self.tail * value**2 / 2))

    def threshold(self, per_1000_km2: float) -> float:
        """Return the value above which so many false areas are expected; 3 at least.

        Examples
        --------
        >>> law = FalseAreaLaw(10.0, 1.0)
        >>> round(law.rate(law.threshold(1.0)), 6)
        1.0
        """
        if self.rate(3.0) <= per_1000_km2:
            return 3.0
        return float(optimize.brentq(lambda u: self.rate(u) - per_1000_km2, 3.0, 30.0))


@dataclass(frozen=True)
class Null:
    """What noise alone gives in a scene.

    Parameters
    ----------
    sizes_m
        Of templates.
    spread
        For each look and size.
    law
        Of false areas.
    drawn_km2
        Ground on which it was counted, draws included.
    """

    sizes_m: tuple[float, ...]
    spread: Mapping[str, tuple[SpreadTable, ...]]
    law: FalseAreaLaw
    drawn_km2: float

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
        law = FalseAreaLaw(**content["law"])
        return cls(tuple(content["sizes_m"]), spread, law, content["drawn_km2"])


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
    names = sorted({look for window in windows for look in window})
    spread = {
        look: tuple(
            _spread(
                [
                    (w[look], m[look][size], np.stack([n[look][size] for n in d]))
                    for w, m, d in zip(windows, judged, drawn, strict=True) if look in w
                ], size,
            )
            for size in range(len(sizes))
        )
        for look in names
    }  # fmt: skip
    counts, area_km2 = np.zeros(len(_LEVELS)), 0.0
    for window, masks, numerators in zip(windows, judged, drawn, strict=True):
        for one in numerators:
            looks = [
                LookStatistics(one[look], scan.denominators(list(spread[look]), masks[look]))
                for look, scan in window.items()
            ]
            counts += _areas_above(strongest(looks).apart())
            cell_m = next(iter(window.values())).whitener.points.grid.cell_m
            seen = np.any([d > 0 for look in looks for d in look.denominators], axis=0)
            area_km2 += float(seen.sum()) * cell_m**2 / 1e6
    law = _law(1000 * counts / max(area_km2, 1e-9), counts)
    return Null(tuple(float(s) for s in sizes), spread, law, area_km2)


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
    return SpreadTable(
        tuple(float(w) for w in means[0]), tuple(float(r) for r in np.log(means[1]))
    )


def _areas_above(values: Maps) -> Floats:
    return np.array([ndimage.label(values > level)[1] for level in _LEVELS], np.float64)


def _law(rates: Floats, counts: Floats) -> FalseAreaLaw:
    """Fit log rate = log κ + 2 log u − β u²/2, weighted by counts."""
    use = counts >= _FEWEST
    if use.sum() < 2:
        return FalseAreaLaw(float(np.log(5e4)), 1.0)
    level, weight = _LEVELS[use], np.sqrt(counts[use])
    target = np.log(rates[use]) - 2 * np.log(level)
    design = np.column_stack([np.ones(use.sum()), -(level**2) / 2])
    solution = np.linalg.lstsq(design * weight[:, None], target * weight, rcond=None)[0]
    tail = float(np.clip(solution[1], *_TAILS))
    scale = float(np.average(target + tail * level**2 / 2, weights=counts[use]))
    return FalseAreaLaw(scale, tail)
