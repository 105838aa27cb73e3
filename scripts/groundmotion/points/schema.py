"""What every reader of point files agrees on: the columns, the request, the batches.

Whatever the format, a file becomes a :class:`PointFile`: a coordinate system, dates and a stream of
:class:`Batch`. Nothing downstream knows which format it was.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from groundmotion.aliases import Bounds
from groundmotion.errors import InputError

_UNITS = ("", "_mm_yr", "_mm_year", "_mm_a", "_mm_y")


def _with_unit(*names: str) -> tuple[str, ...]:
    return tuple(name + unit for name in names for unit in _UNITS)


#: Column names understood without being told, per role, the preferred one first. Case, blanks and
#: punctuation do not count, and a shapefile's ten characters stand for the whole name.
ALIASES: dict[str, tuple[str, ...]] = {
    "easting_m": ("easting", "easting_m", "eastings", "x", "x_m", "x_coord", "coord_x"),
    "northing_m": ("northing", "northing_m", "northings", "y", "y_m", "y_coord", "coord_y"),
    "longitude": ("longitude", "lon", "long", "lng", "lon_deg", "longitude_deg"),
    "latitude": ("latitude", "lat", "lat_deg", "latitude_deg"),
    "velocity_mm_yr": _with_unit(
        "mean_velocity", "velocity", "vel", "mean_vel", "v_los", "vel_los", "los_velocity",
        "velocity_los", "ps_mean_v", "v",
    ),
    "velocity_std_mm_yr": (
        *_with_unit("mean_velocity_std", "velocity_std", "vel_std", "v_std", "v_stdev", "vstd"),
        "std_vel", "sigma_vel", "vel_sigma",
        # What GDAL makes of mean_velocity_std beside mean_velocity in ten characters.
        "mean_vel_1",
    ),
    "coherence": ("temporal_coherence", "coherence", "coher", "coh", "temp_coh", "coh_avg"),
    "los_east": ("los_east", "los_e"),
    "los_north": ("los_north", "los_n"),
    "los_up": ("los_up", "los_u"),
    "height_m": ("height_ortho", "height", "height_m", "height_wgs84", "hgt", "elevation"),
}  # fmt: skip

COORDINATES = ("easting_m", "northing_m", "longitude", "latitude")

#: Columns of a table of points, in their order; only the first three are always there.
POINT_COLUMNS = (
    "easting_m",
    "northing_m",
    *(role for role in ALIASES if role not in COORDINATES),
)

_SHAPEFILE_NAME_LENGTH = 10
_DATE = re.compile(r"[dD]?_?(\d{4})[-_]?(\d{2})[-_]?(\d{2})")
_NAMES_SHOWN = 30


@dataclass(frozen=True)
class PointSet:
    """Measured points of one or several files.

    Parameters
    ----------
    table
        One row per point: ``easting_m, northing_m`` (float64, metres) and ``velocity_mm_yr``
        (float32, positive toward the satellite, never NaN); where the files have them
        ``velocity_std_mm_yr, coherence, los_east, los_north, los_up, height_m`` (float32, NaN
        where unknown) and ``series_mm``, one float32 array of ``len(dates)`` per point, NaN where
        a file lacks the date.
    crs
        Projected coordinate system of the coordinates, as ``"EPSG:3035"``.
    dates
        ``YYYYMMDD`` in ascending order; empty where no series was kept.
    """

    table: pd.DataFrame
    crs: str
    dates: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.table)


@dataclass(frozen=True)
class ReadRequest:
    """How point files are to be read.

    Parameters
    ----------
    crs
        Projected system, in metres, of the points wanted; None keeps the file's own, or takes the
        UTM zone of a file in degrees.
    bounds_m
        (left, bottom, right, top) in ``crs``: a point on the left or the top edge is kept, one on
        the right or the bottom edge belongs to the neighbour. None keeps all.
    columns
        Role (a key of :data:`ALIASES`) → name of the column in the file, where the names known
        by themselves do not do. For a raster: role → path of a second raster, relative to it.
    files_crs
        Coordinate system of files that do not say it themselves; None if they all do.
    keep_series
        Whether to read the time series too.
    """

    crs: str | None
    bounds_m: Bounds | None
    columns: Mapping[str, str]
    files_crs: str | None
    keep_series: bool

    def __post_init__(self) -> None:
        unknown = sorted(set(self.columns) - set(ALIASES))
        if unknown:
            raise InputError(
                f"columns: {', '.join(unknown)} is no role a column can have; expected one of "
                f"{', '.join(ALIASES)}"
            )
        if self.bounds_m is not None:
            left, bottom, right, top = self.bounds_m
            if not (left < right and bottom < top):
                raise InputError(
                    f"bounds {list(self.bounds_m)}: expected [left, bottom, right, top] with "
                    "left < right and bottom < top"
                )


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, numbers already.

    ``x, y`` are (easting, northing) or (longitude, latitude); ``columns`` holds one (n,) array per
    role, ``series`` is (n, dates) or None; ``position`` says in words where row i stands.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    columns: dict[str, NDArray[np.float32]]
    series: NDArray[np.float32] | None
    position: Callable[[int], str]


@dataclass(frozen=True)
class PointFile:
    """An open file.

    ``file_name`` names it in messages, ``batches`` is read once; ``windowed`` if rows far from the
    bounds are not among them.
    """

    file_name: str
    crs: pyproj.CRS
    dates: tuple[str, ...]
    batches: Iterator[Batch]
    windowed: bool


def resolve_columns(
    names: Sequence[str], columns: Mapping[str, str], file_name: str, *, has_geometry: bool
) -> dict[str, int]:
    """Find which column plays which role.

    Parameters
    ----------
    names
        The header.
    columns
        Role → name; goes before the aliases.
    file_name
        The file, for messages.
    has_geometry
        Whether the coordinates come from a geometry; columns of coordinates are then ignored.

    Returns
    -------
    dict
        Role → index into ``names``; always ``velocity_mm_yr``, and both of a pair of coordinates.

    Raises
    ------
    InputError
        If a chosen column is missing, two columns could be the velocity, or there is no velocity
        or no pair of coordinates.

    Examples
    --------
    >>> resolve_columns(["Lon", "Lat", "VEL"], {}, "a.csv", has_geometry=False)
    {'longitude': 0, 'latitude': 1, 'velocity_mm_yr': 2}
    """
    roles: dict[str, int] = {}
    for role, aliases in ALIASES.items():
        if role in COORDINATES and has_geometry:
            continue
        if role in columns:
            roles[role] = _index_of(columns[role], names, role, file_name)
            continue
        # A column plays one role: in ten characters mean_velocity_std would pass for mean_velocity.
        matches = [i for i in _matches(names, aliases) if i not in roles.values()]
        if role == "velocity_mm_yr" and len(matches) > 1:
            raise InputError(
                f"{file_name}: columns {', '.join(names[i] for i in matches)} could each be the "
                "velocity; choose one under columns: velocity_mm_yr"
            )
        if matches:
            roles[role] = matches[0]
    _check_complete(roles, names, file_name, has_geometry=has_geometry)
    return roles


def series_columns(names: Sequence[str]) -> list[tuple[int, str]]:
    """Find the columns that are dates: (index, ``YYYYMMDD``) in the order of time.

    Examples
    --------
    >>> series_columns(["pid", "D20180114", "20180102"])
    [(2, '20180102'), (1, '20180114')]
    """
    columns = []
    for index, name in enumerate(names):
        match = _DATE.fullmatch(name.strip())
        if match and _is_date(*match.groups()):
            columns.append((index, "".join(match.groups())))
    return sorted(columns, key=lambda item: (item[1], item[0]))


def shown(names: Sequence[str]) -> str:
    """List column names for a message, shortened."""
    text = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{text} and {more} more" if more > 0 else text or "none"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _matches(names: Sequence[str], aliases: Sequence[str]) -> list[int]:
    """Return the indices of the columns that an alias names, the preferred alias first."""
    plain = [_plain(name) for name in names]
    indices: list[int] = []
    for alias in aliases:
        for index, name in enumerate(names):
            is_cut = len(name) == _SHAPEFILE_NAME_LENGTH < len(alias)
            is_same = plain[index] == _plain(alias[:_SHAPEFILE_NAME_LENGTH] if is_cut else alias)
            if is_same and index not in indices:
                indices.append(index)
    return indices


def _index_of(column: str, names: Sequence[str], role: str, file_name: str) -> int:
    header = [name.strip() for name in names]
    if header.count(column.strip()) != 1:
        times = "is not in" if column.strip() not in header else "stands several times in"
        raise InputError(
            f"{file_name}: the column {column!r} asked for under columns: {role} {times} the "
            f"header; found: {shown(names)}"
        )
    return header.index(column.strip())


def _check_complete(
    roles: Mapping[str, int], names: Sequence[str], file_name: str, *, has_geometry: bool
) -> None:
    if "velocity_mm_yr" not in roles:
        raise InputError(
            f"{file_name}: the header has no column of velocity; expected mean_velocity, velocity, "
            "vel …, or its name under columns: velocity_mm_yr (mm/yr, positive toward the "
            f"satellite); found: {shown(names)}"
        )
    pairs = (("easting_m", "northing_m"), ("longitude", "latitude"))
    if not has_geometry and not any(a in roles and b in roles for a, b in pairs):
        raise InputError(
            f"{file_name}: the header has no pair of coordinates; expected easting and northing, "
            "or longitude and latitude, or their names under columns: easting_m, northing_m "
            f"(longitude, latitude); found: {shown(names)}"
        )


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year >= 1970
    except ValueError:
        return False
