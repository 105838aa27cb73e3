"""Points as GeoParquet."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from groundmotion.artefacts.files import STAMP_KEY, array_digest, replacing
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import crs_name


def write_point_table(
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
        STAMP_KEY: stamp.as_json(array_digest(table["velocity_mm_yr"].to_numpy())),
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


def read_point_table(path: Path) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return the table of points (without geometry), its CRS and the dates of its series."""
    metadata = pq.read_schema(path).metadata or {}
    table = pq.read_table(path)
    crs = json.loads(metadata[b"geo"])["columns"]["geometry"]["crs"]
    dates = tuple(json.loads(metadata.get(b"dates", b"[]")))
    return table.drop_columns(["geometry"]).to_pandas(), crs_name(crs), dates
