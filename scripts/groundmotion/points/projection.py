"""Coordinate systems: which one a file is in, whether its points fit, and into metres."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from groundmotion.aliases import Floats
from groundmotion.errors import InputError
from groundmotion.grid import crs_name

WGS84 = pyproj.CRS("EPSG:4326")

#: The system of EGMS's easting and northing (product user manual: ETRS89-LAEA).
EGMS_CRS = pyproj.CRS("EPSG:3035")

#: ASSUME: projected coordinates are still usable this far outside the system's area of use; a UTM
#: zone is often used for a region that spills over its edge.
AREA_MARGIN_DEG = 3.0

Position = Callable[[int], str]


def parse_crs(text: object, key: str) -> pyproj.CRS:
    """Return a coordinate system from what a user or a file wrote.

    Raises
    ------
    InputError
        If pyproj does not understand it; ``key`` names where it was written.
    """
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(
            f"{key}: {str(text)[:80]!r} is no coordinate system; expected a code such as EPSG:27700"
        ) from error


def target_crs(text: str) -> pyproj.CRS:
    """Return the system that points are wanted in: projected, in metres."""
    crs = parse_crs(text, "crs")
    if not is_metric(crs):
        raise InputError(
            f"crs: {text} is not projected in metres; expected one such as EPSG:27700 (Great "
            "Britain), EPSG:3035 (Europe) or the UTM zone"
        )
    return crs


def source_crs(file_crs: object, fallback: str | None, file_name: str) -> pyproj.CRS:
    """Return the system of a file: the one it states, else the one the user gives for it."""
    if file_crs:
        return parse_crs(file_crs, file_name)
    if fallback is None:
        raise InputError(
            f"{file_name}: the file does not say its coordinate system; give it under files_crs, "
            "as EPSG:27700"
        )
    return parse_crs(fallback, "files_crs")


def is_metric(crs: pyproj.CRS) -> bool:
    """Tell whether coordinates are metres on a plane."""
    return crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info[:2])


@dataclass(frozen=True)
class Projector:
    """Checks the coordinates of one file and carries them into the system wanted.

    Parameters
    ----------
    file_name
        The file, for messages.
    source, target
        Systems of the file and of the points wanted.
    check_target
        Whether points must lie in the target's area of use too.

    Notes
    -----
    ASSUME: pyproj's best transformation with the grids installed; without the OSTN15 grid
    EPSG:27700 is good to about 3 m.
    """

    file_name: str
    source: pyproj.CRS
    target: pyproj.CRS
    check_target: bool

    def __call__(self, x: Floats, y: Floats, position: Position) -> tuple[Floats, Floats]:
        """Return easting and northing (n,) in metres.

        Raises
        ------
        InputError
            For the first point that is no number or lies outside the area of a system.
        """
        self._check_numbers(x, y, position)
        to_degrees = pyproj.Transformer.from_crs(self.source, WGS84, always_xy=True)
        lon, lat = to_degrees.transform(x, y)
        self._check_area(self.source, (x, y), (lon, lat), position)
        if self.check_target:
            self._check_area(self.target, (x, y), (lon, lat), position)
        if self.source == self.target:
            return x, y
        transformer = pyproj.Transformer.from_crs(self.source, self.target, always_xy=True)
        easting, northing = transformer.transform(x, y)
        return np.asarray(easting), np.asarray(northing)

    def _check_numbers(self, x: Floats, y: Floats, position: Position) -> None:
        wrong = ~(np.isfinite(x) & np.isfinite(y))
        if wrong.any():
            i = int(np.argmax(wrong))
            raise InputError(
                f"{self.file_name}, {position(i)}: expected two coordinates, came ({x[i]}, "
                f"{y[i]}); correct or remove the row"
            )

    def _check_area(
        self, crs: pyproj.CRS, xy: tuple[Floats, Floats], lonlat: tuple[Floats, Floats],
        position: Position,
    ) -> None:  # fmt: skip
        wrong = outside_area(crs, *lonlat)
        if crs is self.source and crs.is_projected and len(xy[0]):
            looks_like_degrees = np.abs(xy[0]).max() <= 180 and np.abs(xy[1]).max() <= 90
            wrong |= bool(looks_like_degrees)
        if crs is self.source and crs.is_geographic:
            wrong |= (np.abs(xy[0]) > 180) | (np.abs(xy[1]) > 90)
        if wrong.any():
            i = int(np.argmax(wrong))
            area = crs.area_of_use
            span = (
                f"{area.west:g}…{area.east:g}° E, {area.south:g}…{area.north:g}° N"
                if area
                else "unknown"
            )
            raise InputError(
                f"{self.file_name}, {position(i)}: the coordinates ({xy[0][i]:g}, {xy[1][i]:g}) in "
                f"{crs_name(self.source)[:40]} lie outside the area of {crs_name(crs)[:40]} "
                f"({span}); check the order (easting, northing or longitude, latitude), "
                "crs and files_crs"
            )


def outside_area(crs: pyproj.CRS, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Mark points (degrees) beyond the area of use of a system, a margin allowed."""
    wrong = ~(np.isfinite(lon) & np.isfinite(lat))
    area = crs.area_of_use
    if area is None:
        return wrong
    margin = AREA_MARGIN_DEG
    wrong |= (lat < area.south - margin) | (lat > area.north + margin)
    if area.west < area.east:  # an area across the date line has them the other way round
        wrong |= (lon < area.west - margin) | (lon > area.east + margin)
    return wrong


def utm_crs(lon: float, lat: float) -> pyproj.CRS:
    """Return the UTM zone (WGS 84) of a place.

    Examples
    --------
    >>> utm_crs(14.1, 40.8).to_epsg()
    32633
    """
    zone = min(int((lon + 180.0) // 6.0) + 1, 60)
    return pyproj.CRS(f"EPSG:{(32600 if lat >= 0 else 32700) + zone}")
