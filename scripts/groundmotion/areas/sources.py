"""Sources as polygons: outlines of what atoms make together, and what the points in them do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from groundmotion.aliases import Bounds
from groundmotion.areas.labelling import (
    empty_points,
    joined,
    outlines,
    velocity_summary,
)
from groundmotion.detection.shapes import TENTH_RADIUS, UnitVector
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.outlines import Outlined, OutlineSettings, outlined
from groundmotion.grid import Grid
from groundmotion.noise.cells import CellGrid

#: Flag of sources that are no areas.
STRUCTURE = "single_structure"

#: Columns of the layers "areas" and "structures", in order, without what others add.
SOURCE_COLUMNS = (
    "rank", "significance", "peak_mm_yr", "peak_std_mm_yr", "direction", "area_km2", "size_m",
    "velocity_median_mm_yr", "velocity_min_mm_yr", "velocity_max_mm_yr",
    "velocity_relative_mm_yr", "n_points", "passes", "flags", "geometry",
)  # fmt: skip

#: Cells of outlines: so many to the smallest size of a group, within these bounds in metres.
_CELLS_PER_SIZE, _CELLS_M = 5.0, (5.0, 100.0)
#: Atoms nearer than so many of their sizes may make one source, or bound each other.
_GROUP_SIZES = 4.0
#: A source so much wider than one of so much faster peak in it is another source.
_WIDER, _STRONGER = 3.0, 2.0
#: A source of which less than this share is its own ground is none.
_WHOLE = 0.5
#: A group is outlined so many sizes beyond its atoms.
_MARGIN_SIZES = 4.0
#: Sources of fewer points say so.
_FEW_POINTS = 10
#: Surroundings that velocities are compared with: a ring from and to so many sizes, of at least so
#: many metres.
_RING, _LEAST_SIZE_M = (0.3, 1.3), 100.0
#: A peak of fewer standard errors has no direction; looks that differ by more contradict.
_SURE, _CONTRADICTION = 2.0, 3.0


@dataclass(frozen=True)
class SourceSettings:
    """What makes a source an area.

    Parameters
    ----------
    outline
        Where it ends.
    structure_m
        Sources no wider than a disc of this radius are single structures.
    min_points
        Points of all looks inside, at least.
    """

    outline: OutlineSettings
    structure_m: float
    min_points: int


def source_areas(
    atoms: Sequence[Atom], points: Mapping[str, pd.DataFrame], toward: Mapping[str, UnitVector],
    extent: tuple[Bounds, str], settings: SourceSettings,
) -> geopandas.GeoDataFrame:  # fmt: skip
    """Outline sources and say what moves there.

    Parameters
    ----------
    atoms
        Of all sources.
    points
        Look → table with ``easting_m, northing_m, velocity_mm_yr``.
    toward
        Unit vector toward the satellite, of each look.
    extent
        (left, bottom, right, top) of the scene and its CRS; outlines are cut at it.
    settings
        See :class:`SourceSettings`.

    Returns
    -------
    GeoDataFrame
        Columns :data:`SOURCE_COLUMNS`, the most significant first: ``peak_mm_yr`` is the LOS
        velocity at the peak against the surroundings, all looks joined, and its standard error;
        ``size_m`` the radius at which the strongest atom is down to a tenth; velocities are LOS
        of the points inside, ``velocity_relative_mm_yr`` their median less that of a ring about
        it; ``direction`` is none where the peak is not sure, or looks of opposite sign leave the
        vertical open; ``flags`` are words joined by commas.
    """
    bounds, crs = extent
    trees = {look: cKDTree(table[["easting_m", "northing_m"]]) for look, table in points.items()}
    parts = [_group_areas(group, points, trees, toward, settings) for group in _groups(list(atoms))]
    parts = [part for part in parts if len(part)]
    if not parts:
        return no_sources(crs)
    table = geopandas.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)
    table = table.sort_values("significance", ascending=False, kind="stable").reset_index(drop=True)
    return _within(table.assign(geometry=_disjoint(table)), bounds, settings)


def no_sources(crs: str) -> geopandas.GeoDataFrame:
    """Return the table of sources without any."""
    words = ("direction", "passes", "flags")
    empty = {n: np.empty(0, object if n in words else np.float64) for n in SOURCE_COLUMNS[:-1]}
    return geopandas.GeoDataFrame(empty, geometry=[], crs=crs)[list(SOURCE_COLUMNS)]


def _within(
    table: geopandas.GeoDataFrame, bounds: Bounds, settings: SourceSettings
) -> geopandas.GeoDataFrame:
    """Cut sources at the extent, and keep and rank those that are left with points and ground."""
    clipped = table.geometry.clip_by_rect(*bounds)
    at_edge = clipped.area < 0.999 * table.area
    whole = table.geometry.area >= _WHOLE * table["area_km2"] * 1e6
    table["flags"] = [
        _with(f, "at_edge") if e else f for f, e in zip(table["flags"], at_edge, strict=True)
    ]
    table["geometry"], table["area_km2"] = clipped, clipped.area / 1e6
    table = table[whole & (table["n_points"] >= settings.min_points) & (table["area_km2"] > 0)]
    table["rank"] = np.arange(1, len(table) + 1)
    return table.reset_index(drop=True)[list(SOURCE_COLUMNS)]


def _disjoint(table: geopandas.GeoDataFrame) -> list[shapely.Geometry]:
    """Cut every outline by those of narrower sources, so that no ground counts twice."""
    tree = shapely.STRtree(table.geometry.to_numpy())
    result = []
    for place, outline in enumerate(table.geometry):
        touching = tree.query(outline, predicate="intersects")
        narrower = [i for i in touching if table["size_m"][i] < table["size_m"][place]]
        result.append(outline.difference(shapely.union_all(table.geometry[narrower].to_numpy())))
    return result


def is_structure(table: pd.DataFrame) -> pd.Series:
    """Tell which sources are single structures."""
    return table["flags"].astype(str).map(lambda flags: STRUCTURE in flags.split(",")).astype(bool)


def _groups(atoms: list[Atom]) -> Iterator[list[Atom]]:
    """Part atoms that are so far apart that they do not touch each other's sources."""
    number = len(atoms)
    place = np.array([[a.easting_m, a.northing_m] for a in atoms]).reshape(-1, 2)
    reach = _GROUP_SIZES * np.array([a.size_m for a in atoms])
    near = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) < reach[:, None] + reach
    count, label = connected_components(near, directed=False) if number else (0, np.empty(0))
    for index in range(count):
        yield from _apart_in_kind([atoms[i] for i in np.flatnonzero(label == index)])


