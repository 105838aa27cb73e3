"""Read and write the workflow's own artefacts: the only access to disk.

Every write is atomic (a finished file appears under its name, or nothing does) and stamped: in the
file's own metadata where the format has a place for it, else in a sidecar ``<name>.stamp.json``.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import rasterio
import rasterio.shutil
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.grid import Grid
from groundmotion.provenance import Stamp, sha256_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: GeoPackage keeps the time of its last change; a fixed one keeps the bytes the same.
_FIXED_TIME = "2000-01-01T00:00:00.000Z"
_STAMP_KEY = "groundmotion_stamp"
_RASTER_TILE_PX = 256
# With less than this a disk counts as full.
_FULL_BYTES = 1 << 16

# Names of safetensors' number types that are mapped.
_TENSOR_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; move it there once the block has succeeded.

    Raises
    ------
    InputError
        If the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        yield partial
        partial.replace(path)
    except Exception as error:
        # Libraries word it in their own ways, or hide it.
        free = shutil.disk_usage(path.parent).free
        if getattr(error, "errno", None) == errno.ENOSPC or free < _FULL_BYTES:
            raise InputError(
                f"{path}: the disk is full ({free / 1e6:.1f} MB free); nothing was written. Free "
                "some space and start the same command again: what is finished stays"
            ) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


def stamp_path(path: Path) -> Path:
    """Return where the sidecar stamp of a file lies."""
    return path.with_name(f"{path.name}.stamp.json")


def write_sidecar(path: Path, stamp: Stamp) -> None:
    """Write the stamp of a finished file beside it, with the file's SHA-256."""
    with replacing(stamp_path(path)) as partial:
        partial.write_text(_pretty(stamp.as_dict(sha256_of(path))), encoding="utf-8")


def read_stamp(path: Path) -> dict[str, Any]:
    """Return the stamp of any artefact, from its metadata or its sidecar.

    Raises
    ------
    InputError
        If it carries none.
    """
    sidecar = stamp_path(path)
    if sidecar.is_file():
        return dict(json.loads(sidecar.read_text(encoding="utf-8")))
    readers: dict[str, Callable[[Path], str | None]] = {
        ".tif": _raster_stamp,
        ".parquet": lambda p: _text((pq.read_schema(p).metadata or {}).get(_STAMP_KEY.encode())),
        ".safetensors": lambda p: _tensor_metadata(p).get(_STAMP_KEY),
        ".json": lambda p: json.dumps(json.loads(p.read_text(encoding="utf-8")).get("stamp")),
    }
    found = readers[path.suffix](path) if path.suffix in readers else None
    if found is None or found == "null":
        raise InputError(f"{path}: carries no stamp; it was not made by this workflow")
    return dict(json.loads(found))


# --- points -------------------------------------------------------------------------------------


def write_points(
    path: Path, table: pd.DataFrame, crs: str, stamp: Stamp, dates: Sequence[str] = (),
    group_rows: int | None = None,
) -> None:  # fmt: skip
    """Write points as GeoParquet; the columns are those of :mod:`groundmotion.points`.

    Readers can leave out groups of ``group_rows`` points; None leaves their size to Arrow.
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.append_column("geometry", _well_known(table))
    column = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "crs": pyproj.CRS(crs).to_json_dict(),
        "bbox": [float(f(table[c])) for f in (np.min, np.max) for c in ("easting_m", "northing_m")]
        if len(table)
        else None,
    }
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {k: v for k, v in column.items() if v is not None}},
    }
    metadata = {
        "geo": json.dumps(geo),
        "dates": json.dumps(list(dates)),
        _STAMP_KEY: stamp.as_json(_digest(table["velocity_mm_yr"].to_numpy())),
    }
    with replacing(path) as partial:
        pq.write_table(
            arrow.replace_schema_metadata(metadata), partial, row_group_size=group_rows,
            compression="zstd",
        )  # fmt: skip


def _well_known(table: pd.DataFrame) -> pa.ChunkedArray:
    """Return points as well-known binary: byte order 1 (little), kind 1 (point), coordinates."""
    points = np.zeros(len(table), [("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points["order"] = points["kind"] = 1
    points["x"], points["y"] = table["easting_m"], table["northing_m"]
    fixed = pa.binary(points.dtype.itemsize)
    array = pa.Array.from_buffers(fixed, len(points), [None, pa.py_buffer(points.tobytes())])
    return pa.chunked_array([array]).cast(pa.binary())


def read_points(path: Path) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return the table of points (without geometry), its CRS and the dates of its series."""
    metadata = pq.read_schema(path).metadata or {}
    table = pq.read_table(path)
    crs = json.loads(metadata[b"geo"])["columns"]["geometry"]["crs"]
    dates = tuple(json.loads(metadata.get(b"dates", b"[]")))
    return table.drop_columns(["geometry"]).to_pandas(), _crs_name(crs), dates


