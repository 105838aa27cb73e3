"""Search a scene for sources: its points, its noise as a file tells it, and the outlines.

Scenes of any size go the same way. Points come from tables in memory, or window by window where
they are too many; sources are outlined group by group, with the points about each.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from groundmotion.aliases import Bounds, Slices
from groundmotion.areas.probability import PROBABILITY_COLUMNS
from groundmotion.areas.sources import SourceSettings, is_structure, no_sources, source_areas
from groundmotion.artefacts.maps import Frame
from groundmotion.artefacts.points import read_point_table
from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.detection.shapes import UnitVector
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.outlines import OutlineSettings
from groundmotion.detection.sources.scene import SceneNoise, fit_scene
from groundmotion.detection.sources.search import WindowSearch
from groundmotion.detection.sources.settings import SearchSettings, Supply
from groundmotion.errors import InputError
from groundmotion.noise.cells import CellGrid
from groundmotion.noise.levels import point_levels
from groundmotion.noise.look import LookNoise, LookPoints, NoiseSettings
from groundmotion.noise.outliers import Neighbours
from groundmotion.noise.scene import fit_noise
from groundmotion.noise.whitening import WHITE_CELLS
from groundmotion.points.sampling import posting_m
from groundmotion.variogram.lags import LagVariogram, lag_variogram
from groundmotion.workflow.nation.points import point_index
from groundmotion.workflow.nation.windows import Supply as TableSupply
from groundmotion.workflow.nation.windows import window_points

_LOS = ("los_east", "los_north", "los_up")
#: Outlines of an atom, their ring and the cells about them reach so many sizes and metres.
_REACH_SIZES, _REACH_M = 4.5, 200.0

#: Columns of the layers "areas" and "structures" of a network, in order.
LAYER_COLUMNS = (
    "rank", "significance", "peak_mm_yr", "peak_std_mm_yr", "direction", "area_km2", "size_m",
    *PROBABILITY_COLUMNS, "velocity_median_mm_yr", "velocity_min_mm_yr", "velocity_max_mm_yr",
    "velocity_relative_mm_yr", "n_points", "passes", "flags", "trend", "geometry",
)  # fmt: skip

#: What a user must not take for still ground.
NOTHING_SEEN = "nothing can be seen here, which is not: nothing moves"


# --- points ---------------------------------------------------------------------------------------


def look_points(table: pd.DataFrame) -> LookPoints:
    """Take what the search needs of a table of points; no stated std where any is missing."""
    east, north, velocity = (
        table[c].to_numpy(np.float64) for c in ("easting_m", "northing_m", "velocity_mm_yr")
    )
    if "velocity_std_mm_yr" not in table:
        return LookPoints(east, north, velocity, None)
    std = table["velocity_std_mm_yr"].to_numpy(np.float64)
    return LookPoints(east, north, velocity, std if np.isfinite(std).all() else None)


def look_supply(supply: TableSupply) -> Supply:
    """Supply what the search needs of tables of points."""
    return lambda look, bounds_m: look_points(supply(look, bounds_m))


def table_supply(tables: Mapping[str, pd.DataFrame]) -> TableSupply:
    """Supply the points of windows from whole tables, look → table."""

    def supply(look: str, bounds_m: Bounds) -> pd.DataFrame:
        table, (left, bottom, right, top) = tables[look], bounds_m
        east, north = table["easting_m"], table["northing_m"]
        return table[(east >= left) & (east < right) & (north > bottom) & (north <= top)]

    return supply


def toward_satellite(look: str, table: pd.DataFrame | None = None) -> UnitVector:
    """Return the mean of the vectors that points carry; that of Sentinel-1 where they have none."""
    if table is None or not len(table) or not set(_LOS) <= set(table):
        return SENTINEL1_UK[look_pass(look)].unit_vector()
    east, north, up = (float(table[column].mean()) for column in _LOS)
    length = float(np.hypot(np.hypot(east, north), up))
    if not 0 < length < np.inf:
        return SENTINEL1_UK[look_pass(look)].unit_vector()
    return east / length, north / length, up / length


def scene_points(
    points: Sequence[Path], looks: Sequence[str], scene: Mapping[str, Any],
    outline: Sequence[Path], measured: Sequence[Path],
) -> tuple[TableSupply, dict[str, UnitVector]]:  # fmt: skip
    """Return what supplies the points of a scene, and where each look's satellite stands.

    Parameters
    ----------
    points
        Table of each look, named after it; none of a scene of role tiled.
    looks
        Their names.
    scene
        Its ``bounds, pixel_m, crs`` and, of role tiled, what it is simulated from.
    outline, measured
        As for :func:`groundmotion.workflow.nation.windows.window_points`.
    """
    if points:
        tables = {path.stem: read_point_table(path)[0] for path in points}
        return table_supply(tables), {k: toward_satellite(k, t) for k, t in tables.items()}
    supply = window_points(scene, outline, measured)
    samples: dict[str, pd.DataFrame] = {}
    for path in measured:
        index = point_index(path.parent)
        fullest = index.nlargest(1, "n_points")[["left", "bottom", "right", "top"]]
        for box in fullest.itertuples(index=False):
            samples[path.parent.name] = supply(path.parent.name, box)
    return supply, {look: toward_satellite(look, samples.get(look)) for look in looks}


# --- noise ----------------------------------------------------------------------------------------


def noise_content(
    supply: TableSupply, toward: Mapping[str, UnitVector], scene: Mapping[str, Any],
    settings: SearchSettings, threads: int,
) -> dict[str, Any]:  # fmt: skip
    """Fit the noise of a scene and return what its file holds.

    Returns
    -------
    dict
        As :meth:`SceneNoise.as_dict`, and ``threshold``, the lowest and the highest of all sizes
        in standard deviations. Where no look can be searched there are no ``looks`` and no
        ``null``; ``left_out`` says why.
    """
    pixel_m = scene["pixel_m"]
    left, bottom, right, top = scene["bounds"]
    bounds, supplied = (left, bottom, right, top), look_supply(supply)
    try:
        noise = fit_scene(supplied, toward, bounds, settings, pixel_m, threads)
    except InputError as error:
        cell_m = max(round(settings.cell_m / pixel_m), 1) * pixel_m
        left_out = {look: str(error) for look in sorted(toward)}
        return {"looks": {}, "cell_m": float(cell_m), "left_out": left_out, "threshold": None}
    thresholds = noise.thresholds(settings)
    return {**noise.as_dict(), "threshold": [float(thresholds.min()), float(thresholds.max())]}


def noise_from(content: Mapping[str, Any]) -> SceneNoise | None:
    """Rebuild the noise from what its file holds; None where no look can be searched."""
    return SceneNoise.from_dict(content) if content["looks"] else None


def noise_messages(content: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Say what the noise is, look by look: whether it is a warning, and the words."""
    for look, noise in content["looks"].items():
        parts = noise["covariance"]
        shared = ", ".join(
            f"{sill:.2g} over {range_m:g} m"
            for range_m, sill in zip(parts["ranges_m"], parts["sills"], strict=True)
        )
        words = (
            f"{look}: {noise['n_points']} points {noise['posting_m']:.0f} m apart; nugget "
            f"{parts['nugget']:.3g} mm²/yr², shared {shared or 'nothing'}, fitted up to "
            f"{noise['max_lag_m'] / 1000:.1f} km"
        )
        yield False, words
        yield from ((True, f"{look}: {warning}") for warning in noise["warnings"])
    if not content["looks"]:
        yield from ((True, reason) for reason in sorted(set(content["left_out"].values())))
        yield True, NOTHING_SEEN
        return
    for look, reason in content["left_out"].items():
        yield True, f"{look} is left out: {reason}"
    lowest, highest = content["threshold"]
    yield (
        False,
        f"threshold {lowest:.2f} (largest sources) to {highest:.2f} (smallest) standard deviations",
    )


