"""Laws of the noise at points, with numbers drawn anew for every map.

``LaboratoryNoise`` is that of the paper (§II-B). ``MeasuredNoise`` has what measured maps of the
European Ground Motion Service have beside it: spikes that neighbours share, heavy tails, outliers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Floats, Range
from groundmotion.errors import InputError
from groundmotion.noise.model import CorrelatedField, NoiseModel


@dataclass(frozen=True)
class PointNoise:
    """Noise of the points of one map, (n,) mm/yr, and the covariance that it was drawn from."""

    values_mm_yr: Floats
    model: NoiseModel


class NoiseLaw(Protocol):
    """Draws the noise of points that lie in cells of a map."""

    def draw(
        self, rng: np.random.Generator, has_point: NDArray[np.bool_], pixel_m: float, /
    ) -> PointNoise:
        """Draw the noise of one map.

        Parameters
        ----------
        rng
            Everything is drawn from it, the numbers of the law first.
        has_point
            (rows, cols); values are those of its true cells, row by row.
        pixel_m
            Side of a cell, metres.
        """


@dataclass(frozen=True)
class LaboratoryNoise:
    """Exponential covariance and Gaussian spikes (§II-B); all ranges are uniform.

    The nugget is the sill less a; pairs that leave none are drawn again.
    """

    a_mm2_yr2: Range
    b_per_km: Range
    sill_mm2_yr2: Range

    def draw(
        self, rng: np.random.Generator, has_point: NDArray[np.bool_], pixel_m: float, /
    ) -> PointNoise:
        """Draw atmosphere and spikes."""
        b, nugget, a = rng.uniform(*self.b_per_km), 0.0, 0.0
        while nugget <= 0:
            a = rng.uniform(*self.a_mm2_yr2)
            nugget = rng.uniform(*self.sill_mm2_yr2) - a
        values = _field(rng, has_point, pixel_m, NoiseModel(a, b, 0.0))
        values += np.sqrt(nugget) * rng.standard_normal(len(values))
        return PointNoise(values, NoiseModel(a, b, nugget))


@dataclass(frozen=True)
class MeasuredNoise:
    """Noise like that of measured maps; all ranges are uniform.

    Parameters
    ----------
    a_mm2_yr2, b_per_km, nugget_mm2_yr2
        Covariance of the atmosphere and variance of the spikes.
    shared_share, e_folding_m
        Share of the spikes' variance that neighbours have in common, as points on one building do,
        and the distance over which its correlation falls to 1/e.
    degrees_of_freedom
        Of Student's t, the law of the rest of the spikes; more than two.
    outlier_share, outlier_mm_yr
        Share of points with a gross error, added to their noise; its size, of either sign.
    """

    a_mm2_yr2: Range
    b_per_km: Range
    nugget_mm2_yr2: Range
    shared_share: float
    e_folding_m: float
    degrees_of_freedom: float
    outlier_share: float
    outlier_mm_yr: Range

    def draw(
        self, rng: np.random.Generator, has_point: NDArray[np.bool_], pixel_m: float, /
    ) -> PointNoise:
        """Draw atmosphere, shared spikes, spikes of their own, and outliers."""
        a, b = rng.uniform(*self.a_mm2_yr2), rng.uniform(*self.b_per_km)
        nugget, free = rng.uniform(*self.nugget_mm2_yr2), self.degrees_of_freedom
        values = _field(rng, has_point, pixel_m, NoiseModel(a, b, 0.0))
        if self.shared_share > 0:
            shared = NoiseModel(self.shared_share * nugget, 1000 / self.e_folding_m, 0.0)
            values += _field(rng, has_point, pixel_m, shared)
        scale = np.sqrt((1 - self.shared_share) * nugget * (free - 2) / free)
        values += scale * rng.standard_t(free, len(values))
        is_outlier = rng.random(len(values)) < self.outlier_share
        size = rng.uniform(*self.outlier_mm_yr, len(values)) * rng.choice((-1, 1), len(values))
        values[is_outlier] += size[is_outlier]
        return PointNoise(values, NoiseModel(a, b, nugget))


def _field(
    rng: np.random.Generator, has_point: NDArray[np.bool_], pixel_m: float, model: NoiseModel
) -> Floats:
    """Draw a correlated field at the cells of points."""
    field = CorrelatedField(has_point.shape, pixel_m, model.a, model.b_per_km)
    return field.draw(rng)[has_point].astype(np.float64)


def law_from(name: str, numbers: Mapping[str, Any]) -> NoiseLaw:
    """Make a law of :data:`LAWS` from its entry in the configuration.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    if name not in LAWS:
        raise InputError(f"noise {name!r}: expected one of {', '.join(LAWS)}")
    ranges = {key: tuple(v) if isinstance(v, list) else v for key, v in numbers.items()}
    return LAWS[name](**ranges)


#: Name, as in :data:`groundmotion.names.TRIAL_NOISES` → law.
LAWS: dict[str, Callable[..., NoiseLaw]] = {
    "laboratory": LaboratoryNoise,
    "egms_like": MeasuredNoise,
}
