"""Troughs of unknown track, cross-section and depth: draws from their prior, refined locally.

A trough is described by numbers between 0 and 1 from which the prior makes it, so that the prior
is uniform. Importance sampling from a mixture of it and boxes around the best draws is unbiased
for any boxes; draws of all rounds count by the mixture of all (balance heuristic).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.stats import qmc

from groundmotion.aliases import Floats, Integers
from groundmotion.constants import LookGeometry
from groundmotion.deformation import arc_track, offset_to_track
from groundmotion.limits.amplitudes import AmplitudeLaw
from groundmotion.limits.reduction import Reduction, Singles
from groundmotion.synthesis.sources import MiningLine, PrintedLine

#: Columns of a trough's numbers between 0 and 1.
_EAST, _SOUTH, _AZIMUTH, _LENGTH, _RADIUS, _BEND, _SAG, _HOG, _SINK, _EDGE, _WIDTH = range(11)
_NUMBERS = 11


@dataclass(frozen=True)
class Troughs:
    """Troughs whose LOS peak is 1, (n,) each.

    Parameters
    ----------
    east_m, north_m, azimuth_rad, length_m, curvature_per_m
        Of the track, as in :func:`groundmotion.deformation.arc_track`.
    sagging_m, hogging_m, hogging_share
        Width of the zones, and the hogging zone's share of the depth.
    """

    east_m: Floats
    north_m: Floats
    azimuth_rad: Floats
    length_m: Floats
    curvature_per_m: Floats
    sagging_m: Floats
    hogging_m: Floats
    hogging_share: Floats

    def half_width_m(self) -> Floats:
        """Distance from the track to still ground."""
        return self.sagging_m / 2 + self.hogging_m


@dataclass(frozen=True)
class LinePrior:
    """The law of troughs in a window, by numbers between 0 and 1.

    Parameters
    ----------
    ranges
        What examples are drawn from.
    side_m
        Side of the window.
    look
        From where it is seen.
    """

    ranges: MiningLine | PrintedLine
    side_m: float
    look: LookGeometry

    @property
    def printed(self) -> PrintedLine:
        """The ranges that give shapes and tracks."""
        return self.ranges if isinstance(self.ranges, PrintedLine) else self.ranges.printed

    def draw(self, count: int, seed: np.random.SeedSequence) -> Floats:
        """Draw evenly spread numbers (scrambled Sobol), (count, 11)."""
        return np.asarray(qmc.Sobol(_NUMBERS, rng=np.random.default_rng(seed)).random(count))

    def troughs(self, numbers: Floats) -> Troughs:
        """Make troughs of numbers between 0 and 1, (n, 11)."""
        law = self.printed
        length = _between(numbers[:, _LENGTH], law.tracks.length_m)
        radius = np.exp(_between(numbers[:, _RADIUS], tuple(np.log(law.tracks.radius_m))))
        sagging = _between(numbers[:, _SAG], law.sagging_length_m)
        hogging = _between(numbers[:, _HOG], law.hogging_length_m)
        sink, edge = self._depths(numbers)
        wide = np.ones(len(numbers))
        if isinstance(self.ranges, MiningLine):
            half = np.exp(_between(numbers[:, _WIDTH], tuple(np.log(self.ranges.half_width_m))))
            wide = half / (sagging / 2 + hogging)
        return Troughs(
            numbers[:, _EAST] * self.side_m,
            -numbers[:, _SOUTH] * self.side_m,
            numbers[:, _AZIMUTH] * np.pi,
            length,
            self._bend(numbers) * np.minimum(1 / radius, np.pi / length),
            sagging * wide,
            hogging * wide,
            edge / (sink + edge),
        )

    def _bend(self, numbers: Floats) -> Floats:
        """Return 0 for straight tracks, ±1 for curved ones."""
        curved = self.printed.tracks.curved_share
        left = numbers[:, _BEND] < curved / 2
        return np.where(numbers[:, _BEND] >= curved, 0.0, np.where(left, -1.0, 1.0))

    def _depths(self, numbers: Floats) -> tuple[Floats, Floats]:
        law = self.printed
        sink = _between(numbers[:, _SINK], law.sagging_depth_mm_yr)
        return sink, _between(numbers[:, _EDGE], law.hogging_depth_mm_yr)

    def amplitudes(self, numbers: Floats) -> tuple[AmplitudeLaw, Floats]:
        """Prior of the LOS peak given all else; and the share of it that is within limits.

        Printed depths of the zones are uniform: at a given ratio, the density of their sum grows
        with it.
        """
        law = self.ranges
        low, high = (np.full(len(numbers), limit) for limit in law.peak_mm_yr)
        if isinstance(law, MiningLine):
            return AmplitudeLaw(low, high, -1, both_signs=False), np.ones(len(numbers))
        sink, edge = self._depths(numbers)
        up = self.look.unit_vector()[2]
        parts = ((sink, law.sagging_depth_mm_yr), (edge, law.hogging_depth_mm_yr))
        total = (sink + edge) * up
        first = np.max([limits[0] / part * total for part, limits in parts], axis=0)
        last = np.min([limits[1] / part * total for part, limits in parts], axis=0)
        start, end = np.maximum(first, low), np.minimum(last, high)
        shares = np.maximum(end**2 - start**2, 0.0) / (last**2 - first**2)
        return AmplitudeLaw(start, end, 1, both_signs=False), shares

    def boxes(self, seeds: Floats, scale: float) -> "Boxes":
        """Lay boxes around seeds, (k, 11): as large as a trough may be off and still fit.

        Parameters
        ----------
        seeds
            Numbers of the troughs in the middle.
        scale
            1 is about the width of a trough at either side.
        """
        middles = self.troughs(seeds)
        width, length = middles.half_width_m(), middles.length_m
        half = np.full(seeds.shape, 0.5 * min(2 * scale, 1.0))
        half[:, _EAST] = 0.3 * length * scale / self.side_m  # along the track
        half[:, _SOUTH] = 0.6 * width * scale / self.side_m  # across
        half[:, _AZIMUTH] = 1.2 * width / length * scale / np.pi
        half[:, _WIDTH] = 0.25 * scale
        ratio = np.log(np.divide(*self.printed.tracks.radius_m[::-1]))
        bend = np.abs(middles.curvature_per_m)
        off = 6 * width / length**2 * scale / np.maximum(bend, 1e-9) / ratio
        half[:, _RADIUS] = np.where(bend > 0, np.minimum(off, 1.0), 1.0)
        low, high = np.maximum(seeds - half, 0.0), np.minimum(seeds + half, 1.0)
        curved = self.printed.tracks.curved_share
        edges = np.array([0.0, curved / 2, curved, 1.0])
        state = np.clip(np.searchsorted(edges, seeds[:, _BEND], side="right") - 1, 0, 2)
        low[:, _BEND], high[:, _BEND] = edges[state], edges[state + 1]
        for column in (_EAST, _SOUTH, _AZIMUTH):  # draws outside the prior are dropped
            low[:, column] = seeds[:, column] - half[:, column]
            high[:, column] = seeds[:, column] + half[:, column]
        return Boxes(low, high, middles.azimuth_rad)

    def signals(self, data: Reduction, troughs: Troughs, per_cell: int) -> Singles:
        """Mean of unit troughs over each cell's points, (n, cells), from about ``per_cell``."""
        return _signals(
            np.stack([getattr(troughs, name) for name in troughs.__dataclass_fields__], 1).astype(
                np.float32
            ),
            np.stack([data.east_m, data.north_m], 1),
            data.starts,
            per_cell,
        )

    def distance_px(
        self, trough: Troughs, rows: Integers, cols: Integers, pixel_m: float
    ) -> Floats:
        """Distance of pixels from the track of the only trough given, in pixels."""
        track = arc_track(
            (float(trough.east_m[0]), float(trough.north_m[0])),
            float(np.degrees(trough.azimuth_rad[0])),
            float(trough.length_m[0]),
            float(trough.curvature_per_m[0]),
            7,
        )
        offset = offset_to_track((cols + 0.5) * pixel_m, -(rows + 0.5) * pixel_m, track)
        return np.asarray(np.hypot(*offset) / pixel_m)


