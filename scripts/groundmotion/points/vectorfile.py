"""Points in GeoParquet, shapefile and the other layers GDAL reads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.points.projection import WGS84, source_crs
from groundmotion.points.schema import (
    Batch,
    PointFile,
    ReadRequest,
    resolve_columns,
    series_columns,
)

_BATCH_ROWS = 65_536


def open_vector(dataset: str, file_name: str, request: ReadRequest) -> PointFile:
    """Open a shapefile, GeoPackage or GeoJSON of points.

    Parameters
    ----------
    dataset
        Path as GDAL takes it, ``/vsizip/…`` included.
    file_name
        The file, for messages.
    request
        What to read.

    Raises
    ------
    InputError
        If GDAL cannot read it, it has several layers, no usable columns or no coordinate system.
    """
    try:
        layers = pyogrio.list_layers(dataset)
        if len(layers) == 1:
            info = pyogrio.read_info(dataset)
    except pyogrio.errors.DataSourceError as error:
        raise InputError(
            f"{file_name}: cannot be read ({error}); expected a complete layer of points (a "
            "shapefile needs its .shx and .dbf beside it)"
        ) from error
    if len(layers) != 1:
        layer_names = ", ".join(str(layer[0]) for layer in layers)
        raise InputError(
            f"{file_name}: expected one layer of points, found {len(layers)}: {layer_names}"
        )
    names = [str(name) for name in info["fields"]]
    columns = _Columns(names, request, file_name)
    crs = source_crs(info["crs"], request.files_crs, file_name)

    def blocks() -> Iterator[pa.RecordBatch]:
        with pyogrio.raw.open_arrow(
            dataset, columns=columns.names, batch_size=_BATCH_ROWS, use_pyarrow=True
        ) as (meta, reader):
            geometry = meta["geometry_name"] or "wkb_geometry"
            for block in reader:
                yield block.rename_columns(
                    ["geometry" if n == geometry else n for n in block.schema.names]
                )

    def coordinates(block: pa.RecordBatch, first: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return _from_wkb(block.column("geometry"), file_name, first)

    return PointFile(
        file_name, crs, columns.dates, _batches(blocks(), columns, coordinates), windowed=False
    )


def open_parquet(path: Path, request: ReadRequest) -> PointFile:
    """Open a GeoParquet file of points, or plain Parquet with columns of coordinates.

    Raises
    ------
    InputError
        If it is not Parquet, has no usable columns or no coordinate system.
    """
    file_name = str(path)
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{file_name}: cannot be read as Parquet ({error}); write it again or download it again"
        ) from error
    names = list(file.schema_arrow.names)
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    geometry = geo.get("primary_column")
    columns = _Columns(names, request, file_name, has_geometry=geometry is not None)
    column_names = [*columns.names, *([geometry] if geometry else [])]
    blocks = file.iter_batches(batch_size=_BATCH_ROWS, columns=column_names)
    if geometry:
        description = geo["columns"][geometry]
        # The standard's default, where the key is left out, is longitude and latitude.
        crs = source_crs(description.get("crs", "OGC:CRS84"), request.files_crs, file_name)

        def coordinates(block: pa.RecordBatch, first: int) -> tuple[NDArray[Any], NDArray[Any]]:
            column = block.column(geometry)
            if description.get("encoding") == "point":
                return tuple(_numbers(column.field(axis)) for axis in ("x", "y"))  # type: ignore[return-value]
            return _from_wkb(column, file_name, first)
    else:
        metric = "easting_m" in columns.roles and "northing_m" in columns.roles
        pair = ("easting_m", "northing_m") if metric else ("longitude", "latitude")
        file_crs = None if metric else WGS84
        crs = source_crs(file_crs, request.files_crs, file_name)

        def coordinates(block: pa.RecordBatch, first: int) -> tuple[NDArray[Any], NDArray[Any]]:
            x, y = (columns.numbers(block, role, first).astype(np.float64) for role in pair)
            return x, y

    return PointFile(
        file_name, crs, columns.dates, _batches(blocks, columns, coordinates), windowed=False
    )


class _Columns:
    """Which columns of a layer are needed, and their numbers."""

    def __init__(
        self,
        names: Sequence[str],
        request: ReadRequest,
        file_name: str,
        *,
        has_geometry: bool = True,
    ) -> None:
        indices = resolve_columns(names, request.columns, file_name, has_geometry=has_geometry)
        series = series_columns(names) if request.keep_series else []
        self.file_name = file_name
        self.roles: Mapping[str, str] = {role: names[index] for role, index in indices.items()}
        self.series = [names[index] for index, _ in series]
        self.dates = tuple(day for _, day in series)
        self.names = list(dict.fromkeys([*self.roles.values(), *self.series]))

    def numbers(self, block: pa.RecordBatch, role: str, first: int) -> NDArray[np.floating]:
        return self.column(block, self.roles[role], first)

    def column(self, block: pa.RecordBatch, name: str, first: int) -> NDArray[np.floating]:
        column = block.column(name)
        try:
            return _numbers(pc.cast(column, pa.float64()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            for i, value in enumerate(column):
                try:
                    pc.cast(value, pa.float64())
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                    raise InputError(
                        f"{self.file_name}, row {first + i}, column {name}: expected a number, "
                        f"came {str(value)[:40]!r}; correct or remove the row"
                    ) from error
            raise


Coordinates = Callable[[pa.RecordBatch, int], tuple[NDArray[Any], NDArray[Any]]]


def _batches(
    blocks: Iterator[pa.RecordBatch], columns: _Columns, coordinates: Coordinates
) -> Iterator[Batch]:
    first = 1
    for block in blocks:
        x, y = coordinates(block, first)
        series = [columns.column(block, name, first) for name in columns.series]
        start = first
        yield Batch(
            x=np.asarray(x, np.float64),
            y=np.asarray(y, np.float64),
            columns={
                role: columns.numbers(block, role, first).astype(np.float32)
                for role in columns.roles
            },
            series=np.stack(series, axis=1).astype(np.float32) if series else None,
            position=lambda i, start=start: f"row {start + i}",  # type: ignore[misc]
        )
        first += block.num_rows


def _numbers(column: pa.Array) -> NDArray[np.floating]:
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _from_wkb(column: pa.Array, file_name: str, first: int) -> tuple[NDArray[Any], NDArray[Any]]:
    geometry = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    kinds = shapely.get_type_id(geometry)
    wrong = kinds > 0  # 0 is a point, −1 is missing
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            f"{file_name}, row {first + i}: expected a point, came a {geometry[i].geom_type}; "
            "convert the layer to single points (centroids, or parts of multipoints)"
        )
    return shapely.get_x(geometry), shapely.get_y(geometry)