def noise_variogram(
    points: LookPoints, noise: LookNoise, grid: CellGrid, settings: NoiseSettings
) -> LagVariogram:
    """Return the empirical variogram that the noise of a look was fitted to, in the end."""
    east, north = points.easting_m, points.northing_m
    neighbours = Neighbours(east, north)
    levels = point_levels(points, noise, neighbours, settings)
    even = noise.flattened(east, north, points.velocity) / levels.ground
    spread = neighbours.spread(noise.covariance, levels.own, WHITE_CELLS * grid.cell_m)
    drawn_in = neighbours.drawn_in(even, settings.clip_sigma * spread)
    places = np.column_stack([east, north])
    return lag_variogram(places, drawn_in, grid.cell_m, noise.max_lag_m, robust=False)


def noise_std(
    points: LookPoints, bounds_m: Bounds, settings: SearchSettings, lag_m: float
) -> float | None:
    """Return √γ of the noise of a look at a lag, mm/yr; None where it cannot be fitted."""
    posting = posting_m(points.easting_m, points.northing_m) if len(points.velocity) > 1 else 0.0
    cell_m = max(settings.cell_m, settings.cell_postings * posting)
    try:
        noise = fit_noise(points, CellGrid.over(bounds_m, cell_m), settings.noise)
    except InputError:
        return None
    return float(np.sqrt(noise.covariance.gamma(np.array([lag_m]))[0]))


