"""How well fills do on simulated maps of one bowl: the truth D + T is known."""

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.deformation import point_source, point_source_depth
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.interpolation.kriging_models import krige_by
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.names import KRIGING_MODELS
from groundmotion.noise.model import CorrelatedField
from groundmotion.synthesis.settlements import SettlementSettings, clustered_density, draw_mask

#: Columns of the rows that `try_fills` returns.
TRIAL_COLUMNS = (
    "fill", "density", "bowl_m", "seed", "rmse_mm_yr", "peak_bias_mm_yr", "seconds", "spike_gain",
)  # fmt: skip


@dataclass(frozen=True)
class BowlMap:
    """A map whose truth is known; all (rows, cols), mm/yr.

    Parameters
    ----------
    truth
        D + T.
    bowl
        D alone, negative; zero everywhere on a map without a bowl.
    spikes
        At the points; NaN where there is none.
    """

    truth: NDArray[np.floating]
    bowl: NDArray[np.floating]
    spikes: NDArray[np.floating]

    @property
    def sparse(self) -> NDArray[np.floating]:
        """What is measured: D + T + spikes at the points, NaN elsewhere."""
        return self.truth + self.spikes

    @property
    def centre(self) -> tuple[int, int]:
        """Row and column of the bowl's deepest cell."""
        row, col = np.unravel_index(np.argmin(self.bowl), self.bowl.shape)
        return int(row), int(col)


@dataclass(frozen=True)
class TrialSettings:
    """What all trials have in common.

    Parameters
    ----------
    size_px
        Side of the maps.
    regional
        Covariance that they are drawn with, and their pixel size.
    country
        Where points lie: all of :class:`SettlementSettings` but the density.
    peak_mm_yr
        Depth of every bowl.
    poisson_ratio
        Of the ground.
    """

    size_px: int
    regional: Covariance
    country: Mapping[str, Any]
    peak_mm_yr: float
    poisson_ratio: float

    @classmethod
    def from_config(cls, section: Mapping[str, Any], poisson_ratio: float) -> "TrialSettings":
        """Read the section ``interpolation`` of the configuration."""
        noise = section["noise"]
        regional = Covariance(
            nugget=noise["nugget_mm2_yr2"],
            a=noise["a_mm2_yr2"],
            b_per_km=noise["b_per_km"],
            pixel_m=section["pixel_m"],
        )
        fixed = section["country"], section["peak_mm_yr"], poisson_ratio
        return cls(section["size_px"], regional, *fixed)


def draw_bowl_map(
    settings: TrialSettings, density: float, width_m: float, rng: np.random.Generator
) -> BowlMap:
    """Draw one map.

    Parameters
    ----------
    settings
        The law.
    density
        Mean share of cells with a point.
    width_m
        Full width of the bowl at half its depth; 0 for none. It lies in the map's middle third.
    rng
        Maps of one density drawn from equal generators differ in the bowl alone.
    """
    shape, model = (settings.size_px,) * 2, settings.regional
    atmosphere = CorrelatedField(shape, model.pixel_m, model.a, model.b_per_km).draw(rng)
    spikes = rng.normal(0, np.sqrt(model.nugget), shape)
    row, col = (np.indices(shape) - rng.uniform(0.35, 0.65, (2, 1, 1)) * shape[0]) * model.pixel_m
    bowl = np.zeros(shape)
    if width_m > 0:
        depth_m = point_source_depth(width_m / 2, 0.5)
        up = point_source(col, -row, depth_m, -1.0, settings.poisson_ratio)[2]
        bowl = settings.peak_mm_yr * up / np.abs(up).max()
    country = SettlementSettings(density, **settings.country)
    has_point = draw_mask(clustered_density(shape, model.pixel_m, rng, country), rng)
    return BowlMap(atmosphere + bowl, bowl, np.where(has_point, spikes, np.nan))


def try_fills(
    names: Sequence[str],
    fills: Mapping[str, Any],
    variogram: Mapping[str, float],
    bowl_map: BowlMap,
    regional: Covariance,
) -> list[dict[str, float | str]]:
    """Fill one map in several ways and compare with its truth.

    Parameters
    ----------
    names
        Of :data:`groundmotion.names.FILLS` and :data:`~groundmotion.names.KRIGING_MODELS`.
    fills, variogram
        Sections of the configuration; kriging fits its variogram on the map that it fills.
    bowl_map
        The map.
    regional
        Covariance that it was drawn with.

    Returns
    -------
    For each name: fill, rmse_mm_yr, peak_bias_mm_yr (of the filled map at the bowl's centre; NaN
    without a bowl), seconds, and spike_gain, the rms of the change that spikes make over their own.
    """
    fit = functools.partial(fitted_covariance, pixel_m=regional.pixel_m, settings=variogram)
    settings, covariance = FillSettings.from_config(fills), fit(bowl_map.sparse)
    has_point = ~np.isnan(bowl_map.spikes)
    clean = np.where(has_point, bowl_map.truth, np.nan)

    def fill_by(name: str, values: NDArray[np.floating]) -> NDArray[np.floating]:
        if name in KRIGING_MODELS:
            return krige_by(name, values, settings, (covariance, regional), fit)
        return Filler(name, settings, covariance)(values)

    rows: list[dict[str, float | str]] = []
    for name in names:
        start = time.perf_counter()
        filled = fill_by(name, bowl_map.sparse)
        seconds = time.perf_counter() - start
        error = filled - bowl_map.truth
        gain = _rms(filled - fill_by(name, clean)) / _rms(bowl_map.spikes[has_point])
        bias = float(error[bowl_map.centre]) if bowl_map.bowl.any() else np.nan
        scores = {"rmse_mm_yr": _rms(error), "peak_bias_mm_yr": bias, "spike_gain": gain}
        rows.append({"fill": name, "seconds": seconds, **scores})
    return rows


def _rms(values: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
