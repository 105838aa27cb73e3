"""How fast ground must move to be seen: by the size of what moves, for the points of one look."""

import numpy as np

from groundmotion.aliases import Bounds, Floats
from groundmotion.cli.configuration import Config
from groundmotion.cli.looks import grid_of
from groundmotion.cli.sources import THREADS, search_settings
from groundmotion.cli.telling import noise_line, search_warnings, threshold_line
from groundmotion.detection.shapes import TENTH_RADIUS, UnitVector
from groundmotion.detection.significance.scan import LookScan
from groundmotion.detection.sources.scene import SceneNoise, fit_scene
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.look import LookPoints
from groundmotion.points.schema import PointSet
from groundmotion.workflow.sources import look_points

#: Radii at which the velocity of a source is down to a tenth of its peak, metres.
RADII_M = (100.0, 300.0, 600.0)
#: Cells are whole numbers of pixels of this side, as those of ``detect`` are by default.
_PIXEL_M = 10.0
#: The points need a look's name for their noise; which is the same for any.
_LOOK = "asc"


def noise_lines(points: PointSet, toward: UnitVector, config: Config) -> list[str]:
    """Say how noisy points are and what can be seen, or why that cannot be told.

    Parameters
    ----------
    points
        Of one file.
    toward
        Unit vector toward the satellite.
    config
        With ``significance``.
    """
    settings = search_settings(config, None)
    own = look_points(points.table)
    try:
        extent = grid_of({_LOOK: points}, None, _PIXEL_M).bounds_m
        noise = fit_scene(
            lambda _, bounds_m: own.inside(bounds_m), {_LOOK: toward}, extent, settings,
            _PIXEL_M, THREADS,
        )  # fmt: skip
    except InputError as error:
        return [f"nothing can be told of noise or motion: {error}"]
    thresholds = np.asarray(noise.thresholds(settings))
    window = _window(own, extent, settings)
    return [
        noise_line("these points", noise.looks[_LOOK]),
        *(f"WARNING: {words}" for words in search_warnings(noise.looks, {})),
        threshold_line(thresholds, settings.false_areas_per_1000_km2),
        *_visible(smallest_peaks(own.inside(window), noise, window, settings), noise),
    ]


def smallest_peaks(
    points: LookPoints, noise: SceneNoise, window_m: Bounds, settings: SearchSettings
) -> Floats:
    """Return the peak at which a source of each size is at its threshold, for the median point.

    Of sources that move straight up or down, the second half of the templates.

    Parameters
    ----------
    points
        Of the window.
    noise
        Of the scene, of one look.
    window_m
        Extent.
    settings
        As the noise was fitted by.

    Returns
    -------
    (sizes,) mm/yr; inf where the median point cannot be judged.
    """
    ((look, one),) = noise.looks.items()
    grid, sizes = CellGrid.over(window_m, noise.cell_m), noise.null.each_size_m()
    scan = LookScan(points, one, grid, (sizes, noise.toward[look]), settings.noise, THREADS)
    judged = scan.judged(settings.min_points)
    cell = scan.whitener.points.cell
    denominators = [
        np.median(values.ravel()[cell])
        for values in scan.denominators(list(noise.null.spread[look]), judged)
    ]
    with np.errstate(divide="ignore"):
        peaks = noise.thresholds(settings) / np.sqrt(denominators)
    return np.asarray(peaks[-len(sizes) :])


def _visible(peaks: Floats, noise: SceneNoise) -> list[str]:
    radii = TENTH_RADIUS * noise.null.each_size_m()
    return [
        f"a source of {radius:.0f} m radius: {_seen(radius, radii, peaks)}" for radius in RADII_M
    ]


def _seen(radius: float, radii: Floats, peaks: Floats) -> str:
    if radius < radii[0] / np.sqrt(radii[1] / radii[0] if len(radii) > 1 else 2.0):
        return f"nothing can be told, points lie too far apart: the smallest is {radii[0]:.0f} m"
    if radius > 1.01 * radii[-1]:
        return f"nothing can be told, the extent is too small: the widest is {radii[-1]:.0f} m"
    peak = float(np.exp(np.interp(np.log(radius), np.log(radii), np.log(peaks))))
    if not np.isfinite(peak):
        return "nothing can be told, too few points lie within it"
    return f"seen, as often as not, from a peak of {peak:.1f} mm/yr on"


def _window(points: LookPoints, extent: Bounds, settings: SearchSettings) -> Bounds:
    """Return the extent, or of a larger one a window about a point in the middle of all."""
    left, bottom, right, top = extent
    side = settings.window_m
    if max(right - left, top - bottom) <= side + settings.halo_m:
        return extent
    away = np.hypot(*(x - np.median(x) for x in (points.easting_m, points.northing_m)))
    east, north = (float(x[away.argmin()]) for x in (points.easting_m, points.northing_m))
    west = float(np.clip(east - side / 2, left, max(right - side, left)))
    south = float(np.clip(north - side / 2, bottom, max(top - side, bottom)))
    return west, south, min(west + side, right), min(south + side, top)
