"""Velocity maps: GeoTIFF (EGMS L3, LiCSBAS, any other) and LiCSBAS's headerless float32.

Each pixel with data becomes a point at its centre.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from groundmotion.aliases import Bounds
from groundmotion.errors import InputError
from groundmotion.points.projection import WGS84, source_crs, target_crs
from groundmotion.points.schema import COORDINATES, Batch, PointFile, ReadRequest

#: Pixels read at once.
_BATCH_PIXELS = 1 << 20

#: LiCSBAS's own names of the maps beside a velocity map, per role.
_LICSBAS_COMPANIONS = {
    "velocity_std_mm_yr": "vstd",
    "coherence": "coh_avg",
    "los_east": "E.geo",
    "los_north": "N.geo",
    "los_up": "U.geo",
    "height_m": "hgt",
}

#: Reads rows [first, last) of a map as (rows, cols) float64, NaN where there is no data.
Reader = Callable[[int, int], NDArray[np.float64]]


def open_geotiff(dataset: str, path: Path, request: ReadRequest) -> PointFile:
    """Open a GeoTIFF of velocity.

    Parameters
    ----------
    dataset
        Path as GDAL takes it, ``/vsizip/…`` included.
    path
        The file itself, for messages and for rasters named relative to it.
    request
        What to read; ``columns`` may name further rasters of the same shape.

    Raises
    ------
    InputError
        If it cannot be read, has several bands or no coordinate system, or another raster has
        another shape.
    """
    shape, transform, wkt = _geotiff_shape(dataset, str(path))
    crs = source_crs(wkt, request.files_crs, str(path))
    readers = {"velocity_mm_yr": _geotiff_reader(dataset, str(path))}
    for role, other in _named_rasters(path, request).items():
        if _geotiff_shape(str(other), str(other))[:2] != (shape, transform):
            raise InputError(
                f"{other}: expected the grid of {path} ({shape[0]} rows, {shape[1]} columns, same "
                f"corner and pixel) to serve as {role}; resample it onto that grid"
            )
        readers[role] = _geotiff_reader(str(other), str(other))
    rows = _rows_within(request, crs, transform, shape)
    batches = _batches(readers, shape[1], transform, rows)
    return PointFile(str(path), crs, (), batches, windowed=len(rows) < shape[0])


def open_licsbas(path: Path, par: Path, request: ReadRequest) -> PointFile:
    """Open a headerless little-endian float32 map with its ``EQA.dem_par``.

    Coherence, spread, height and the LOS vector are taken from LiCSBAS's files beside it.

    Raises
    ------
    InputError
        If a key is missing in the parameter file, or a size does not agree with it.
    """
    keys = ("width", "nlines", "corner_lat", "corner_lon", "post_lat", "post_lon")
    width, nlines, lat, lon, dlat, dlon = (_par_number(par, key) for key in keys)
    shape = int(nlines), int(width)
    # The corner is the centre of the first pixel (LiCSBAS: grid registration).
    transform = Affine(dlon, 0.0, lon - dlon / 2, 0.0, dlat, lat - dlat / 2)
    files = {"velocity_mm_yr": path, **_licsbas_companions(path, par)}
    files.update(_named_rasters(path, request))
    readers = {role: _float32_reader(file, shape, par) for role, file in files.items()}
    rows = _rows_within(request, WGS84, transform, shape)
    batches = _batches(readers, shape[1], transform, rows)
    return PointFile(str(path), WGS84, (), batches, windowed=len(rows) < shape[0])


def find_dem_par(path: Path) -> Path:
    """Find the ``EQA.dem_par`` of a headerless map.

    It is looked for beside the map, in ``../info``, and in the ``GEOC…`` folder that a
    ``TS_GEOC…/results`` belongs to.

    Raises
    ------
    InputError
        If there is none, or more than one in the same place.
    """
    series_folder = path.parent.parent.name
    places = [path.parent, path.parent.parent / "info"]
    if series_folder.startswith("TS_"):
        places.append(path.parent.parent.parent / series_folder.removeprefix("TS_"))
    for place in places:
        par_files = sorted(place.glob("*EQA.dem_par")) if place.is_dir() else []
        if len(par_files) > 1:
            raise InputError(
                f"{path}: {len(par_files)} parameter files *EQA.dem_par in {place}; keep one map's "
                "files in a folder"
            )
        if par_files:
            return par_files[0]
    raise InputError(
        f"{path}: unknown format; expected .zip .csv .txt .tsv .parquet .shp .gpkg .geojson .tif "
        ".tiff, or a LiCSBAS float32 map with its EQA.dem_par beside it"
    )


def _geotiff_shape(dataset: str, file_name: str) -> tuple[tuple[int, int], Affine, str | None]:
    try:
        with rasterio.open(dataset) as raster:
            if raster.count != 1:
                raise InputError(
                    f"{file_name}: expected one band, the velocity in mm/yr, found {raster.count}; "
                    "export that band alone"
                )
            wkt = raster.crs.to_wkt() if raster.crs else None
            return (raster.height, raster.width), raster.transform, wkt
    except rasterio.errors.RasterioIOError as error:
        raise InputError(
            f"{file_name}: cannot be read as a raster ({error}); expected a GeoTIFF, write it "
            "again or download it again"
        ) from error


def _geotiff_reader(dataset: str, file_name: str) -> Reader:
    def read(first: int, last: int) -> NDArray[np.float64]:
        try:
            with rasterio.open(dataset) as raster:
                window = Window(0, first, raster.width, last - first)
                band = raster.read(1, window=window, masked=True)
                values = np.asarray(band.astype(np.float64).filled(np.nan))
                scale, offset = raster.scales[0], raster.offsets[0]
                return values if (scale, offset) == (1.0, 0.0) else values * scale + offset
        except rasterio.errors.RasterioIOError as error:
            raise InputError(
                f"{file_name}, rows {first} to {last}: damaged ({error}); download it again"
            ) from error

    return read


def _float32_reader(path: Path, shape: tuple[int, int], par: Path) -> Reader:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    expected, size = 4 * shape[0] * shape[1], path.stat().st_size
    if size != expected:
        raise InputError(
            f"{path}: expected {expected} bytes ({shape[0]} × {shape[1]} float32 as {par} says), "
            f"found {size}; take the map and the parameter file of the same run"
        )

    def read(first: int, last: int) -> NDArray[np.float64]:
        count, offset = (last - first) * shape[1], 4 * first * shape[1]
        values = np.fromfile(path, "<f4", count=count, offset=offset)
        return values.astype(np.float64).reshape(last - first, shape[1])

    return read


def _batches(
    readers: Mapping[str, Reader], width: int, transform: Affine, rows: range
) -> Iterator[Batch]:
    step = max(1, _BATCH_PIXELS // width)
    for first in range(rows.start, rows.stop, step):
        last = min(first + step, rows.stop)
        maps = {role: read(first, last) for role, read in readers.items()}
        row, col = np.nonzero(~np.isnan(maps["velocity_mm_yr"]))
        across, down = col + 0.5, row + first + 0.5
        yield Batch(
            x=transform.a * across + transform.b * down + transform.c,
            y=transform.d * across + transform.e * down + transform.f,
            columns={role: values[row, col].astype(np.float32) for role, values in maps.items()},
            series=None,
            position=_pixel_position(row + first, col),
        )


def _pixel_position(row: NDArray[np.int64], col: NDArray[np.int64]) -> Callable[[int], str]:
    return lambda i: f"row {row[i]}, column {col[i]} (from 0)"


def _rows_within(
    request: ReadRequest, crs: pyproj.CRS, transform: Affine, shape: tuple[int, int]
) -> range:
    """Return the rows that can touch the bounds; all where that is not known."""
    all_rows = range(shape[0])
    if request.bounds_m is None or request.crs is None or transform.b or transform.d:
        return all_rows
    transformer = pyproj.Transformer.from_crs(target_crs(request.crs), crs, always_xy=True)
    bounds: Bounds = transformer.transform_bounds(*request.bounds_m)
    rows = sorted((bounds[side] - transform.f) / transform.e for side in (1, 3))
    if not np.isfinite(rows).all():
        return all_rows
    first, last = int(np.floor(rows[0])) - 1, int(np.ceil(rows[1])) + 1
    return range(min(max(first, 0), shape[0]), min(max(last, 0), shape[0]))


def _named_rasters(path: Path, request: ReadRequest) -> dict[str, Path]:
    wrong = [role for role in request.columns if role in COORDINATES or role == "velocity_mm_yr"]
    if wrong:
        raise InputError(
            f"{path}: columns: {', '.join(wrong)} cannot be chosen for a raster, whose one band is "
            "the velocity; leave the key out"
        )
    return {role: path.parent / name for role, name in request.columns.items()}


def _licsbas_companions(path: Path, par: Path) -> dict[str, Path]:
    """Find LiCSBAS's own maps: beside the velocity, or (``.geo``, ``hgt``) beside the .dem_par."""
    before_velocity = re.sub(r"vel(\.filt)?(\.mskd)?$", "", path.name)
    before_par = par.name.removesuffix("EQA.dem_par")
    companions = {}
    for role, name in _LICSBAS_COMPANIONS.items():
        candidates = [
            path.parent / f"{before_velocity}{name}",
            par.parent / f"{before_par}{name}",
        ]
        existing = [file for file in candidates if file.is_file()]
        if existing:
            companions[role] = existing[0]
    return companions


def _par_number(par: Path, key: str) -> float:
    text = par.read_text(encoding="utf-8", errors="replace")
    match = re.search(rf"^{key}:\s*(\S+)", text, re.MULTILINE)
    try:
        return float(match[1] if match else "")
    except ValueError as error:
        raise InputError(
            f"{par}: expected a line '{key}: number', came {match[0] if match else 'none'!r}; take "
            "LiCSBAS's EQA.dem_par"
        ) from error