@dataclass(frozen=True)
class Boxes:
    """Boxes in the space of a trough's numbers, (k, 11) each, turned along the track in place.

    The first two numbers of ``low`` and ``high`` are along and across the track, about its
    middle; ``azimuth_rad`` is its direction.
    """

    low: Floats
    high: Floats
    azimuth_rad: Floats

    def draw(self, rng: np.random.Generator, count: int) -> list[Floats]:
        """Draw up to ``count`` from each box: what falls outside the prior is dropped."""
        draws = []
        for low, high, angle in zip(self.low, self.high, self.azimuth_rad, strict=True):
            numbers = low + (high - low) * rng.random((count, _NUMBERS))
            middle = (low[:2] + high[:2]) / 2
            along, across = (numbers[:, :2] - middle).T
            numbers[:, _EAST] = middle[0] + along * np.sin(angle) + across * np.cos(angle)
            numbers[:, _SOUTH] = middle[1] - along * np.cos(angle) + across * np.sin(angle)
            draws.append(numbers[((numbers >= 0) & (numbers < 1)).all(1)])
        return draws

    def holds(self, numbers: Floats) -> NDArray[np.bool_]:
        """Whether each box holds each trough, (k, n)."""
        inside = np.empty((len(self.low), len(numbers)), bool)
        for i, (low, high, angle) in enumerate(
            zip(self.low, self.high, self.azimuth_rad, strict=True)
        ):
            half = (high[:2] - low[:2]) / 2
            east, south = (numbers[:, :2] - (low[:2] + high[:2]) / 2).T
            along = east * np.sin(angle) - south * np.cos(angle)
            across = east * np.cos(angle) + south * np.sin(angle)
            others = (numbers[:, 2:] >= low[2:]) & (numbers[:, 2:] <= high[2:])
            inside[i] = others.all(1) & (np.abs(along) <= half[0]) & (np.abs(across) <= half[1])
        return inside

    def density(self, numbers: Floats) -> Floats:
        """Sum of the boxes' densities relative to the prior's, (n,)."""
        return self.holds(numbers).T @ (1 / np.prod(self.high - self.low, axis=1))