def _apart_in_kind(group: list[Atom]) -> Iterator[list[Atom]]:
    """Part atoms that do not make one source, although they touch.

    Wide and shallow ones from the narrow and strong ones that lie in them, and those that looks
    contradict each other about from the others.
    """

    def holds_stronger(wide: Atom) -> bool:
        return wide.is_seed and any(
            np.hypot(atom.easting_m - wide.easting_m, atom.northing_m - wide.northing_m)
            < TENTH_RADIUS * wide.size_m
            and wide.size_m > _WIDER * atom.size_m
            and abs(atom.joined()[0]) > _STRONGER * abs(wide.joined()[0])
            for atom in group if atom.is_seed
        )  # fmt: skip

    kinds: dict[tuple[bool, bool], list[Atom]] = {}
    for atom in group:
        doubtful = atom.is_seed and _gap(atom) > _CONTRADICTION
        kinds.setdefault((holds_stronger(atom), doubtful), []).append(atom)
    yield from kinds.values()


def _gap(atom: Atom) -> float:
    """Return the largest difference of two looks' peaks, in its standard errors."""
    sure = [(atom.peaks[k], atom.stds[k]) for k in atom.peaks if atom.stds[k] < np.inf]
    return max((float(abs(p - q) / np.hypot(s, t)) for p, s in sure for q, t in sure), default=0.0)