# --- maps ---------------------------------------------------------------------------------------


def write_raster(
    path: Path, grid: Grid, stamp: Stamp, *, description: str, unit: str, simulated: bool,
    cog: bool = False,
) -> None:  # fmt: skip
    """Write a float32 GeoTIFF with NaN as nodata; cloud-optimised if ``cog``."""
    values = np.asarray(grid.values, np.float32)
    tags = {
        _STAMP_KEY: stamp.as_json(_digest(values)),
        "unit": unit,
        "data": "SIMULATED" if simulated else "measured",
    }
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan,
        "height": values.shape[0], "width": values.shape[1], "crs": grid.crs,
        "transform": grid.transform, "compress": "deflate", "predictor": 3, "tiled": True,
        "blockxsize": _RASTER_TILE_PX, "blockysize": _RASTER_TILE_PX, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    with replacing(path) as partial:
        plain = partial.with_suffix(".plain.tif") if cog else partial
        try:
            with rasterio.open(plain, "w", **profile) as dataset:
                dataset.write(values, 1)
                dataset.set_band_description(1, description)
                dataset.update_tags(**tags)
            if cog:
                rasterio.shutil.copy(
                    plain, partial, driver="COG", compress="deflate", predictor="FLOATING_POINT",
                    overview_resampling="average",
                )  # fmt: skip
        finally:
            if cog:
                plain.unlink(missing_ok=True)
        # GDAL does not tell of what it could not write when it closes a file.
        with rasterio.open(partial) as dataset:
            dataset.checksum(1)


def read_raster(path: Path) -> Grid:
    """Read a single-band map written by :func:`write_raster`."""
    with rasterio.open(path) as dataset:
        crs = _crs_name(dataset.crs.to_wkt())
        return Grid(dataset.read(1), dataset.transform, crs)


def _raster_stamp(path: Path) -> str | None:
    with rasterio.open(path) as dataset:
        return _text(dataset.tags().get(_STAMP_KEY))


# --- numbers and tables -------------------------------------------------------------------------


