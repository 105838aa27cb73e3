"""Trials: small scenes of one look with one source at most, each a draw of its own.

Detectors are measured on many of them, where a scene holds a handful of sources. Trials of one
index have the same place, shape, sampling and noise whatever their peak and the level of the noise,
so that cases are compared in pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from numpy.typing import NDArray
from scipy import optimize
from shapely.geometry import shape

from groundmotion import deformation
from groundmotion.aliases import Bounds, Floats, Range
from groundmotion.constants import SENTINEL1_UK
from groundmotion.errors import InputError
from groundmotion.grid import pixel_centres
from groundmotion.noise.laws import NoiseLaw
from groundmotion.simulation.country import CountrySettings, point_density
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import PassSettings, TruthSettings, scene_settings
from groundmotion.simulation.truth import points_within

#: The one look of a trial.
LOOK = "asc"

#: Trials lie nowhere; any projected system in metres does.
CRS = "EPSG:3035"

_TRUTH_COLUMNS = (
    "kind", "direction", "easting_m", "northing_m", "radius_m", "peak_mm_yr", f"peak_{LOOK}_mm_yr",
    "area_km2", "n_points", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class TrialSettings:
    """What trials are drawn from.

    Parameters
    ----------
    size_m, pixel_m
        Side of a trial and of its cells.
    radius_m, radius_fraction
        Distance from the middle of a source, log-uniform, at which so much of its vertical peak is
        left.
    gaussian_share
        Of the sources: Gaussian bowls that move vertically; the others are point sources.
    density, settled_share
        Share of cells with a point, log-uniform; share of trials whose points lie in towns, along
        roads and in open country (``country``) and not evenly.
    country, sampling
        How settled trials look; densities of the pass ``sampling``, scaled to that of the trial.
    truth
        Where the ground moves.
    """

    size_m: float
    pixel_m: float
    radius_m: Range
    radius_fraction: float
    gaussian_share: float
    density: Range
    settled_share: float
    country: CountrySettings
    sampling: PassSettings
    truth: TruthSettings

    @classmethod
    def from_config(
        cls, trials: Mapping[str, Any], simulation: Mapping[str, Any]
    ) -> "TrialSettings":
        """Take the numbers from the sections ``trials`` and ``simulation``."""
        keys = ("size_m", "pixel_m", "radius_fraction", "gaussian_share", "settled_share")
        scene = scene_settings(simulation, {"seed": 0}, 0)
        return cls(
            **{key: trials[key] for key in keys},
            radius_m=tuple(trials["radius_m"]),
            density=tuple(trials["density"]),
            country=scene.country,
            sampling=scene.passes[LOOK],
            truth=scene.truth,
        )


@dataclass(frozen=True)
class TrialCase:
    """What a number of trials have in common.

    Parameters
    ----------
    peak_mm_yr
        Largest LOS speed of the source; 0 for still ground.
    noise_scale
        What all noise is multiplied by.
    """

    peak_mm_yr: float
    noise_scale: float = 1.0

    @classmethod
    def named(cls, name: str) -> "TrialCase":
        """Read a case from its name: ``peak_<mm/yr>`` or ``still_<noise scale>``.

        Examples
        --------
        >>> TrialCase.named("still_0.5")
        TrialCase(peak_mm_yr=0.0, noise_scale=0.5)
        """
        kind, _, number = name.partition("_")
        if kind not in ("peak", "still"):
            raise InputError(f"case {name!r}: expected peak_<mm/yr> or still_<noise scale>")
        return cls(float(number)) if kind == "peak" else cls(0.0, float(number))


@dataclass(frozen=True)
class TrialSource:
    """A source of a trial: place, shape, and LOS and vertical velocity at its strongest, mm/yr."""

    kind: str
    centre_m: tuple[float, float]
    radius_m: float
    fraction: float
    peak_los_mm_yr: float

    def los_velocity(self, easting_m: Floats, northing_m: Floats) -> Floats:
        """Return the LOS velocity at places, mm/yr, positive toward the satellite."""
        look = SENTINEL1_UK[LOOK]
        unit = self._displacement(easting_m - self.centre_m[0], northing_m - self.centre_m[1])
        return self.peak_los_mm_yr / self._unit_peak_los() * deformation.project_los(unit, look)

    @property
    def peak_up_mm_yr(self) -> float:
        """Largest vertical velocity, positive up."""
        up = self._displacement(np.zeros(1), np.zeros(1))[2, 0]
        return float(self.peak_los_mm_yr / self._unit_peak_los() * up)

    @property
    def _depth_m(self) -> float:
        return deformation.point_source_depth(self.radius_m, self.fraction)

    def _displacement(self, east: Floats, north: Floats) -> Floats:
        """Return (3, …) displacement of a source of some strength that lifts the ground."""
        if self.kind == "point":
            return deformation.point_source(east, north, self._depth_m, 1.0, poisson=0.0)
        square = (east**2 + north**2) / self.radius_m**2
        up = np.exp(np.log(self.fraction) * square)
        return np.stack([np.zeros_like(up), np.zeros_like(up), up])

    def _unit_peak_los(self) -> float:
        look = SENTINEL1_UK[LOOK]
        if self.kind == "point":
            return deformation.point_source_peak_los(self._depth_m, 1.0, 0.0, look)
        return look.unit_vector()[2]


@dataclass(frozen=True)
class Trial:
    """One trial.

    Parameters
    ----------
    points
        Look → table as of a scene: ``easting_m, northing_m, velocity_mm_yr`` (LOS) and
        ``velocity_std_mm_yr``, the standard deviation of the spikes.
    truth
        One row, or none on still ground: ``kind`` (point, gaussian), ``direction`` of the vertical
        motion, place, ``radius_m``, ``peak_mm_yr`` (vertical), ``peak_asc_mm_yr`` (LOS, signed),
        ``area_km2``, ``n_points`` inside, and the polygon where the ground moves.
    bounds, pixel_m, crs
        Extent, cells and coordinate system.
    density
        Share of cells with a point that was asked for.
    settled
        Whether the points lie in towns and country.
    """

    points: dict[str, pd.DataFrame]
    truth: geopandas.GeoDataFrame
    bounds: Bounds
    pixel_m: float
    crs: str
    density: float
    settled: bool


def draw_trial(
    settings: TrialSettings, noise: NoiseLaw, case: TrialCase, seeds: tuple[int, int, int]
) -> Trial:
    """Draw one trial.

    Parameters
    ----------
    settings, noise, case
        What it is drawn from.
    seeds
        Of the configuration, of the study (``trials: seed`` or ``validation_seed``), and the
        trial's number.
    """
    streams = np.random.SeedSequence(seeds).spawn(3)
    source_rng, place_rng, noise_rng = (np.random.default_rng(stream) for stream in streams)
    window = window_over((0.0, 0.0, settings.size_m, settings.size_m), settings.pixel_m)
    density, settled, has_point = _draw_mask(settings, window, seeds, place_rng)
    rows, cols = np.nonzero(has_point)
    east = (cols + window.col + place_rng.random(len(cols))) * window.pixel_m
    north = -(rows + window.row + place_rng.random(len(rows))) * window.pixel_m
    drawn = noise.draw(noise_rng, has_point, settings.pixel_m)
    velocity = case.noise_scale * drawn.values_mm_yr
    source = _draw_source(settings, case.peak_mm_yr, source_rng)
    if case.peak_mm_yr > 0:
        velocity = velocity + source.los_velocity(east, north)
    table = pd.DataFrame({"easting_m": east, "northing_m": north, "velocity_mm_yr": velocity})
    table["velocity_std_mm_yr"] = case.noise_scale * np.sqrt(drawn.model.nugget)
    truth = _true_area(source, settings.truth, window, table)
    return Trial({LOOK: table}, truth, window.bounds, window.pixel_m, CRS, density, settled)


def _draw_source(
    settings: TrialSettings, peak_mm_yr: float, rng: np.random.Generator
) -> TrialSource:
    """Draw a source that lies one radius at least within the edges."""
    radius = float(np.exp(rng.uniform(*np.log(settings.radius_m))))
    east, north = rng.uniform(radius, settings.size_m - radius, 2)
    kind = "gaussian" if rng.random() < settings.gaussian_share else "point"
    sign = float(rng.choice((-1.0, 1.0)))
    place = (float(east), float(north))
    return TrialSource(kind, place, radius, settings.radius_fraction, sign * peak_mm_yr)


def _draw_mask(
    settings: TrialSettings, window: Window, seeds: tuple[int, int, int], rng: np.random.Generator
) -> tuple[float, bool, NDArray[np.bool_]]:
    """Draw the density, whether the country is settled, and which cells have a point."""
    density = float(np.exp(rng.uniform(*np.log(settings.density))))
    settled = bool(rng.random() < settings.settled_share)
    expected: Floats | float = density
    if settled:
        sampling = settings.sampling
        pattern = point_density(
            settings.country, seeds, window, sampling.town_density, sampling.country_density
        )
        expected = scaled_to_mean(pattern, density, settings.country.max_density)
    return density, settled, rng.random(window.shape) < expected


def scaled_to_mean(density: NDArray[np.floating], mean: float, largest: float) -> Floats:
    """Scale a map of densities so that its mean, cut at ``largest``, is ``mean``.

    Parameters
    ----------
    density
        (rows, cols), positive.
    mean, largest
        ``mean`` < ``largest``.

    Examples
    --------
    >>> scaled_to_mean(np.array([[0.1, 0.3]]), 0.4, 0.5).round(6)
    array([[0.3, 0.5]])
    """
    values = np.asarray(density, np.float64)

    def excess(log_factor: float) -> float:
        return float(np.minimum(np.exp(log_factor) * values, largest).mean()) - mean

    end = np.log(largest / values.min())
    factor = np.exp(optimize.brentq(excess, np.log(mean / values.max()), end))
    return np.minimum(factor * values, largest)


def _true_area(
    source: TrialSource, truth: TruthSettings, window: Window, table: pd.DataFrame
) -> geopandas.GeoDataFrame:
    """Return the cells where the ground moves as one row; none on still ground."""
    peak = source.peak_los_mm_yr
    limit = max(truth.min_mm_yr, truth.peak_share * abs(peak))
    los = source.los_velocity(*np.meshgrid(*pixel_centres(window.transform, window.shape)))
    mask = (np.abs(los) >= limit).astype(np.uint8)
    shapes = rasterio.features.shapes(mask, mask == 1, transform=window.transform)
    polygon = shapely.union_all([shape(part) for part, _ in shapes])
    row = {
        "kind": source.kind,
        "direction": "uplift" if peak > 0 else "subsidence",
        "easting_m": source.centre_m[0],
        "northing_m": source.centre_m[1],
        "radius_m": source.radius_m,
        "peak_mm_yr": source.peak_up_mm_yr,
        f"peak_{LOOK}_mm_yr": peak,
        "area_km2": polygon.area / 1e6,
        "geometry": polygon,
    }
    layer = geopandas.GeoDataFrame([row], geometry="geometry", crs=CRS)
    layer["n_points"] = points_within(layer, table)
    return layer[list(_TRUTH_COLUMNS)].iloc[: int(polygon.area > 0)]
