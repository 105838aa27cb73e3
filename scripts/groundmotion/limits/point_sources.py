"""Point sources of unknown place, depth and strength: a lattice over their prior."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from groundmotion.aliases import Floats, Integers
from groundmotion.constants import LookGeometry
from groundmotion.deformation import point_source_depth, point_source_peak_los
from groundmotion.limits.amplitudes import AmplitudeLaw
from groundmotion.limits.reduction import (
    Observations,
    Reduction,
    Singles,
    reduce_around,
    reduce_evenly,
)
from groundmotion.synthesis.sources import MiningPoint, PrintedPoint

#: A source is looked for within so many depths; beyond, horizontal motion is below 2 % of its peak.
_REACH_DEPTHS = 8.0

#: Depths of one range differ by this factor; its cells measure so many of its smallest depths.
_DEPTHS, _CELL_DEPTHS = 1.6, 0.42

#: Within so many of its largest depths cells are of the finest, and three and eight times that.
_RINGS_DEPTHS = (0.75, 2.0, 6.0)


@dataclass(frozen=True)
class PointNodes:
    """Places and depths that stand for a part of the prior each.

    Parameters
    ----------
    east_m, north_m, depth_m
        (n,) each.
    spacing_m, log_step
        (n,) size of that part: a square of places, and a range of log depth.
    """

    east_m: Floats
    north_m: Floats
    depth_m: Floats
    spacing_m: Floats
    log_step: Floats

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.depth_m)

    def take(self, mask: NDArray[np.bool_]) -> "PointNodes":
        """Return some nodes."""
        return PointNodes(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def split(self, parts: int) -> "PointNodes":
        """Cut every node's part of the prior into ``parts``³ nodes."""
        steps = (np.arange(parts) + 0.5) / parts - 0.5
        offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")).reshape(3, -1, 1)
        places = [
            (self.east_m + offsets[0] * self.spacing_m).ravel(),
            (self.north_m + offsets[1] * self.spacing_m).ravel(),
            (self.depth_m * np.exp(offsets[2] * self.log_step)).ravel(),
        ]
        sizes = [np.tile(x / parts, parts**3) for x in (self.spacing_m, self.log_step)]
        return PointNodes(*places, *sizes)

    def joined(self, other: "PointNodes") -> "PointNodes":
        """Return these nodes and others."""
        return PointNodes(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            )
        )