def write_json(path: Path, content: Mapping[str, Any], stamp: Stamp) -> None:
    """Write a dictionary; the stamp stands under the key ``stamp``."""
    plain = json.dumps(content, sort_keys=True)
    payload = hashlib.sha256(plain.encode()).hexdigest()
    with replacing(path) as partial:
        text = _pretty({**content, "stamp": stamp.as_dict(payload)})
        partial.write_text(text, encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a dictionary written by :func:`write_json`, without its stamp."""
    content = dict(json.loads(path.read_text(encoding="utf-8")))
    content.pop("stamp", None)
    return content


def write_text(path: Path, text: str, stamp: Stamp) -> None:
    """Write a text, such as a table in Markdown, with a sidecar stamp."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
    write_sidecar(path, stamp)


def write_table(path: Path, table: pd.DataFrame, stamp: Stamp) -> None:
    """Write a table as CSV (six significant digits) with a sidecar stamp."""
    with replacing(path) as partial:
        table.to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")
    write_sidecar(path, stamp)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table written by :func:`write_table`."""
    return pd.read_csv(path)


def write_frame(path: Path, table: pd.DataFrame, stamp: Stamp) -> None:
    """Write a table as Parquet, at full precision."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    payload = hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()
    metadata = {**(arrow.schema.metadata or {}), _STAMP_KEY: stamp.as_json(payload)}
    with replacing(path) as partial:
        pq.write_table(arrow.replace_schema_metadata(metadata), partial, compression="zstd")


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table written by :func:`write_frame`."""
    return pq.read_table(path).to_pandas()


# --- arrays -------------------------------------------------------------------------------------


def write_arrays(
    path: Path,
    arrays: Mapping[str, NDArray[np.generic]],
    stamp: Stamp,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write named arrays as safetensors; ``extra`` is plain data kept with the stamp."""
    ordered = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    content = {
        "stamp": stamp.as_dict(_digest(*ordered.values())),
        "extra": dict(extra or {}),
    }
    # One key only: safetensors does not keep the order of several.
    metadata = {"groundmotion": json.dumps(content, sort_keys=True)}
    with replacing(path) as partial:
        partial.touch()
        usual = partial.stat().st_mode  # safetensors hides its files from everybody else
        safetensors.numpy.save_file(ordered, partial, metadata)
        partial.chmod(usual)


def read_arrays(path: Path, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read named arrays, all of them if ``names`` is not given."""
    with safetensors.safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in (names or sorted(file.keys()))}


def read_checked_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read all arrays and the plain data beside them, compared with the digest in their stamp.

    Raises
    ------
    InputError
        If the file is missing, cut off or damaged.
    """
    again = "delete it if it is there, and run again to have it made anew"
    try:
        arrays, extra, stamp = read_arrays(path), read_extra(path), read_stamp(path)
    except Exception as error:  # safetensors has one error for every kind of damage
        raise InputError(f"{path}: cannot be read ({error}); {again}") from error
    if stamp.get("payload_sha256") != _digest(*arrays.values()):
        raise InputError(f"{path}: is damaged: its content is not what its stamp says; {again}")
    return arrays, extra


def map_array(path: Path, name: str) -> NDArray[Any]:
    """Open one array of floats where it lies on disk: nothing is read before it is used.

    Raises
    ------
    InputError
        If the file is cut off or damaged.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length)
    try:
        entry = json.loads(header)[name]
        first, last = entry["data_offsets"]
        dtype, shape = _TENSOR_TYPES[entry["dtype"]], tuple(entry["shape"])
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{path}: holds no readable array {name!r}; delete it and run again"
        ) from error
    if path.stat().st_size < 8 + length + last:
        raise InputError(f"{path}: is cut off; delete it and run again to have it made anew")
    return np.memmap(path, dtype, mode="r", offset=8 + length + first, shape=shape)


def read_extra(path: Path) -> dict[str, Any]:
    """Return the plain data written beside the arrays."""
    return dict(json.loads(_tensor_metadata(path)["groundmotion"])["extra"])


def _tensor_metadata(path: Path) -> dict[str, str]:
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata() or {})
    if "groundmotion" in metadata:
        metadata[_STAMP_KEY] = json.dumps(json.loads(metadata["groundmotion"])["stamp"])
    return metadata


# --- layers and figures -------------------------------------------------------------------------


def write_layers(path: Path, layers: Mapping[str, geopandas.GeoDataFrame], stamp: Stamp) -> None:
    """Write named layers of polygons as a GeoPackage with a sidecar stamp."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_TIME})
    with replacing(path) as partial:
        for name, layer in layers.items():
            geometry_type = "Polygon" if layer.empty else None
            pyogrio.write_dataframe(
                layer, partial, layer=name, driver="GPKG", append=partial.exists(),
                geometry_type=geometry_type,
            )  # fmt: skip
    write_sidecar(path, stamp)


def read_layer(path: Path, layer: str) -> geopandas.GeoDataFrame:
    """Read one layer of a GeoPackage."""
    return pyogrio.read_dataframe(path, layer=layer)


def save_figure(
    figure: "Figure", plotted: pd.DataFrame, png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:  # fmt: skip
    """Save a figure as PNG and PDF and the plotted numbers as CSV, each with its stamp."""
    with replacing(png) as partial:
        figure.savefig(partial, format="png", metadata={"Software": None})
    with replacing(pdf) as partial:
        figure.savefig(partial, format="pdf", metadata={"CreationDate": None})
    for path in (png, pdf):
        write_sidecar(path, stamp)
    write_table(csv, plotted, stamp)


def _digest(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _pretty(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _text(raw: bytes | str | None) -> str | None:
    return raw.decode() if isinstance(raw, bytes) else raw


def _crs_name(crs: object) -> str:
    parsed = pyproj.CRS.from_user_input(crs)
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else parsed.to_wkt()
