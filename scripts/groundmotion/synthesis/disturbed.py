"""Shifts towards measured maps: spikes that neighbours share, and everything at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Range
from groundmotion.noise.model import CorrelatedField
from groundmotion.synthesis.examples import Example, ExampleSettings, noise_of
from groundmotion.synthesis.shifts import BurstRamps, GrossOutliers, HeavySpikes, with_parts


@dataclass(frozen=True)
class SharedSpikes:
    """Spikes of the same variance that neighbours share in part, as points on one building do.

    Parameters
    ----------
    share
        Of the variance, in [0, 1], that is correlated.
    e_folding_m
        Distance over which its correlation falls to 1/e, exponentially.
    """

    share: float
    e_folding_m: float

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Blend the spikes with a field of short range."""
        spikes = np.sqrt(1 - self.share) * example.spikes
        variance = self.share * noise_of(example).nugget
        if variance > 0:
            mask = np.isfinite(example.sparse)
            b_per_km = 1000 / self.e_folding_m
            field = CorrelatedField(mask.shape, settings.pixel_m, variance, b_per_km)
            spikes = spikes + field.draw(rng)[mask]
        return with_parts(example, spikes=spikes.astype(np.float32))


@dataclass(frozen=True)
class Disturbed:
    """Everything that measured maps hold and the law does not, each as much as is drawn.

    Atmosphere of another range, heavy-tailed spikes that neighbours share, gross outliers, clusters
    of them (paper, Fig. 8d) and ramps of bursts.

    Parameters
    ----------
    b_per_km
        Of the atmosphere, log-uniform.
    degrees_of_freedom
        Of the spikes' Student's t, log-uniform.
    shared_share, e_folding_m
        As of :class:`SharedSpikes`, uniform.
    outlier_share, outlier_mm_yr
        Share of gross outliers, uniform from zero; their sizes, of either sign.
    clusters
        Expected number of clusters in a window.
    cluster_radius_m, cluster_share
        Radius, uniform; share of outliers within.
    burst_length_km, ramp_mm_yr_per_km
        As of :class:`BurstRamps`.
    """

    b_per_km: Range
    degrees_of_freedom: Range
    shared_share: Range
    e_folding_m: Range
    outlier_share: float
    outlier_mm_yr: Range
    clusters: float
    cluster_radius_m: Range
    cluster_share: float
    burst_length_km: float
    ramp_mm_yr_per_km: float

    def change(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator, /
    ) -> Example:
        """Draw each disturbance and apply them one after the other."""
        b_per_km, free = (
            float(np.exp(rng.uniform(*np.log(r)))) for r in (self.b_per_km, self.degrees_of_freedom)
        )
        share, e_folding = rng.uniform(*self.shared_share), rng.uniform(*self.e_folding_m)
        shape, a = example.sparse.shape, noise_of(example).a
        atmosphere = CorrelatedField(shape, settings.pixel_m, a, b_per_km).draw(rng)
        example = with_parts(example, atmosphere=atmosphere)
        for shift in (
            HeavySpikes(free),
            SharedSpikes(share, e_folding),
            GrossOutliers(rng.uniform(0, self.outlier_share), self.outlier_mm_yr),
            BurstRamps(self.burst_length_km, self.ramp_mm_yr_per_km),
        ):
            example = shift.change(example, settings, rng)
        return self._with_clusters(example, settings, rng)

    def _with_clusters(
        self, example: Example, settings: ExampleSettings, rng: np.random.Generator
    ) -> Example:
        """Add outliers around some points: where there are none, no cluster would be seen."""
        row, col = np.nonzero(np.isfinite(example.sparse))
        errors: NDArray[np.float32] = np.zeros(len(row), np.float32)
        for _ in range(rng.poisson(self.clusters)):
            centre = int(rng.integers(len(row)))
            far = np.hypot(row - row[centre], col - col[centre]) * settings.pixel_m
            hit = (far < rng.uniform(*self.cluster_radius_m)) & (
                rng.random(len(row)) < self.cluster_share
            )
            size = rng.uniform(*self.outlier_mm_yr, len(row)) * rng.choice((-1, 1), len(row))
            errors[hit] = size[hit]
        return with_parts(example, spikes=example.spikes + errors)
