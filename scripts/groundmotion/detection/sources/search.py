"""From the points of all looks to atoms and significance, window by window.

An extent that is searched in one piece is one window. A larger one is cut into windows that see
so much of their surroundings that the cut does not show; an atom belongs to the window that holds
its centre.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundmotion.aliases import Bounds, Maps, Progress
from groundmotion.detection.significance.scan import LookScan
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.pursuit import Pursuit, PursuitSettings
from groundmotion.detection.sources.scene import SceneNoise
from groundmotion.detection.sources.settings import SearchSettings, Supply
from groundmotion.detection.sources.windows import windows_of
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.scene import FEWEST_POINTS


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
    for own, seen in progress(list(windows_of(bounds_m, noise.cell_m, settings)), "windows"):
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
