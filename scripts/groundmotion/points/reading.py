"""One file, or the files of one look, into a table of points."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from groundmotion.aliases import Bounds
from groundmotion.errors import InputError
from groundmotion.grid import crs_name
from groundmotion.points.archive import open_member, open_plain, zip_member
from groundmotion.points.csvfile import Opener, open_csv
from groundmotion.points.merging import merge, thin_close
from groundmotion.points.naming import check_look, one_track, pass_of
from groundmotion.points.projection import (
    WGS84,
    Projector,
    is_metric,
    target_crs,
    utm_crs,
)
from groundmotion.points.rasterfile import find_dem_par, open_geotiff, open_licsbas
from groundmotion.points.schema import POINT_COLUMNS, Batch, PointFile, PointSet, ReadRequest
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
    points, passage = _read(path, request)
    if not len(points):
        raise _nothing_within([passage], request)
    return points


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
    parts: list[PointSet] = []
    passages: list[_Passage] = []
    for path in paths:
        part, passage = _read(path, request)
        parts.append(part)
        passages.append(passage)
        request = replace(request, crs=parts[0].crs)
    points = merge(parts)
    if not len(points):
        raise _nothing_within(passages, request)
    if look is None:
        pass_of(points.table, ", ".join(path.name for path in paths))
    else:
        check_look(look, paths, points.table)
    return thin_close(points, min_distance_m)


def stream_look(paths: Sequence[Path], request: ReadRequest, look: str) -> Iterator[pd.DataFrame]:
    """Read the files of one look piece by piece, however large they are.

    Repeated points are left in: they may lie in different pieces.

    Parameters
    ----------
    paths, look
        As for :func:`read_look`.
    request
        With a ``crs``; series are not read.

    Yields
    ------
    DataFrame
        Points in the order of the files and of their rows, at least one; columns as in
        :class:`PointSet`, those that the file has.

    Raises
    ------
    InputError
        As :func:`read_look`.
    """
    if not paths:
        raise InputError("points: expected at least one file, came none")
    if request.crs is None or request.keep_series:
        raise InputError("points: to be read piece by piece, expected a crs and no series")
    one_track(paths)
    passages = []
    count = 0
    for path in paths:
        passages.append(_Passage(path, request))
        for batch in passages[-1]:
            if len(batch.x):
                table = _table([batch], ())
                check_look(look, paths, table)
                count += len(table)
                yield table
    if not count:
        raise _nothing_within(passages, request)


def _open(path: Path, request: ReadRequest) -> PointFile:
    """Open a file by its suffix."""
    if not path.exists():
        raise InputError(f"{path}: no such file; correct the path or download the file")
    if path.is_dir():
        raise InputError(f"{path}: expected a file, found a folder; name the files in it")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; download or export it again")
    suffix, dataset, file_name = path.suffix.lower(), str(path), str(path)
    opener: Opener = partial(open_plain, path)
    if suffix == ".zip":
        member = zip_member(path)
        suffix = PurePosixPath(member).suffix.lower()
        dataset, file_name = f"/vsizip/{path}/{member}", f"{path}, {member}"
        opener = partial(open_member, path, member)
    if suffix in _CSV:
        return open_csv(opener, file_name, request)
    if suffix in _GEOTIFF:
        return open_geotiff(dataset, path, request)
    if suffix in _VECTOR:
        return open_vector(dataset, file_name, request)
    if suffix in _PARQUET:
        return open_parquet(path, request)
    return open_licsbas(path, find_dem_par(path), request)


class _Passage:
    """The batches of a file on their way into the system wanted, cut to the bounds.

    Tells, once they have passed, the system and the ``extent_m`` of all points with a velocity,
    which is None where there was none.
    """

    def __init__(self, path: Path, request: ReadRequest) -> None:
        self.file = _open(path, request)
        self.file_name = self.file.file_name
        self.crs = request.crs and crs_name(target_crs(request.crs))
        self.extent_m: Bounds | None = None
        self._request = request

    def __iter__(self) -> Iterator[Batch]:
        """Yield the points within the bounds; a batch may be left without any.

        Raises
        ------
        InputError
            If a number is infinite, a point lies outside its coordinate system, or no row of the
            file has a velocity.
        """
        request, projector, rows = self._request, None, 0
        for batch in self.file.batches:
            rows += len(batch.x)
            _check_finite(batch, self.file_name)
            has_velocity = ~np.isnan(batch.columns["velocity_mm_yr"])
            if not has_velocity.any():
                continue
            if projector is None:
                target = _target(request, self.file.crs, batch)
                whole = request.bounds_m is None
                projector = Projector(self.file_name, self.file.crs, target, whole)
                self.crs = crs_name(target)
            batch = _select(batch, has_velocity)  # noqa: PLW2901
            x, y = projector(batch.x, batch.y, batch.position)
            self._extend(x, y)
            yield _select(replace(batch, x=x, y=y), _within(x, y, request))
        if projector is None and not (self.file.windowed and request.crs is not None):
            raise _no_points(self.file, rows)

    def _extend(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        left, bottom, right, top = self.extent_m or (np.inf, np.inf, -np.inf, -np.inf)
        self.extent_m = (
            min(left, float(x.min())), min(bottom, float(y.min())),
            max(right, float(x.max())), max(top, float(y.max())),
        )  # fmt: skip


def _read(path: Path, request: ReadRequest) -> tuple[PointSet, _Passage]:
    passage = _Passage(path, request)
    batches = list(passage)
    if not batches:
        empty = pd.DataFrame({name: np.empty(0) for name in POINT_COLUMNS[:3]})
        return PointSet(empty, str(passage.crs), ()), passage
    dates = passage.file.dates
    return PointSet(_table(batches, dates), str(passage.crs), dates), passage


def _target(request: ReadRequest, source: pyproj.CRS, batch: Batch) -> pyproj.CRS:
    if request.crs is not None:
        return target_crs(request.crs)
    if is_metric(source):
        return source
    to_degrees = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)
    lon, lat = to_degrees.transform(np.nanmedian(batch.x), np.nanmedian(batch.y))
    return utm_crs(float(lon), float(lat))


def _check_finite(batch: Batch, file_name: str) -> None:
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
                f"{file_name}, {batch.position(i)}, {name}: expected a finite number, came "
                f"{values[i]}; remove it or write NaN where there is no measurement"
            )


def _select(batch: Batch, mask: NDArray[np.bool_]) -> Batch:
    index = np.flatnonzero(mask)
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


def _no_points(file: PointFile, rows: int) -> InputError:
    reason = f"none of its {rows} rows has a velocity" if rows else "no row or pixel holds data"
    return InputError(
        f"{file.file_name}: the file has no points: {reason}; expected measured velocities, choose "
        "another file or column"
    )


def _nothing_within(passages: Sequence[_Passage], request: ReadRequest) -> InputError:
    extents = "; ".join(
        f"{passage.file_name} covers "
        + (str([round(edge) for edge in passage.extent_m]) if passage.extent_m else "nothing near")
        for passage in passages
    )
    bounds = None if request.bounds_m is None else list(request.bounds_m)
    return InputError(
        f"points: none lies within bounds {bounds} ([left, bottom, right, top] in "
        f"{str(passages[0].crs)[:40]}); {extents}; correct bounds, crs or the files"
    )
