"""One look against its own noise: the matched filter at every cell and size."""

from dataclasses import dataclass

import numpy as np

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.shapes import UnitVector
from groundmotion.detection.significance.templates import Templates
from groundmotion.noise.cells import CellGrid, CellPoints
from groundmotion.noise.levels import point_levels
from groundmotion.noise.look import LookNoise, LookPoints, NoiseSettings
from groundmotion.noise.outliers import Neighbours
from groundmotion.noise.whitening import WHITE_CELLS, Whitener


@dataclass(frozen=True)
class SpreadTable:
    """Variance of the numerator on noise over that of evenly spread points, for one template.

    Parameters
    ----------
    log_weights, log_ratios
        (knots,) each, the first ascending; one knot at least.
    """

    log_weights: tuple[float, ...]
    log_ratios: tuple[float, ...]

    def ratio(self, log_weights: Maps) -> Floats:
        """Return the ratio at cells of these weights."""
        return np.exp(np.interp(log_weights, self.log_weights, self.log_ratios))


@dataclass(frozen=True)
class LookStatistics:
    """Numerators gᵀC⁻¹v and denominators gᵀC⁻¹g of one look, by template, (rows, cols) each.

    Denominators are 0 where too few points lie within the size.
    """

    numerators: list[Maps]
    denominators: list[Maps]


class LookScan:
    """The points of one look in an extent, ready to be scanned.

    Parameters
    ----------
    points
        All inside the grid.
    noise
        Of the look.
    grid
        Cells.
    bank
        Sizes of templates (metres, each comes in two shapes), and the unit vector toward the
        satellite.
    settings
        As the noise was fitted by.
    threads
        For the transforms; does not change the result.
    """

    def __init__(
        self, points: LookPoints, noise: LookNoise, grid: CellGrid,
        bank: tuple[Floats, UnitVector], settings: NoiseSettings,
        threads: int = 1,
    ) -> None:  # fmt: skip
        east, north = points.easting_m, points.northing_m
        self.points, self.noise = points, noise
        self._neighbours = Neighbours(east, north)
        self.levels = point_levels(points, noise, self._neighbours, settings)
        #: (n,) velocities without plane, over the level of the ground
        self.even_values = noise.flattened(east, north, points.velocity) / self.levels.ground
        cells = CellPoints(grid, east, north, self.levels.own)
        self.whitener = Whitener(cells, noise.covariance, threads)
        spread = self._neighbours.spread(noise.covariance, cells.level, WHITE_CELLS * grid.cell_m)
        self._limit = settings.clip_sigma * spread
        self.templates = Templates(self.whitener, *bank)
        self.log_weights = self.templates.log_weights()
        self._even = self.templates.even_denominators(self.log_weights)

    def judged(self, min_points: int) -> list[np.ndarray]:
        """Tell for each size where at least so many points lie within it, (rows, cols)."""
        return [count > min_points - 0.5 for count in self.templates.points_within()]

    def even(self) -> list[Maps]:
        """Return denominators of evenly spread points, by size."""
        return self._even

    def denominators(self, spread: list[SpreadTable], judged: list[np.ndarray]) -> list[Maps]:
        """Return denominators by size, 0 where nothing can be judged."""
        return [
            np.where(mask, even * table.ratio(weights), 0.0).astype(np.float32)
            for even, table, weights, mask in zip(
                self._even, spread, self.log_weights, judged, strict=True
            )
        ]

    def numerators(self, values: Floats) -> list[Maps]:
        """Return numerators by size for values (n,) of the points, over the level of the ground."""
        return self.templates.numerators(self.whitener.solve(self.drawn_in(values))[0])

    def drawn_in(self, values: Floats) -> Floats:
        """Draw points that stand out of their neighbours in toward them, (n,) mm/yr."""
        return self._neighbours.drawn_in(values, self._limit)

    def draw(self, rng: np.random.Generator) -> list[Maps]:
        """Return numerators of drawn noise."""
        return self.numerators(self.whitener.draw(rng, np.asarray(self.noise.spikes)))
