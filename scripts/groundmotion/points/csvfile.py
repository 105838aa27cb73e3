"""Comma-separated points: EGMS, StaMPS and plain tables, read as a stream.

Only the columns that are needed are converted; a file of any size passes in blocks.
"""

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyproj
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.points.projection import EGMS_CRS, WGS84, parse_crs, source_crs
from groundmotion.points.schema import (
    Batch,
    PointFile,
    ReadRequest,
    resolve_columns,
    series_columns,
)

Opener = Callable[[], AbstractContextManager[IO[bytes]]]

#: Bytes per block: some hundred rows with a long series, ten thousand without.
_BLOCK_BYTES = 1 << 24
_NO_VALUE = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "NULL", "None")
_DELIMITERS = (",", ";", "\t", "|")

#: Header that MATLAB's writetable gives to the matrix of StaMPS-Visualizer's export.
_STAMPS_PREFIX = "export_res_"
#: MATLAB's day number of 1 January of year 1 is 367, Python's ordinal is 1; the export takes one
#: off the former.
_STAMPS_DAY_TO_ORDINAL = -365


@dataclass(frozen=True)
class _Layout:
    """Where things stand in the file: ``roles`` and ``series`` are indices of columns."""

    file_name: str
    names: list[str]
    delimiter: str
    header_lines: int
    roles: dict[str, int]
    series: list[int]
    dates: tuple[str, ...]
    has_rows: bool

    @property
    def columns(self) -> list[int]:
        return [*self.roles.values(), *self.series]


def open_csv(opener: Opener, file_name: str, request: ReadRequest) -> PointFile:
    """Open a table of points.

    Parameters
    ----------
    opener
        Opens the bytes anew at each call.
    file_name
        The file, for messages.
    request
        What to read.

    Raises
    ------
    InputError
        If the file is empty, is no text, or its header will not do.
    """
    layout, crs = _layout(_first_lines(opener, file_name), file_name, request)
    return PointFile(file_name, crs, layout.dates, _batches(opener, layout), windowed=False)


def _first_lines(opener: Opener, file_name: str) -> list[str]:
    """Return the header and up to two rows."""
    with opener() as stream:
        raw = [stream.readline() for _ in range(3)]
    if not raw[0].strip():
        raise InputError(
            f"{file_name}: the file is empty; expected a header line and one row a point"
        )
    try:
        header = raw[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file_name}, line 1: expected a header in UTF-8 text, came other bytes; export the "
            "points as CSV in UTF-8"
        ) from error
    return [header, *(line.decode("utf-8", "replace") for line in raw[1:] if line.strip())]


def _layout(
    lines: Sequence[str], file_name: str, request: ReadRequest
) -> tuple[_Layout, pyproj.CRS]:
    delimiter = max(_DELIMITERS, key=lines[0].count)
    names, *rows = list(csv.reader(lines, delimiter=delimiter))
    names = [name.strip() for name in names]
    if all(_is_number(name) for name in names):
        raise InputError(
            f"{file_name}, line 1: expected a header with the names of the columns, came numbers; "
            "add a first line such as longitude,latitude,velocity"
        )
    if names[0].startswith(_STAMPS_PREFIX) and not request.columns:
        return _stamps_layout(file_name, names, delimiter, rows, request), WGS84
    roles = resolve_columns(names, request.columns, file_name, has_geometry=False)
    roles, crs = _coordinates(names, roles, request, file_name)
    series = series_columns(names) if request.keep_series else []
    metadata = bool(rows) and len(rows[0]) == len(names) and not any(
        _is_number(rows[0][roles[role]]) for role in ("x", "y", "velocity_mm_yr")
    )  # fmt: skip
    layout = _Layout(
        file_name=file_name, names=names, delimiter=delimiter, header_lines=1 + metadata,
        roles=roles, series=[index for index, _ in series], dates=tuple(day for _, day in series),
        has_rows=len(rows) > metadata,
    )  # fmt: skip
    return layout, crs


def _coordinates(
    names: Sequence[str], roles: dict[str, int], request: ReadRequest, file_name: str
) -> tuple[dict[str, int], pyproj.CRS]:
    """Choose the pair of coordinates, as roles ``x`` and ``y``, and its system."""
    rest = {role: i for role, i in roles.items() if role not in _PAIRS["metres"] + _PAIRS["deg"]}
    has = {kind: all(role in roles for role in pair) for kind, pair in _PAIRS.items()}
    is_egms = {"pid", "easting", "northing"} <= set(names) and any(
        name in ("mean_velocity", "mean_veloc") for name in names
    )
    user_crs = parse_crs(request.files_crs, "files_crs") if request.files_crs else None
    names_metres = "easting_m" in request.columns or "northing_m" in request.columns
    if has["metres"] and is_egms and not names_metres:
        kind, crs = "metres", EGMS_CRS
    elif has["metres"] and (names_metres or not has["deg"] or (user_crs and user_crs.is_projected)):
        kind, crs = "metres", source_crs(None, request.files_crs, file_name)
    else:
        kind, crs = "deg", user_crs if user_crs and user_crs.is_geographic else WGS84
    x, y = _PAIRS[kind]
    return {"x": roles[x], "y": roles[y], **rest}, crs


