"""What stands out of the noise of a scene: significance on the pixels, and sources."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from geopandas import GeoDataFrame
from tqdm import tqdm

from groundmotion.aliases import Bounds, Floats, Maps
from groundmotion.areas.sources import SourceSettings, source_areas
from groundmotion.cli.configuration import Config
from groundmotion.cli.looks import PixelGrid
from groundmotion.detection.shapes import UnitVector
from groundmotion.detection.sources.scene import SceneNoise, fit_scene
from groundmotion.detection.sources.search import WindowSearch, search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.noise.look import LookPoints
from groundmotion.points.schema import PointSet
from groundmotion.workflow.sources import look_points

#: For transforms; results do not depend on it.
THREADS = os.cpu_count() or 1


@dataclass(frozen=True)
class Findings:
    """What a search found.

    Parameters
    ----------
    noise
        Of the scene.
    thresholds
        Significance that a source of each size needs.
    significance
        Look → (rows, cols) on the pixels, NaN where nothing can be judged; ``""`` is all looks
        together.
    sources
        Areas and single structures, see :func:`groundmotion.areas.sources.source_areas`.
    """

    noise: SceneNoise
    thresholds: Floats
    significance: Mapping[str, Maps]
    sources: GeoDataFrame


def search_settings(config: Config, false_areas_per_1000_km2: float | None) -> SearchSettings:
    """Read how to search, with another number of false areas where one is given."""
    settings = SearchSettings.from_config(config["significance"], config["seed"])
    if false_areas_per_1000_km2 is None:
        return settings
    return replace(settings, false_areas_per_1000_km2=false_areas_per_1000_km2)


def find_sources(
    looks: Mapping[str, PointSet], toward: Mapping[str, UnitVector], grid: PixelGrid,
    settings: tuple[SearchSettings, SourceSettings],
) -> Findings:  # fmt: skip
    """Fit the noise of every look, search the extent, and outline what moves.

    Parameters
    ----------
    looks
        Look → points.
    toward
        Look → unit vector toward the satellite.
    grid
        Pixels of the extent.
    settings
        How to search, and what makes a source.

    Raises
    ------
    InputError
        If no look can be searched.
    """
    points = {look: look_points(one.table) for look, one in looks.items()}

    def supply(look: str, bounds_m: Bounds) -> LookPoints:
        return points[look].inside(bounds_m)

    search, outline = settings
    extent = grid.bounds_m
    noise = fit_scene(supply, toward, extent, search, grid.pixel_m, THREADS)
    windows = list(search_windows(supply, noise, extent, search, _bar, THREADS))
    tables = {look: looks[look].table for look in noise.looks}
    crs = next(iter(looks.values())).crs
    atoms = [atom for window in windows for atom in window.atoms]
    sources = source_areas(atoms, tables, noise.toward, (extent, crs), outline)
    names = ["", *sorted(noise.looks)]
    return Findings(
        noise,
        np.asarray(noise.thresholds(search)),
        {name: on_pixels(windows, name, grid, noise.cell_m) for name in names},
        sources,
    )


def on_pixels(windows: Iterable[WindowSearch], look: str, grid: PixelGrid, cell_m: float) -> Maps:
    """Put the significance of windows together, and give each pixel that of its cell.

    Parameters
    ----------
    windows
        Whole cells of one another, in any order.
    look
        A look, or ``""`` for all together; NaN in windows that lack it.
    grid
        Pixels; a cell is a whole number of them wide.
    cell_m
        Side of a cell.
    """
    times = round(cell_m / grid.pixel_m)
    rows, cols = grid.shape
    cells = np.full((-(-rows // times), -(-cols // times)), np.nan, np.float32)
    left, _, _, top = grid.bounds_m
    for window in windows:
        if look not in window.significance:
            continue
        values = window.significance[look]
        row = round((top - window.grid.top_m) / cell_m)
        col = round((window.grid.left_m - left) / cell_m)
        part = cells[row : row + values.shape[0], col : col + values.shape[1]]
        part[:] = values[: part.shape[0], : part.shape[1]]
    return cells.repeat(times, axis=0).repeat(times, axis=1)[:rows, :cols]


def _bar(items: Iterable[Any], title: str) -> Iterable[Any]:
    """Draw a bar where there is more than one window to go through."""
    parts = list(items)
    return tqdm(parts, desc=title, disable=len(parts) < 2)
