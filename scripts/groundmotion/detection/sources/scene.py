"""The noise of a scene: of every look, and what it gives at the points.

Noise is fitted twice: on all points with caution, and again on the ground beside what stands out
of the first fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundmotion.aliases import Bounds, Floats
from groundmotion.detection.shapes import TENTH_RADIUS, UnitVector
from groundmotion.detection.significance.null import Null, draw_null
from groundmotion.detection.significance.scan import LookScan
from groundmotion.detection.significance.templates import template_sizes
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.pursuit import Pursuit, PursuitSettings
from groundmotion.detection.sources.settings import SearchSettings, Supply
from groundmotion.detection.sources.windows import windows_of
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.look import LookNoise, LookPoints
from groundmotion.noise.scene import FEWEST_POINTS, fit_noise
from groundmotion.points.sampling import posting_m

#: Share and number of the points that lie beside sources, or noise is fitted on all.
_STILL, _FEWEST_STILL = 0.3, 200

#: Draws of noise for each sample window, at least and at most.
_DRAWS = (2, 12)

#: So many windows of a large extent are looked at at once for samples.
_LOOKED_AT = 48

#: Sample windows of large extents, by their share of the fullest window's points.
_SAMPLE_SHARES = (1.0, 0.5, 0.2)


@dataclass(frozen=True)
class SceneNoise:
    """The noise of a scene, and what it gives.

    Parameters
    ----------
    looks
        Noise of each look that can be searched.
    null
        See :class:`groundmotion.detection.significance.null.Null`.
    cell_m
        Side of the cells.
    toward
        Unit vector toward the satellite, of each look.
    left_out
        Look → why it cannot be searched.
    """

    looks: Mapping[str, LookNoise]
    null: Null
    cell_m: float
    toward: Mapping[str, UnitVector]
    left_out: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "looks": {look: noise.as_dict() for look, noise in self.looks.items()},
            "null": self.null.as_dict(),
            "cell_m": self.cell_m,
            "toward": {look: list(vector) for look, vector in self.toward.items()},
            "left_out": dict(self.left_out),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "SceneNoise":
        """Rebuild from :meth:`as_dict`, as JSON gives it back."""
        toward = {look: tuple(vector) for look, vector in content["toward"].items()}
        looks = {look: LookNoise.from_dict(noise) for look, noise in content["looks"].items()}
        null = Null.from_dict(content["null"])
        return cls(looks, null, content["cell_m"], toward, content["left_out"])

    def thresholds(self, settings: SearchSettings) -> Floats:
        """Return the significance that a source of each size needs at the false areas asked for."""
        return self.null.thresholds(settings.false_areas_per_1000_km2)


def fit_scene(
    supply: Supply, toward: Mapping[str, UnitVector], bounds_m: Bounds, settings: SearchSettings,
    pixel_m: float, threads: int = 1,
) -> SceneNoise:  # fmt: skip
    """Fit the noise of every look, and draw what it gives at the points of sample windows.

    Parameters
    ----------
    supply
        Points of a look in an extent.
    toward
        Looks, and their unit vectors toward the satellite.
    bounds_m
        Extent of the scene.
    settings
        See :class:`SearchSettings`.
    pixel_m
        Cells are a whole number of pixels wide.
    threads
        For the transforms; does not change the result.

    Raises
    ------
    InputError
        If no look can be searched.
    """
    looks = sorted(toward)
    samples = _samples(supply, looks, bounds_m, settings, settings.cell_m)
    cell_m = _cell_m([_joined([p[look] for _, p in samples]) for look in looks], settings, pixel_m)
    if cell_m > settings.cell_m:
        samples = _samples(supply, looks, bounds_m, settings, cell_m)
    noise, windows = _fitted(
        samples, samples, toward=toward, settings=settings, pixel_m=pixel_m, threads=threads
    )
    pursuits = [
        Pursuit(window, noise.null, noise.toward, settings.min_points) for window in windows
    ]
    rules = PursuitSettings(noise.thresholds(settings), settings.joining_share, settings.rounds)
    atoms = [pursuit.run(rules)[1] for pursuit in pursuits]
    if not any(atoms):
        return noise
    # What moves is no noise: fitted again on the ground beside it.
    seeds = [atom for found in atoms for atom in found if atom.is_seed]
    still = [
        (extent, {look: _beside(points, seeds) for look, points in points_of.items()})
        for extent, points_of in samples
    ]
    return _fitted(
        samples, still, toward=toward, settings=settings, pixel_m=pixel_m, threads=threads
    )[0]


#: Sample windows: their extents, and the points of each look.
Samples = list[tuple[Bounds, dict[str, LookPoints]]]


def _fitted(
    samples: Samples, still: Samples, *, toward: Mapping[str, UnitVector], settings: SearchSettings,
    pixel_m: float, threads: int,
) -> tuple[SceneNoise, list[dict[str, LookScan]]]:  # fmt: skip
    """Fit the noise of every look where ground is still, draw what it gives at all points.

    The scans of the sample windows are returned, too.
    """
    noises, left_out = _look_noises(samples, still, sorted(toward), settings, pixel_m, threads)
    finest_m = min(noise.posting_m for noise in noises.values())
    cell_m = _rounded(max(settings.cell_m, settings.cell_postings * finest_m), pixel_m)
    sizes = _sizes(samples, noises, cell_m, settings)
    windows = [
        {
            look: LookScan(
                points_of[look], noise, CellGrid.over(extent, cell_m), (sizes, toward[look]),
                settings.noise, threads,
            )
            for look, noise in noises.items()
            if len(points_of[look].velocity) >= FEWEST_POINTS
        }
        for extent, points_of in samples
    ]  # fmt: skip
    windows = [window for window in windows if window]
    cells = sum(next(iter(w.values())).whitener.points.counts.size for w in windows)
    draws = int(np.clip(np.ceil(settings.drawn_km2 / (cells * cell_m**2 / 1e6)), *_DRAWS))
    null = draw_null(windows, draws, settings.min_points, settings.seed)
    vectors = {look: toward[look] for look in noises}
    return SceneNoise(noises, null, cell_m, vectors, left_out), windows


def _look_noises(
    samples: Samples, still: Samples, looks: list[str], settings: SearchSettings,
    pixel_m: float, threads: int,
) -> tuple[dict[str, LookNoise], dict[str, str]]:  # fmt: skip
    """Fit the noise of every look; return also why looks are left out, all of which is an error."""
    noises: dict[str, LookNoise] = {}
    left_out: dict[str, str] = {}
    corners = np.array([extent for extent, _ in samples])
    whole: Bounds = (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
    for look in looks:
        points = _joined([points_of[look] for _, points_of in still])
        grid = CellGrid.over(whole, _cell_m([points], settings, pixel_m))
        try:
            noises[look] = fit_noise(
                points, grid, settings.noise, threads, may_move=still is samples
            )
        except InputError as error:
            left_out[look] = str(error)
    if not noises:
        reasons = "; ".join(f"{look}: {reason}" for look, reason in left_out.items())
        raise InputError(f"no look can be searched: {reasons}")
    return noises, left_out


def _sizes(
    samples: Samples, noises: Mapping[str, LookNoise], cell_m: float, settings: SearchSettings
) -> Floats:
    """Return sizes of templates; beyond the longest lag nothing is known of the noise."""
    side_m = max(min(east - west, north - south) for (west, south, east, north), _ in samples)
    sizes = template_sizes(side_m, cell_m, settings.size_ratio, settings.largest_share)
    known = 2 * TENTH_RADIUS * sizes <= max(noise.max_lag_m for noise in noises.values())
    return sizes[: max(int(known.sum()), 1)]


def _beside(points: LookPoints, atoms: list[Atom]) -> LookPoints:
    """Return the points beyond a tenth of the peak of all atoms; all, if those are too few."""
    still = np.ones(len(points.velocity), bool)
    for atom in atoms:
        away = np.hypot(points.easting_m - atom.easting_m, points.northing_m - atom.northing_m)
        still &= away > TENTH_RADIUS * atom.size_m
    enough = still.sum() >= _FEWEST_STILL and still.mean() > _STILL
    return points.taken(still) if enough else points


def _samples(
    supply: Supply, looks: list[str], bounds_m: Bounds, settings: SearchSettings, cell_m: float
) -> Samples:
    """Return the extent, or windows of it that stand for all, with the points of each look."""
    windows = [own for own, _ in windows_of(bounds_m, cell_m, settings)]
    if len(windows) == 1:
        return [(windows[0], {look: supply(look, windows[0]) for look in looks})]
    # Of a nation only some are looked at, drawn by lot; more where those held nothing.
    order = np.random.default_rng(settings.seed).permutation(len(windows))
    points: list[dict[str, LookPoints]] = []
    for first in range(0, len(order), _LOOKED_AT):
        drawn = sorted(order[first : first + _LOOKED_AT])
        points = [{look: supply(look, windows[i]) for look in looks} for i in drawn]
        if any(len(p.velocity) >= FEWEST_POINTS for one in points for p in one.values()):
            break
    windows = [windows[i] for i in drawn]
    counts = np.array([sum(len(p.velocity) for p in window.values()) for window in points])
    chosen: list[int] = []
    for share in _SAMPLE_SHARES[: len(windows)]:
        nearest = np.argsort(np.abs(counts - share * counts.max()), kind="stable")
        chosen.append(next(int(i) for i in nearest if i not in chosen))
    return [(windows[i], points[i]) for i in sorted(chosen)]


def _joined(parts: list[LookPoints]) -> LookPoints:
    east, north, velocity = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("easting_m", "northing_m", "velocity")
    )
    stds = [part.std for part in parts if part.std is not None]
    std = np.concatenate(stds) if len(stds) == len(parts) else None
    return LookPoints(east, north, velocity, std)


def _cell_m(looks: list[LookPoints], settings: SearchSettings, pixel_m: float) -> float:
    postings = [posting_m(p.easting_m, p.northing_m) for p in looks if len(p.velocity) > 1]
    finest = min(postings, default=settings.cell_m)
    return _rounded(max(settings.cell_m, settings.cell_postings * finest), pixel_m)


def _rounded(length_m: float, pixel_m: float) -> float:
    return float(max(round(length_m / pixel_m), 1) * pixel_m)