def _group_areas(
    group: list[Atom], points: Mapping[str, pd.DataFrame], trees: Mapping[str, cKDTree],
    toward: Mapping[str, UnitVector], settings: SourceSettings,
) -> pd.DataFrame:  # fmt: skip
    grid = _group_grid(group)
    seen = sorted({look for atom in group for look in atom.peaks})
    result = outlined(group, grid, [toward[look] for look in seen], settings.outline)
    result = _seeded(result, group)
    count = int(result.labels.max(initial=0))
    if not count:
        return pd.DataFrame()
    map_grid = _as_map(result)
    table = pd.DataFrame({"geometry": outlines(result.labels, map_grid)})
    table["area_km2"] = table["geometry"].map(lambda polygon: polygon.area / 1e6)
    table = table.join(pd.DataFrame([_motion(result, label, group) for label in table.index],
                                    index=table.index))  # fmt: skip
    ring = _ring(result.labels, grid.cell_m, table["size_m"])
    inner, outer = empty_points(), empty_points()
    for look, tree in trees.items():
        near = points[look].iloc[_in_box(tree, grid)]
        east, north = near["easting_m"].to_numpy(), near["northing_m"].to_numpy()
        cell = grid.index(east, north)
        velocity = near["velocity_mm_yr"].to_numpy(np.float64)[cell >= 0]
        cell = cell[cell >= 0]
        inner = joined(inner, result.labels.ravel()[cell], velocity, look)
        outer = joined(outer, ring.ravel()[cell], velocity, look)
    table = table.join(velocity_summary(inner, count))
    table["velocity_relative_mm_yr"] = _relative(inner, outer).reindex(table.index)
    table["flags"] = [_flags(row, settings, len(trees)) for _, row in table.iterrows()]
    return table.drop(columns=["contradicts"])


def _group_grid(group: list[Atom]) -> CellGrid:
    cell_m = float(np.clip(min(a.size_m for a in group) / _CELLS_PER_SIZE, *_CELLS_M))
    margin = [_MARGIN_SIZES * a.size_m for a in group]
    east, north = [a.easting_m for a in group], [a.northing_m for a in group]
    left = min(x - m for x, m in zip(east, margin, strict=True))
    bottom = min(y - m for y, m in zip(north, margin, strict=True))
    right = max(x + m for x, m in zip(east, margin, strict=True))
    top = max(y + m for y, m in zip(north, margin, strict=True))
    # Whole cells of the system, so that a source lies the same in any window.
    return CellGrid.over(
        (np.floor(left / cell_m) * cell_m, bottom, right, np.ceil(top / cell_m) * cell_m), cell_m
    )


def _seeded(result: Outlined, group: list[Atom]) -> Outlined:
    """Keep sources that hold an atom of their sign above its threshold, numbered from 1."""
    labels = np.zeros_like(result.labels)
    kept: dict[int, int] = {}
    for atom in group:
        if not atom.is_seed:
            continue
        cell = result.grid.index(np.array([atom.easting_m]), np.array([atom.northing_m]))[0]
        label = int(result.labels.ravel()[cell]) if cell >= 0 else 0
        same = result.velocity.ravel()[cell] * atom.joined()[0] > 0
        if label and same:
            kept.setdefault(label, len(kept) + 1)
    for label, number in kept.items():
        labels[result.labels == label] = number
    return replace(result, labels=labels)


def _as_map(result: Outlined) -> Grid:
    grid = result.grid
    transform = Affine(grid.cell_m, 0, grid.left_m, 0, -grid.cell_m, grid.top_m)
    return Grid(result.velocity, transform, "")