# --- the map and the outlines ---------------------------------------------------------------------


def cell_frame(bounds_m: Bounds, cell_m: float, crs: str) -> Frame:
    """Say where the map of significance lies."""
    grid = CellGrid.over(bounds_m, cell_m)
    return Frame(Affine(cell_m, 0.0, grid.left_m, 0.0, -cell_m, grid.top_m), grid.shape, crs)


def part_of(frame: Frame, window: WindowSearch) -> Slices:
    """Return rows and columns of the map that a window fills."""
    grid = window.grid
    row = round((frame.transform.f - grid.top_m) / grid.cell_m)
    col = round((grid.left_m - frame.transform.c) / grid.cell_m)
    return slice(row, row + grid.shape[0]), slice(col, col + grid.shape[1])


def source_settings(section: Mapping[str, Any]) -> SourceSettings:
    """Read the section ``sources`` of the configuration."""
    outline = OutlineSettings(
        **{key: section[key] for key in ("peak_share", "min_mm_yr", "saddle_share")}
    )
    return SourceSettings(outline, section["structure_m"], section["min_points"])


def outlined_sources(
    atoms: Sequence[Atom], supply: TableSupply, noise: SceneNoise, extent: tuple[Bounds, str],
    settings: SourceSettings,
) -> geopandas.GeoDataFrame:  # fmt: skip
    """Outline sources as :func:`source_areas` does, group by group, with the points about each."""
    bounds, crs = extent
    parts = []
    for group, box in _groups(atoms, bounds, noise.cell_m):
        points = {look: supply(look, box) for look in noise.looks}
        parts.append(source_areas(group, points, noise.toward, extent, settings))
    parts = [part for part in parts if len(part)]
    if not parts:
        return no_sources(crs)
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values("significance", ascending=False, kind="stable", ignore_index=True)
    return geopandas.GeoDataFrame(_ranked(table), geometry="geometry", crs=crs)


def source_layers(table: geopandas.GeoDataFrame) -> dict[str, geopandas.GeoDataFrame]:
    """Part areas from single structures, each ranked from 1."""
    alone = is_structure(table) if len(table) else np.zeros(0, bool)
    parts = {"areas": table[~alone], "structures": table[alone]}
    return {name: _ranked(part.reset_index(drop=True)) for name, part in parts.items()}


def area_layers(found: Mapping[str, geopandas.GeoDataFrame]) -> dict[str, geopandas.GeoDataFrame]:
    """Put the columns of sources and of the network's word on them in the order of their layers."""
    return {name: table.assign(trend="")[list(LAYER_COLUMNS)] for name, table in found.items()}


def _ranked(table: Any) -> Any:
    return table.assign(rank=np.arange(1, len(table) + 1))


def _groups(
    atoms: Sequence[Atom], bounds: Bounds, cell_m: float
) -> Iterator[tuple[list[Atom], Bounds]]:
    """Part atoms whose surroundings do not touch, each group with the extent it needs."""
    if not atoms:
        return
    place = np.array([[atom.easting_m, atom.northing_m] for atom in atoms])
    reach = np.array([_REACH_SIZES * atom.size_m + _REACH_M for atom in atoms])[:, None]
    low, high = place - reach, place + reach
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    one, other = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(atoms), len(atoms)))
    count, label = connected_components(graph, directed=False)
    left, bottom, right, top = bounds
    for index in range(count):
        members = np.flatnonzero(label == index)
        west, south = low[members].min(axis=0)
        east, north = high[members].max(axis=0)
        # Whole cells from the scene's corner, as windows have.
        box: Bounds = (
            float(max(left + np.floor((west - left) / cell_m) * cell_m, left)),
            float(max(top - np.ceil((top - south) / cell_m) * cell_m, bottom)),
            float(min(left + np.ceil((east - left) / cell_m) * cell_m, right)),
            float(min(top - np.floor((top - north) / cell_m) * cell_m, top)),
        )
        yield [atoms[int(i)] for i in members], box
