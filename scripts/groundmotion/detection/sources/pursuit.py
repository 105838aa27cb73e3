"""Take sources off one after the other until noise is left (matching pursuit, Mallat & Zhang 1993).

Each round finds the places that stand above the threshold, strongest first and none beside a
stronger one, fits an atom to each, and takes it off the points. What is left beside an atom may
join it at a lower threshold: a trough, or a shape that no single atom has. In the end every atom is
fitted once more to the points without the others, wrong points drawn in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from groundmotion.aliases import Floats
from groundmotion.detection.shapes import UnitVector
from groundmotion.detection.significance.looks import Significance, strongest
from groundmotion.detection.significance.null import Null
from groundmotion.detection.significance.scan import LookScan, LookStatistics
from groundmotion.detection.significance.unrest import scaled, unrest
from groundmotion.detection.sources.atoms import REACH_SIZES, Atom
from groundmotion.detection.sources.fitting import LookData, fit_atom

#: Two places of one round are at least so many of the larger size apart.
_APART_SIZES = 2.0
#: What joins a source lies within so many sizes of one of its atoms, and is at most so much wider:
#: it mends a shape, and does not make another.
_JOINING_SIZES, _WIDER = 2.5, 1.5
#: What is left within so many sizes of an atom and is so much weaker is no source of its own.
_SHADOW_SIZES, _SHADOW = 5.0, 0.25
#: An atom whose fit is less than so many standard errors is none.
_LEAST_FIT = 2.0


#: Easting, northing and size, metres.
Place = tuple[float, float, float]


@dataclass(frozen=True)
class PursuitSettings:
    """When places become atoms.

    Parameters
    ----------
    thresholds
        Significance of a new source, for each size.
    joining_share
        Of that, for what joins a source.
    rounds
        At most.
    """

    thresholds: Floats
    joining_share: float
    rounds: int


class Pursuit:
    """Looks of an extent, searched.

    Parameters
    ----------
    scans
        Of each look, on one grid.
    null
        What their noise gives.
    toward
        Unit vector toward the satellite, of each look.
    min_points
        Places with fewer points within a size are not judged at it.
    """

    def __init__(
        self, scans: Mapping[str, LookScan], null: Null, toward: Mapping[str, UnitVector],
        min_points: int,
    ) -> None:  # fmt: skip
        self.scans, self.null, self.toward = scans, null, toward
        self._denominators = {
            look: scan.denominators(list(null.spread[look]), scan.judged(min_points))
            for look, scan in scans.items()
        }
        self._left = {look: scan.even_values.copy() for look, scan in scans.items()}
        self._sizes_m = np.asarray(null.sizes_m)
        cell_m = next(iter(scans.values())).whitener.points.grid.cell_m
        raw = {look: self._raw(look) for look in scans}
        self._spreads = {look: unrest(raw[look], self._sizes_m, cell_m) for look in scans}
        #: statistics of what is left, for the looks whose points have not changed since
        self._statistics = {look: scaled(raw[look], self._spreads[look]) for look in scans}

    def significance(self, thresholds: Floats, looks: Iterable[str] | None = None) -> Significance:
        """Return that of what is left, of some looks; of all by default."""
        chosen = list(self.scans) if looks is None else list(looks)
        for look in chosen:
            if look not in self._statistics:
                self._statistics[look] = scaled(self._raw(look), self._spreads[look])
        return strongest([self._statistics[look] for look in chosen], thresholds)

    def _raw(self, look: str) -> LookStatistics:
        numerators = self.scans[look].numerators(self._left[look])
        return LookStatistics(numerators, self._denominators[look])

    def run(self, settings: PursuitSettings) -> tuple[Significance, list[Atom]]:
        """Return the significance before anything is taken off, and the atoms found."""
        first = significance = self.significance(settings.thresholds)
        atoms: list[Atom] = []
        for number in range(settings.rounds):
            if number:
                significance = self.significance(settings.thresholds)
            fresh = [
                atom
                for place in self._places(significance, atoms, settings)
                if (atom := self._take(*place)) is not None
            ]
            atoms += fresh
            if not fresh:
                break
        return first, self._fitted_again(atoms)

    def _places(
        self, significance: Significance, atoms: list[Atom], settings: PursuitSettings
    ) -> list[tuple[Place, tuple[float, bool]]]:
        """List places, their significance, and whether they are sources, strongest first."""
        excess = significance.excess
        needed = settings.joining_share * settings.thresholds[significance.size]
        peaks = (excess == ndimage.maximum_filter(excess, 3)) & (significance.apart() >= needed)
        rows, cols = np.nonzero(peaks)
        order = np.argsort(-excess[rows, cols], kind="stable")
        grid = next(iter(self.scans.values())).whitener.points.grid
        eastings, northings = grid.centres()
        places: list[tuple[Place, tuple[float, bool]]] = []
        for row, col in zip(rows[order], cols[order], strict=True):
            size = float(self._sizes_m[significance.size[row, col]])
            place = (float(eastings[col]), float(northings[row]), size)
            value = float(significance.values[row, col])
            # Side lobes of what is taken off in this round may be gone in the next.
            if _in_shadow(place, value, ((other, rank[0]) for other, rank in places)):
                continue
            strengths = (((a.easting_m, a.northing_m, a.size_m), a.significance) for a in atoms)
            is_seed = bool(excess[row, col] >= 0) and not _in_shadow(place, value, strengths)
            if not is_seed and not _beside(place, atoms):
                continue
            if all(_apart(place, other) for other, _ in places):
                places.append((place, (value, is_seed)))
        return places

    def _take(self, place: Place, rank: tuple[float, bool]) -> Atom | None:
        """Fit an atom to what is left and take it off."""
        atom = fit_atom(self._data(self._left), place, self._sizes(), rank)
        if atom is None or abs(np.divide(*atom.joined())) < _LEAST_FIT:
            return None
        self._add(atom, -1.0)
        return atom

    def _fitted_again(self, atoms: list[Atom]) -> list[Atom]:
        """Fit every atom to the points without the others, wrong points drawn in."""
        clean = {look: scan.drawn_in(self._left[look]) for look, scan in self.scans.items()}
        again = []
        for atom in atoms:
            alone = {look: clean[look] + self._velocity(atom, look) for look in self.scans}
            place = (atom.easting_m, atom.northing_m, atom.size_m)
            rank = (atom.significance, atom.is_seed)
            fitted = fit_atom(self._data(alone), place, self._sizes(), rank)
            again.append(atom if fitted is None else fitted)
        return again

    def _sizes(self) -> tuple[float, float]:
        """Return the smallest and the largest size of an atom."""
        return 0.5 * self._sizes_m.min(), 1.5 * self._sizes_m.max()

    def _data(self, values: Mapping[str, Floats]) -> dict[str, LookData]:
        return {
            look: LookData(
                scan.points.easting_m, scan.points.northing_m, values[look] * scan.levels.ground,
                scan.levels, scan.noise, self.toward[look],
            )
            for look, scan in self.scans.items()
        }  # fmt: skip

    def _velocity(self, atom: Atom, look: str) -> Floats:
        """Return an atom's velocity at the points of a look, over the level of the ground."""
        points = self.scans[look].points
        east, north = points.easting_m, points.northing_m
        velocity = np.zeros(len(east))
        reach = REACH_SIZES * atom.size_m
        near = np.flatnonzero(
            (np.abs(east - atom.easting_m) < reach) & (np.abs(north - atom.northing_m) < reach)
        )
        velocity[near] = atom.velocity(east[near], north[near], look, self.toward[look])
        return velocity / self.scans[look].levels.ground

    def _add(self, atom: Atom, sign: float) -> None:
        self._statistics.clear()
        for look in self.scans:
            self._left[look] += sign * self._velocity(atom, look)


def _apart(place: Place, other: Place) -> bool:
    distance = float(np.hypot(place[0] - other[0], place[1] - other[1]))
    return distance > _APART_SIZES * max(place[2], other[2])


def _in_shadow(place: Place, value: float, stronger: Iterable[tuple[Place, float]]) -> bool:
    """Tell whether a place may be what the shape of a stronger one about it does not explain."""
    return any(
        np.hypot(place[0] - other[0], place[1] - other[1]) < _SHADOW_SIZES * max(place[2], other[2])
        and abs(value) < _SHADOW * abs(strength)
        for other, strength in stronger
    )


def _beside(place: Place, atoms: Iterable[Atom]) -> bool:
    east, north, size = place
    return any(
        np.hypot(east - atom.easting_m, north - atom.northing_m)
        < _JOINING_SIZES * (atom.size_m + size) / 2
        and size < _WIDER * atom.size_m
        for atom in atoms
    )