def _motion(result: Outlined, label: int, group: list[Atom]) -> dict[str, object]:
    """Say how fast a source is, how sure that is, and where it goes."""
    mask = result.labels == label
    velocity = np.where(mask, result.velocity, 0.0)
    place = int(np.abs(velocity).argmax())
    row, col = divmod(place, velocity.shape[1])
    eastings, northings = result.grid.centres()
    inside = [
        a for a in group
        if mask.ravel()[result.grid.index(np.array([a.easting_m]), np.array([a.northing_m]))[0]]
    ]  # fmt: skip
    variance = 0.0
    for atom in inside or group:
        away = np.hypot(eastings[col] - atom.easting_m, northings[row] - atom.northing_m)
        share = (1 + (away / atom.size_m) ** 2) ** -1.5
        variance += (atom.joined()[1] * share) ** 2
    main = max(inside or group, key=lambda a: abs(a.significance))
    peak, std = float(velocity.ravel()[place]), float(np.sqrt(variance))
    direction, contradicts = _direction(main, peak, std)
    return {
        "significance": abs(main.significance),
        "peak_mm_yr": peak,
        "peak_std_mm_yr": std,
        "size_m": TENTH_RADIUS * main.size_m,
        "direction": direction,
        "contradicts": contradicts,
    }


def _direction(atom: Atom, peak: float, std: float) -> tuple[str, bool]:
    """Return the direction, none where it cannot be told, and whether looks contradict."""
    sure = [(p, s) for p, s in ((atom.peaks[k], atom.stds[k]) for k in atom.peaks) if s < np.inf]
    signs = {float(np.sign(p)) for p, s in sure if abs(p) > _SURE * s}
    gap = _gap(atom)
    if len(signs) > 1:
        total, error = sum(p for p, _ in sure), float(np.sqrt(sum(s**2 for _, s in sure)))
        if abs(total) < _CONTRADICTION * error:
            return "none", True
        return ("uplift" if total > 0 else "subsidence"), True
    if abs(peak) < _SURE * std:
        return "none", gap > _CONTRADICTION
    return ("uplift" if peak > 0 else "subsidence"), gap > _CONTRADICTION


def _ring(labels: np.ndarray, cell_m: float, size_m: pd.Series) -> np.ndarray:
    """Give the cells about sources the number of the nearest; 0 elsewhere."""
    away, (row, col) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    nearest = labels[row, col]
    width = np.zeros(int(labels.max()) + 1)
    width[size_m.index] = np.maximum(size_m, _LEAST_SIZE_M)
    far, (first, last) = away * cell_m, _RING
    return np.where((far > first * width[nearest]) & (far < last * width[nearest]), nearest, 0)


def _in_box(tree: cKDTree, grid: CellGrid) -> np.ndarray:
    """Return the points near a grid, in order."""
    rows, cols = grid.shape
    middle = (grid.left_m + cols * grid.cell_m / 2, grid.top_m - rows * grid.cell_m / 2)
    reach = max(rows, cols) * grid.cell_m / 2
    return np.sort(np.array(tree.query_ball_point(middle, reach, p=np.inf), np.int64))


def _relative(inner: pd.DataFrame, outer: pd.DataFrame) -> pd.Series:
    """Return medians inside less those of the ring, looks by their points."""
    keys = ["label", "look"]
    change = (inner.groupby(keys)["v"].median() - outer.groupby(keys)["v"].median()).dropna()
    weight = inner.groupby(keys).size().reindex(change.index)
    total = (change * weight).groupby("label").sum()
    return total / weight.groupby("label").sum()


def _flags(row: pd.Series, settings: SourceSettings, looks: int) -> str:
    words = []
    if row["area_km2"] < np.pi * settings.structure_m**2 / 1e6:
        words.append(STRUCTURE)
    if row["contradicts"]:
        words.append("looks_disagree")
    if looks > 1 and "+" not in str(row["passes"]):
        words.append("one_look")
    if row["n_points"] < _FEW_POINTS:
        words.append("few_points")
    if row["direction"] == "none":
        words.append("no_direction")
    return ",".join(words)


def _with(flags: str, word: str) -> str:
    return f"{flags},{word}" if flags else word
