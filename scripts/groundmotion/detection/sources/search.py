"""From the points of all looks to atoms and significance, window by window.

An extent that is searched in one piece is one window. A larger one is cut into windows that see
so much of their surroundings that the cut does not show; an atom belongs to the window that holds
its centre.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundmotion.aliases import Bounds, Floats, Maps, Progress
from groundmotion.detection.shapes import TENTH_RADIUS, UnitVector
from groundmotion.detection.significance.null import Null, draw_null
from groundmotion.detection.significance.scan import LookScan
from groundmotion.detection.significance.templates import template_sizes
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.pursuit import Pursuit, PursuitSettings
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.scene import (
    FEWEST_POINTS,
    LookNoise,
    LookPoints,
    NoiseSettings,
    fit_noise,
)
from groundmotion.points.sampling import posting_m

#: Supplies the points of a look in an extent.
Supply = Callable[[str, Bounds], LookPoints]

#: Share of the points that lie beside sources, or noise is fitted on all.
_STILL = 0.3

#: Sample windows of large extents, by their share of the fullest window's points.
_SAMPLE_SHARES = (1.0, 0.5, 0.2)


@dataclass(frozen=True)
class SearchSettings:
    """How an extent is searched.

    Parameters
    ----------
    noise
        How noise is fitted.
    false_areas_per_1000_km2
        That the threshold allows.
    cell_m
        Smallest side of cells; wider where points are sparse.
    cell_postings
        Side of cells over the distance of neighbouring points, at least.
    size_ratio
        Of neighbouring sizes.
    largest_share
        Of the shorter side that the widest template may span.
    min_points
        Places with fewer points within a size are not judged at it.
    joining_share
        Of the threshold, that what joins a source needs.
    rounds
        Of the pursuit, at most.
    window_m, halo_m
        Extents up to the first on a side are searched in one piece; windows of larger ones see
        the second beyond their sides.
    drawn_km2
        Ground on which noise is drawn, draws included.
    seed
        Of the draws.
    """

    noise: NoiseSettings
    false_areas_per_1000_km2: float
    cell_m: float
    cell_postings: float
    size_ratio: float
    largest_share: float
    min_points: int
    joining_share: float
    rounds: int
    window_m: float
    halo_m: float
    drawn_km2: float
    seed: int

    @classmethod
    def from_config(cls, section: Mapping[str, Any], seed: int) -> "SearchSettings":
        """Read the section ``significance`` of the configuration."""
        own = dict(section)
        noise = dict(own.pop("noise"))
        noise["ranges_m"] = tuple(noise["ranges_m"])
        return cls(noise=NoiseSettings(**noise), seed=seed, **own)


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


@dataclass(frozen=True)
class WindowSearch:
    """What one window shows.

    Parameters
    ----------
    grid
        Cells of the window itself.
    significance
        Look → (rows, cols); ``""`` is all looks together. Signed, NaN where nothing is judged.
    atoms
        With their centres in the window.
    """

    grid: CellGrid
    significance: Mapping[str, Maps]
    atoms: list[Atom]


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
    samples = _samples(supply, sorted(toward), bounds_m, settings)
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
    noises: dict[str, LookNoise] = {}
    left_out: dict[str, str] = {}
    corners = np.array([extent for extent, _ in samples])
    whole: Bounds = (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
    for look in sorted(toward):
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
    fitted = [noise.posting_m for noise in noises.values()]
    cell_m = _rounded(max(settings.cell_m, settings.cell_postings * min(fitted)), pixel_m)
    sides = [min(e[2] - e[0], e[3] - e[1]) for e, _ in samples]
    side_m = min(max(sides), settings.window_m)
    sizes = template_sizes(side_m, cell_m, settings.size_ratio, settings.largest_share)
    windows, area_km2 = [], 0.0
    for extent, points_of in samples:
        grid = CellGrid.over(extent, cell_m)
        scans = {
            look: LookScan(
                points_of[look], noise, grid, (sizes, toward[look]), settings.noise, threads
            )
            for look, noise in noises.items()
            if len(points_of[look].velocity) >= FEWEST_POINTS
        }
        windows.append(scans)
        area_km2 += grid.shape[0] * grid.shape[1] * cell_m**2 / 1e6 if scans else 0.0
    windows = [window for window in windows if window]
    draws = int(np.clip(np.ceil(settings.drawn_km2 / area_km2), 2, 12))
    null = draw_null(windows, draws, settings.min_points, settings.seed)
    vectors = {look: toward[look] for look in noises}
    return SceneNoise(noises, null, cell_m, vectors, left_out), windows


def _beside(points: LookPoints, atoms: list[Atom]) -> LookPoints:
    """Return the points beyond a tenth of the peak of all atoms; all, if those are too few."""
    still = np.ones(len(points.velocity), bool)
    for atom in atoms:
        away = np.hypot(points.easting_m - atom.easting_m, points.northing_m - atom.northing_m)
        still &= away > TENTH_RADIUS * atom.size_m
    return points.taken(still) if still.mean() > _STILL else points


def search_windows(
    supply: Supply, noise: SceneNoise, bounds_m: Bounds, settings: SearchSettings,
    progress: Progress, threads: int = 1,
) -> Iterator[WindowSearch]:  # fmt: skip
    """Search an extent window by window.

    Parameters
    ----------
    supply
        Points of a look in an extent.
    noise
        Of the scene.
    bounds_m
        Extent; cells are laid from its upper left corner.
    settings
        See :class:`SearchSettings`.
    progress
        Wraps the windows.
    threads
        For the transforms; does not change the result.

    Yields
    ------
    What each window shows, row by row; those without points are left out.
    """
    for own, seen in progress(list(_windows(bounds_m, noise.cell_m, settings)), "windows"):
        result = search_window(supply, noise, (own, seen), settings, threads)
        if result is not None:
            yield result


def search_window(
    supply: Supply, noise: SceneNoise, window: tuple[Bounds, Bounds], settings: SearchSettings,
    threads: int = 1,
) -> WindowSearch | None:  # fmt: skip
    """Search one window.

    Parameters
    ----------
    supply, noise, settings, threads
        As for :func:`search_windows`.
    window
        Its own extent, and the one it sees.

    Returns
    -------
    None if no look has points enough in it.
    """
    own, seen = window
    grid = CellGrid.over(seen, noise.cell_m)
    points = {look: supply(look, seen) for look in noise.looks}
    sizes = noise.null.each_size_m()
    scans = {
        look: LookScan(
            points[look],
            noise.looks[look],
            grid,
            (sizes, noise.toward[look]),
            settings.noise,
            threads,
        )
        for look in points
        if len(points[look].velocity) >= FEWEST_POINTS
    }
    if not scans:
        return None
    pursuit = Pursuit(scans, noise.null, noise.toward, settings.min_points)
    thresholds = noise.thresholds(settings)
    rules = PursuitSettings(thresholds, settings.joining_share, settings.rounds)
    alone = {look: pursuit.significance(thresholds, [look]).values for look in scans}
    first, atoms = pursuit.run(rules)
    rows, cols = (
        slice(round(offset / noise.cell_m), round((offset + length) / noise.cell_m))
        for offset, length in (
            (seen[3] - own[3], own[3] - own[1]), (own[0] - seen[0], own[2] - own[0]),
        )
    )  # fmt: skip
    inside = [atom for atom in atoms if _holds(own, atom)]
    maps = {"": first.values, **alone}
    return WindowSearch(
        CellGrid.over(own, noise.cell_m), {k: v[rows, cols] for k, v in maps.items()}, inside
    )


def _holds(bounds_m: Bounds, atom: Atom) -> bool:
    left, bottom, right, top = bounds_m
    return left <= atom.easting_m < right and bottom < atom.northing_m <= top


def _windows(
    bounds_m: Bounds, cell_m: float, settings: SearchSettings
) -> Iterator[tuple[Bounds, Bounds]]:
    """Cut an extent into windows: each one's own part, and what it sees. Whole cells."""
    left, bottom, right, top = bounds_m
    step = max(int(settings.window_m // cell_m), 1) * cell_m
    halo = int(settings.halo_m // cell_m) * cell_m
    whole = max(right - left, top - bottom) <= settings.window_m + settings.halo_m
    for y in [top] if whole else np.arange(top, bottom, -step):
        for x in [left] if whole else np.arange(left, right, step):
            own = bounds_m if whole else (x, max(y - step, bottom), min(x + step, right), y)
            yield (
                own,
                (
                    max(own[0] - halo, left), max(own[1] - halo, bottom),
                    min(own[2] + halo, right), min(own[3] + halo, top),
                ),
            )  # fmt: skip


def _samples(
    supply: Supply, looks: list[str], bounds_m: Bounds, settings: SearchSettings
) -> "Samples":
    """Return the extent, or windows of it that stand for all, with the points of each look."""
    windows = [own for own, _ in _windows(bounds_m, settings.cell_m, settings)]
    if len(windows) == 1:
        return [(windows[0], {look: supply(look, windows[0]) for look in looks})]
    points = [{look: supply(look, own) for look in looks} for own in windows]
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
