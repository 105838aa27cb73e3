"""Points of one look or of several, and the grid that all of them are searched on."""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from affine import Affine

from groundmotion.aliases import Bounds
from groundmotion.cli.arguments import request_of
from groundmotion.constants import look_pass
from groundmotion.detection.shapes import FROM_ABOVE, UnitVector
from groundmotion.errors import InputError
from groundmotion.grid import grid_over
from groundmotion.points.merging import merge, thin_close
from groundmotion.points.naming import egms_name, guess_look
from groundmotion.points.reading import read_look
from groundmotion.points.schema import PointSet
from groundmotion.workflow import sources

#: A map of more pixels would not fit into the memory of common machines.
MOST_PIXELS = 200_000_000


@dataclass(frozen=True)
class PixelGrid:
    """Pixels of all maps: ``transform`` and ``shape`` as in :class:`groundmotion.grid.Grid`."""

    transform: Affine
    shape: tuple[int, int]

    @property
    def pixel_m(self) -> float:
        """Side of a pixel, metres."""
        return float(self.transform.a)

    @property
    def bounds_m(self) -> Bounds:
        """(left, bottom, right, top), metres."""
        rows, cols = self.shape
        left, top = self.transform.c, self.transform.f
        return left, top - rows * self.pixel_m, left + cols * self.pixel_m, top


def read_looks(
    options: argparse.Namespace, bounds_m: Bounds | None, min_distance_m: float
) -> dict[str, PointSet]:
    """Read the points: of one look where ``--look`` names it, or of as many as the files hold.

    Files belong together whose names tell one track, or whose points tell one pass where names
    tell nothing.

    Parameters
    ----------
    options
        Arguments of ``detect``.
    bounds_m
        Extent in the system wanted; None for all points.
    min_distance_m
        See :func:`groundmotion.points.merging.thin_close`.

    Returns
    -------
    Look → points, in one coordinate system.

    Raises
    ------
    InputError
        As :func:`groundmotion.points.reading.read_look`, and if nothing tells the pass of a file.
    """
    request = request_of(options, bounds_m, keep_series=False)
    if options.look:
        look_pass(options.look)
        points = read_look(options.points, request, options.look, min_distance_m)
        return {str(options.look): points}
    parts: dict[str, list[PointSet]] = {}
    for paths in _by_track(options.points):
        points = read_look(paths, request, None, min_distance_m)
        request = replace(request, crs=points.crs)
        parts.setdefault(_look_of(paths, points), []).append(points)
    return {
        look: some[0] if len(some) == 1 else thin_close(merge(some), min_distance_m)
        for look, some in sorted(parts.items())
    }


def _by_track(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Group files by the track in their names; files without one stay alone."""
    groups: dict[object, list[Path]] = {}
    for place, path in enumerate(paths):
        name = egms_name(path)
        groups.setdefault((name.track, name.component) if name else place, []).append(path)
    yield from groups.values()


def _look_of(paths: Sequence[Path], points: PointSet) -> str:
    look = guess_look(paths, points.table)
    if look is None:
        raise InputError(
            f"{paths[0]}: neither its name nor a column los_east tells the pass; give "
            "--look asc or --look desc, with the track if known"
        )
    return look


def toward_satellite(look: str, points: PointSet, paths: Sequence[Path]) -> UnitVector:
    """Return the unit vector from the ground toward the satellite, or up for vertical velocities.

    Parameters
    ----------
    look
        Tells the pass where the points do not tell the vector.
    points
        Of the look; the mean of their vectors is taken.
    paths
        Their files: names of EGMS Ortho files tell of vertical velocities.
    """
    if any(name.component == "U" for path in paths if (name := egms_name(path))):
        return FROM_ABOVE
    return sources.toward_satellite(look, points.table)


def grid_of(looks: Mapping[str, PointSet], bounds_m: Bounds | None, pixel_m: float) -> PixelGrid:
    """Lay pixels over an extent, by default whole ones around all points.

    Raises
    ------
    InputError
        If the extent is empty, or has more than :data:`MOST_PIXELS`.
    """
    transform, shape = grid_over(bounds_m or _extent(looks, pixel_m), pixel_m)
    rows, cols = shape
    if rows * cols > MOST_PIXELS:
        raise InputError(
            f"{cols * pixel_m / 1000:.0f} × {rows * pixel_m / 1000:.0f} km at {pixel_m:g} m are "
            f"{rows * cols / 1e6:,.0f} million pixels; at most {MOST_PIXELS / 1e6:,.0f} million "
            "fit into memory; give --bounds or a larger --pixel-m, drop points far from all "
            "others, or make it a scene of role tiled in the workflow"
        )
    return PixelGrid(transform, shape)


def _extent(looks: Mapping[str, PointSet], pixel_m: float) -> Bounds:
    """Return whole pixels around all points; those on the right and the bottom edge are outside."""
    tables = [points.table for points in looks.values()]
    west, east, south, north = (
        choose([choose(table[name]) for table in tables])
        for name in ("easting_m", "northing_m")
        for choose in (np.min, np.max)
    )
    left, right = math.floor(west / pixel_m), math.floor(east / pixel_m) + 1
    bottom, top = math.ceil(south / pixel_m) - 1, math.ceil(north / pixel_m)
    return left * pixel_m, bottom * pixel_m, right * pixel_m, top * pixel_m