def _between(share: Floats, limits: tuple[float, ...]) -> Floats:
    return limits[0] + share * (limits[1] - limits[0])


@njit(cache=True, nogil=True, fastmath=True)
def _signals(troughs: Singles, points: Singles, starts: Integers, per_cell: int) -> Singles:
    signals = np.zeros((len(troughs), len(starts) - 1), np.float32)
    track = np.empty((24, 2), np.float32)
    for i in range(len(troughs)):
        east, north, azimuth, length, curvature, sagging, hogging, share = troughs[i]
        turn = np.degrees(abs(curvature) * length)
        vertices = 2 + int(turn / 10) + (1 if turn > 0 else 0)
        for j in range(vertices):
            along = length * (j / (vertices - 1) - 0.5)
            bend = curvature * along
            ahead, aside = along, np.float64(0)
            if abs(bend) > 1e-6:
                ahead = along * np.sin(bend) / bend
                aside = along * (1 - np.cos(bend)) / bend
            track[j, 0] = east + ahead * np.sin(azimuth) + aside * np.cos(azimuth)
            track[j, 1] = north + ahead * np.cos(azimuth) - aside * np.sin(azimuth)
        half, edge = sagging / 2, sagging / 2 + hogging
        for cell in range(len(starts) - 1):
            first, count, total = starts[cell], 0, np.float32(0)
            step = max((starts[cell + 1] - first) // per_cell, 1)
            for p in range(first, starts[cell + 1], step):
                nearest = np.float32(1e12)
                for j in range(vertices - 1):
                    along_e = track[j + 1, 0] - track[j, 0]
                    along_n = track[j + 1, 1] - track[j, 1]
                    x, y = points[p, 0] - track[j, 0], points[p, 1] - track[j, 1]
                    square = along_e * along_e + along_n * along_n
                    at = min(max((x * along_e + y * along_n) / square, 0.0), 1.0)
                    x, y = x - at * along_e, y - at * along_n
                    nearest = min(nearest, x * x + y * y)
                distance = np.sqrt(nearest)
                if distance < half:
                    total -= share + (1 - share) * np.cos(np.pi * distance / sagging)
                elif distance < edge:
                    total -= share * (1 - np.sin(np.pi / 2 * (distance - half) / hogging))
                count += 1
            signals[i, cell] = total / count
    return signals