@dataclass(frozen=True)
class PointPrior:
    """The law of point sources in a window, per unit of their LOS peak.

    Parameters
    ----------
    ranges
        What examples are drawn from.
    side_m
        Side of the window.
    look
        From where it is seen.
    """

    ranges: MiningPoint | PrintedPoint
    side_m: float
    look: LookGeometry

    def depth_limits(self) -> tuple[float, float]:
        """Smallest and largest depth that occur, metres."""
        law = self.ranges
        if isinstance(law, MiningPoint):
            low, high = (point_source_depth(r, law.radius_fraction) for r in law.radius_m)
            return low, high
        # The weakest source is below the highest peak from this depth on.
        weakest = 10 ** law.log10_volume_change_m3_yr[0] * self._peak_at_one_metre()
        strongest = 10 ** law.log10_volume_change_m3_yr[1] * self._peak_at_one_metre()
        shallow = max(law.depth_m[0], float(np.sqrt(weakest / law.peak_mm_yr[1])))
        deep = law.depth_m[1]
        if law.peak_mm_yr[0] > 0:
            deep = min(deep, float(np.sqrt(strongest / law.peak_mm_yr[0])))
        return shallow, deep

    def _peak_at_one_metre(self) -> float:
        return point_source_peak_los(1.0, 1.0, self.ranges.poisson, self.look)

    def amplitudes(self, nodes: PointNodes) -> AmplitudeLaw:
        """Prior of the LOS peak at each node: uniform in its logarithm, either sign."""
        law, depth = self.ranges, nodes.depth_m
        low, high = (np.full(len(depth), limit) for limit in law.peak_mm_yr)
        if isinstance(law, PrintedPoint):
            unit = self._peak_at_one_metre() / depth**2
            weakest, strongest = (10**v * unit for v in law.log10_volume_change_m3_yr)
            low, high = np.maximum(low, weakest), np.minimum(high, strongest)
        return AmplitudeLaw(low, high, -1, both_signs=True)

    def log_weights(self, nodes: PointNodes) -> Floats:
        """Logarithm of the prior probability of each node's part, up to a constant."""
        size = 2 * np.log(nodes.spacing_m) + np.log(nodes.log_step)
        if isinstance(self.ranges, MiningPoint):
            return np.asarray(size)
        # Depth is uniform, and kept in proportion to the volume changes that it allows.
        law = self.amplitudes(nodes)
        log_range = np.log(np.maximum(law.highest / law.lowest, 1.0 + 1e-12))
        return np.asarray(size + np.log(nodes.depth_m * log_range))

    def lattice(self, spacing_depths: float, log_step: float, finest_m: float) -> PointNodes:
        """Lay nodes out: depths even in their logarithm, places even at a share of the depth.

        Parameters
        ----------
        spacing_depths
            Distance of neighbouring places, in depths.
        log_step
            Distance of neighbouring log depths.
        finest_m
            Places are never closer.
        """
        low, high = np.log(self.depth_limits())
        levels = max(int(np.ceil((high - low) / log_step)), 1)
        step = (high - low) / levels
        parts = []
        for depth in np.exp(low + step * (np.arange(levels) + 0.5)):
            count = int(np.ceil(self.side_m / max(spacing_depths * depth, finest_m)))
            spacing = self.side_m / count
            along = (np.arange(count) + 0.5) * spacing
            east, south = (x.ravel() for x in np.meshgrid(along, along))
            ones = np.ones(len(east))
            parts.append([east, -south, depth * ones, spacing * ones, step * ones])
        return PointNodes(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def signals(self, data: Reduction, nodes: PointNodes) -> Singles:
        """Mean of the unit source over each cell's points, (n, cells); 0 far from the source."""
        unit = np.array(self.look.unit_vector())
        unit /= self._peak_at_one_metre() / (1000 * (1 - self.ranges.poisson) / np.pi)
        return _signals(
            np.stack([nodes.east_m, nodes.north_m, nodes.depth_m], 1).astype(np.float32),
            unit.astype(np.float32),
            np.stack([data.east_m, data.north_m], 1),
            data.starts,
        )


class PointMatcher:
    """Matched filters for point sources on one example, on cells that suit each depth.

    Where cells small enough for a range of depths would be too many, the window is cut into
    squares, and cells grow with their distance from the square that a source is in.

    Parameters
    ----------
    data
        The points.
    prior
        The law of the sources.
    max_cells
        Up to so many cells the window is taken whole.
    """

    def __init__(self, data: Observations, prior: PointPrior, max_cells: int) -> None:
        self._data, self._prior = data, prior
        self._whole = reduce_evenly(data, max_cells)
        self._parts: dict[tuple[int, int, int], Reduction] = {}

    def match(self, nodes: PointNodes) -> tuple[Floats, Floats]:
        """Compute t = gᵀC⁻¹y and q = gᵀC⁻¹g of the unit sources at the nodes, (n,) each."""
        t, q = np.zeros(len(nodes)), np.zeros(len(nodes))
        side = self._prior.side_m
        level = np.floor(np.log(nodes.depth_m / self._data.pixel_m) / np.log(_DEPTHS)).astype(int)
        # All depths below that for which single pixels will do are of one range.
        level = np.maximum(level, int(np.log(1.5 / _CELL_DEPTHS) / np.log(_DEPTHS)))
        for depths in np.unique(level):
            squares = self._squares(int(depths))
            row, col = (
                np.clip(x * squares / side, 0, squares - 1).astype(int)
                for x in (-nodes.north_m, nodes.east_m)
            )
            place = np.where(level == depths, row * squares + col, -1)
            for square in np.unique(place[place >= 0]):
                mask = place == square
                data = self._reduction(int(depths), *divmod(int(square), squares))
                t[mask], q[mask] = data.quadratic(self._prior.signals(data, nodes.take(mask)))
        return t, q

    def _finest(self, depths: int) -> int:
        return max(round(_CELL_DEPTHS * _DEPTHS**depths), 1)

    def _squares(self, depths: int) -> int:
        """Squares along a side of the window; 1 where it is taken whole."""
        finest = self._finest(depths)
        if self._whole.finest_px <= finest:
            return 1
        return int(np.ceil(self._prior.side_m / self._data.pixel_m / max(16 * finest, 28)))

    def _reduction(self, depths: int, row: int, col: int) -> Reduction:
        squares = self._squares(depths)
        if squares == 1:
            return self._whole
        if (depths, row, col) not in self._parts:
            side_px = self._prior.side_m / self._data.pixel_m / squares
            first, second, third = (share * _DEPTHS ** (depths + 1) for share in _RINGS_DEPTHS)
            apart = [
                np.abs(i + 0.5 - (j + 0.5) * side_px) - side_px / 2
                for i, j in ((self._data.rows, row), (self._data.cols, col))
            ]
            self._parts[depths, row, col] = reduce_around(
                self._data,
                np.maximum(*apart),
                self._finest(depths),
                (first, second, third),
            )
        return self._parts[depths, row, col]


@njit(cache=True, nogil=True, fastmath=True)
def _signals(nodes: Singles, unit: Singles, points: Singles, starts: Integers) -> Singles:
    signals = np.zeros((len(nodes), len(starts) - 1), np.float32)
    for i in range(len(nodes)):
        east, north, depth = nodes[i]
        limit = (_REACH_DEPTHS * depth) ** 2
        for cell in range(len(starts) - 1):
            first = starts[cell]
            x, y = points[first, 0] - east, points[first, 1] - north
            if x * x + y * y > limit:
                continue
            total = np.float32(0)
            for p in range(first, starts[cell + 1]):
                x, y = points[p, 0] - east, points[p, 1] - north
                square = x * x + y * y + depth * depth
                g = (unit[0] * x + unit[1] * y + unit[2] * depth) * depth * depth
                total += g / (square * np.sqrt(square))
            signals[i, cell] = total / (starts[cell + 1] - first)
    return signals
