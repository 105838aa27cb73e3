"""``groundmotion info``: what files of points hold."""

import argparse
from pathlib import Path

import numpy as np

from groundmotion.cli.arguments import request_of
from groundmotion.points.naming import egms_name, guess_look
from groundmotion.points.reading import read_points
from groundmotion.points.sampling import SQUARE_M, density, posting_m
from groundmotion.points.schema import PointSet

#: Side of the cells over which the density of points is told, metres: the shipped models' own.
_PIXEL_M = 10.0


def tell(options: argparse.Namespace) -> list[str]:
    """Read every file and return the lines that describe it.

    Raises
    ------
    InputError
        For the first file that cannot be read.
    """
    request = request_of(options, None, keep_series=True)
    lines: list[str] = []
    for path in options.points:
        points = read_points(path, request)
        lines += [str(path), *_described(path, points)]
        if options.noise:
            lines += [f"  {line}" for line in _noise(path, points, options.config)]
    return lines


def _noise(path: Path, points: PointSet, config: Path | None) -> list[str]:
    from groundmotion.cli.configuration import read_config
    from groundmotion.cli.looks import toward_satellite
    from groundmotion.cli.visibility import noise_lines

    # ASSUME: where nothing tells the pass it is an ascending one; noise is the same from both.
    look = guess_look([path], points.table) or "asc"
    return noise_lines(points, toward_satellite(look, points, [path]), read_config(config))


def _described(path: Path, points: PointSet) -> list[str]:
    table = points.table
    name = egms_name(path)
    component = {"U": "vertical", "E": "east"}.get(name.component or "") if name else None
    left, right = table["easting_m"].min(), table["easting_m"].max()
    bottom, top = table["northing_m"].min(), table["northing_m"].max()
    shares = np.percentile(table["velocity_mm_yr"], (0, 5, 50, 95, 100))
    places = table["easting_m"].to_numpy(), table["northing_m"].to_numpy()
    facts = {
        "look": guess_look([path], table) or component or "not said",
        "points": f"{len(table)}",
        "crs": points.crs,
        "bounds": f"[{left:.0f}, {bottom:.0f}, {right:.0f}, {top:.0f}]",
        "posting": f"{posting_m(*places):.0f} m from a point to the next (median)",
        "density": f"{100 * density(*places, _PIXEL_M):.2g} % of cells of {_PIXEL_M:g} m hold a "
        f"point, over squares of {SQUARE_M:g} m that hold any",
        "velocity": "mm/yr at 0, 5, 50, 95, 100 %: " + ", ".join(f"{v:.2f}" for v in shares),
        "dates": f"{len(points.dates)}, {points.dates[0]} to {points.dates[-1]}"
        if points.dates
        else "none",
        "columns": ", ".join(table.columns),
    }
    return [f"  {key:<9} {value}" for key, value in facts.items()]