_PAIRS = {"metres": ("easting_m", "northing_m"), "deg": ("longitude", "latitude")}


def _stamps_layout(
    file_name: str, names: list[str], delimiter: str, rows: list[list[str]], request: ReadRequest
) -> _Layout:
    """Lay out StaMPS-Visualizer's export: lon, lat, velocity, series; row two is metadata.

    That row holds the reference point, a gap, and the day numbers of the series.
    """
    if not rows or len(names) < 3:
        raise InputError(
            f"{file_name}, line 2: expected StaMPS's row of metadata (reference longitude and "
            "latitude, NaN, day numbers); export the points again"
        )
    series = list(range(3, len(names))) if request.keep_series else []
    try:
        days = [date.fromordinal(int(float(rows[0][i])) + _STAMPS_DAY_TO_ORDINAL) for i in series]
    except (ValueError, OverflowError, IndexError) as error:
        raise InputError(
            f"{file_name}, line 2: expected MATLAB day numbers from the fourth column on "
            f"({error}); export the points again, or read them without the series"
        ) from error
    return _Layout(
        file_name=file_name, names=names, delimiter=delimiter, header_lines=2,
        roles={"x": 0, "y": 1, "velocity_mm_yr": 2}, series=series,
        dates=tuple(f"{day:%Y%m%d}" for day in days), has_rows=len(rows) > 1,
    )  # fmt: skip


def _batches(opener: Opener, layout: _Layout) -> Iterator[Batch]:
    fields = [f"f{index}" for index in range(len(layout.names))]
    columns = [fields[index] for index in layout.columns]
    coordinates = {fields[layout.roles["x"]], fields[layout.roles["y"]]}
    types = {name: pa.float64() if name in coordinates else pa.float32() for name in columns}
    row = 0
    if not layout.has_rows:
        return
    try:
        with opener() as stream:
            reader = pa_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pa_csv.ReadOptions(
                    block_size=_BLOCK_BYTES, column_names=fields, skip_rows=layout.header_lines
                ),
                parse_options=pa_csv.ParseOptions(delimiter=layout.delimiter),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=list(dict.fromkeys(columns)), column_types=types,
                    null_values=list(_NO_VALUE),
                ),
            )  # fmt: skip
            for block in reader:
                yield _batch(block, layout, fields, row)
                row += block.num_rows
    except pa.ArrowInvalid as error:
        raise _fault(opener, layout, error) from error


def _batch(block: pa.RecordBatch, layout: _Layout, fields: Sequence[str], row: int) -> Batch:
    def numbers(index: int) -> NDArray[Any]:
        return np.asarray(block.column(fields[index]).to_numpy(zero_copy_only=False))

    series = np.stack([numbers(i) for i in layout.series], axis=1) if layout.series else None
    first = layout.header_lines + 1 + row
    return Batch(
        x=numbers(layout.roles["x"]).astype(np.float64),
        y=numbers(layout.roles["y"]).astype(np.float64),
        columns={role: numbers(i) for role, i in layout.roles.items() if role not in ("x", "y")},
        series=series,
        position=lambda i: f"line {first + i}",
    )


def _fault(opener: Opener, layout: _Layout, error: Exception) -> InputError:
    """Find the first row that pyarrow could not read; slow, but only a faulty file pays for it."""
    with opener() as stream:
        text = io.TextIOWrapper(stream, "utf-8", errors="replace", newline="")
        rows = csv.reader(text, delimiter=layout.delimiter)
        for number, row in enumerate(rows, start=1):
            if number <= layout.header_lines or not row:
                continue
            place = f"{layout.file_name}, line {rows.line_num}"
            if len(row) != len(layout.names):
                return InputError(
                    f"{place}: expected {len(layout.names)} fields as in the header, came "
                    f"{len(row)}; correct the row, or download the file again if it ends there"
                )
            for index in layout.columns:
                if row[index].strip() not in _NO_VALUE and not _is_float(row[index]):
                    return InputError(
                        f"{place}, column {layout.names[index]}: expected a number (decimal "
                        f"point), came {row[index][:40]!r}; correct or remove the row"
                    )
    return InputError(f"{layout.file_name}: the table cannot be read: {error}")


def _is_float(text: str) -> bool:
    """Tell whether Arrow, too, would take a field for a number, NaN included."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python alone allows 1_000


def _is_number(text: str) -> bool:
    return _is_float(text) and not math.isnan(float(text))
