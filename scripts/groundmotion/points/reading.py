"""One file, or the files of one look, into a table of points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.points.archive import open_member, open_plain, zip_member
from groundmotion.points.csvfile import Opener, open_csv
from groundmotion.points.merging import merge, thin_close
from groundmotion.points.naming import check_look, one_track, pass_of
from groundmotion.points.projection import (
    WGS84,
    Projector,
    crs_name,
    is_metric,
    target_crs,
    utm_crs,
)
from groundmotion.points.rasterfile import find_dem_par, open_geotiff, open_licsbas
from groundmotion.points.schema import POINT_COLUMNS, Batch, Bounds, PointSet, ReadRequest, Source
from groundmotion.points.vectorfile import open_parquet, open_vector

_CSV = (".csv", ".txt", ".tsv")
_GEOTIFF = (".tif", ".tiff")
_VECTOR = (".shp", ".gpkg", ".geojson")
_PARQUET = (".parquet", ".geoparquet")


def read_points(path: Path, request: ReadRequest) -> PointSet:
    """Read the points of one file, of any format known.

    Parameters
    ----------
    path
        EGMS L2a, L2b or L3 (zip or csv), plain CSV, GeoParquet, shapefile, GeoPackage, GeoTIFF of
        velocity, or a LiCSBAS float32 map with its ``EQA.dem_par``.
    request
        Which points and columns, in which coordinate system.

    Returns
    -------
    PointSet
        Points with a velocity, in the order of the file. A velocity of exactly 0 is data.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged or of unknown format; if a column needed is missing;
        if a number is none, or infinite; if a point lies outside its coordinate system; if no
        point, or none within the bounds, has a velocity.
    """
    part = _read(path, request)
    if not len(part.points):
        raise _nothing_within([part], request)
    return part.points


def read_look(
    paths: Sequence[Path], request: ReadRequest, look: str | None, min_distance_m: float
) -> PointSet:
    """Read the files of one look, merge them, and drop repeated points.

    Parameters
    ----------
    paths
        Of one track; the order decides between equal points.
    request
        As for :func:`read_points`.
    look
        Name such as ``"asc117"``, held against the files; None to do without.
    min_distance_m
        See :func:`thin_close`.

    Raises
    ------
    InputError
        As :func:`read_points`; also if tracks or passes are mixed, or are not those of ``look``. A
        file without a point within the bounds is an error only if all are.
    """
    if not paths:
        raise InputError("points: expected at least one file, came none")
    one_track(paths)
    parts: list[_Part] = []
    for path in paths:
        parts.append(_read(path, request))
        request = replace(request, crs=parts[0].points.crs)
    points = merge([part.points for part in parts])
    if not len(points):
        raise _nothing_within(parts, request)
    if look is None:
        pass_of(points.table, ", ".join(path.name for path in paths))
    else:
        check_look(look, paths, points.table)
    return thin_close(points, min_distance_m)


@dataclass(frozen=True)
class _Part:
    """Points of a file within the bounds, and the extent of all; None if there is no other."""

    where: str
    points: PointSet
    extent_m: Bounds | None


def _open(path: Path, request: ReadRequest) -> Source:
    """Open a file by its suffix."""
    if not path.exists():
        raise InputError(f"{path}: no such file; correct the path or download the file")
    if path.is_dir():
        raise InputError(f"{path}: expected a file, found a folder; name the files in it")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; download or export it again")
    suffix, dataset, where = path.suffix.lower(), str(path), str(path)
    opener: Opener = partial(open_plain, path)
    if suffix == ".zip":
        member = zip_member(path)
        suffix = PurePosixPath(member).suffix.lower()
        dataset, where = f"/vsizip/{path}/{member}", f"{path}, {member}"
        opener = partial(open_member, path, member)
    if suffix in _CSV:
        return open_csv(opener, where, request)
    if suffix in _GEOTIFF:
        return open_geotiff(dataset, path, request)
    if suffix in _VECTOR:
        return open_vector(dataset, where, request)
    if suffix in _PARQUET:
        return open_parquet(path, request)
    return open_licsbas(path, find_dem_par(path), request)


def _read(path: Path, request: ReadRequest) -> _Part:
    source = _open(path, request)
    projector: Projector | None = None
    kept: list[Batch] = []
    extent = np.array([np.inf, np.inf, -np.inf, -np.inf])
    rows = 0
    for batch in source.batches:
        rows += len(batch.x)
        _check_finite(batch, source.where)
        measured = ~np.isnan(batch.columns["velocity_mm_yr"])
        if not measured.any():
            continue
        if projector is None:
            target = _target(request, source.crs, batch)
            projector = Projector(source.where, source.crs, target, request.bounds_m is None)
        batch = _select(batch, measured)  # noqa: PLW2901
        x, y = projector(batch.x, batch.y, batch.position)
        extent[:2] = np.minimum(extent[:2], [x.min(), y.min()])
        extent[2:] = np.maximum(extent[2:], [x.max(), y.max()])
        kept.append(_select(replace(batch, x=x, y=y), _within(x, y, request)))
    if projector is None and source.windowed and request.crs is not None:
        empty = pd.DataFrame({name: np.empty(0) for name in POINT_COLUMNS[:3]})
        return _Part(source.where, PointSet(empty, crs_name(target_crs(request.crs)), ()), None)
    if projector is None:
        raise _no_points(source, rows)
    points = PointSet(_table(kept, source.dates), crs_name(projector.target), source.dates)
    left, bottom, right, top = extent.tolist()
    return _Part(source.where, points, (left, bottom, right, top))


def _target(request: ReadRequest, source: pyproj.CRS, batch: Batch) -> pyproj.CRS:
    if request.crs is not None:
        return target_crs(request.crs)
    if is_metric(source):
        return source
    to_degrees = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)
    lon, lat = to_degrees.transform(np.nanmedian(batch.x), np.nanmedian(batch.y))
    return utm_crs(float(lon), float(lat))


def _check_finite(batch: Batch, where: str) -> None:
    """Refuse infinite numbers; NaN is missing data."""
    columns = dict(batch.columns)
    if batch.series is not None:
        infinite = np.isinf(batch.series)
        columns["series"] = np.where(infinite.any(axis=1), np.float32(np.inf), np.float32(0))
    for name, values in columns.items():
        wrong = np.isinf(values)
        if wrong.any():
            i = int(np.argmax(wrong))
            raise InputError(
                f"{where}, {batch.position(i)}, {name}: expected a finite number, came "
                f"{values[i]}; remove it or write NaN where there is no measurement"
            )


def _select(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    index = np.flatnonzero(chosen)
    position = batch.position
    return Batch(
        x=batch.x[index],
        y=batch.y[index],
        columns={role: values[index] for role, values in batch.columns.items()},
        series=None if batch.series is None else batch.series[index],
        position=lambda i: position(int(index[i])),
    )


def _within(
    x: NDArray[np.float64], y: NDArray[np.float64], request: ReadRequest
) -> NDArray[np.bool_]:
    if request.bounds_m is None:
        return np.ones(len(x), bool)
    left, bottom, right, top = request.bounds_m
    return (x >= left) & (x < right) & (y > bottom) & (y <= top)


def _table(batches: Sequence[Batch], dates: tuple[str, ...]) -> pd.DataFrame:
    columns = {
        "easting_m": np.concatenate([batch.x for batch in batches]),
        "northing_m": np.concatenate([batch.y for batch in batches]),
    }
    for role in POINT_COLUMNS[2:]:
        if role in batches[0].columns:
            columns[role] = np.concatenate([batch.columns[role] for batch in batches])
    table = pd.DataFrame(columns)
    if dates:
        table["series_mm"] = [row for batch in batches for row in batch.series]  # type: ignore[union-attr]
    return table


def _no_points(source: Source, rows: int) -> InputError:
    what = f"none of its {rows} rows has a velocity" if rows else "no row or pixel holds data"
    return InputError(
        f"{source.where}: the file has no points: {what}; expected measured velocities, choose "
        "another file or column"
    )


def _nothing_within(parts: Sequence[_Part], request: ReadRequest) -> InputError:
    held = "; ".join(
        f"{part.where} covers "
        + (str([round(edge) for edge in part.extent_m]) if part.extent_m else "nothing near")
        for part in parts
    )
    bounds = None if request.bounds_m is None else list(request.bounds_m)
    return InputError(
        f"points: none lies within bounds {bounds} ([left, bottom, right, top] in "
        f"{parts[0].points.crs[:40]}); {held}; correct bounds, crs or the files"
    )
