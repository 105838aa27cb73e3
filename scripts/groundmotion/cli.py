"""The command ``groundmotion``: look into files of points without a workflow."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from groundmotion import __version__
from groundmotion.errors import InputError
from groundmotion.points import ALIASES, PointSet, ReadRequest, egms_name, guess_look, read_points


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status: 0, or 1 after an error in the input.

    Parameters
    ----------
    arguments
        Without the command's own name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        for line in options.run(options):
            print(line)
    except InputError as error:
        print(f"groundmotion: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="groundmotion",
        description="Find ground deformation in sparse InSAR velocity maps.",
    )
    parser.add_argument("--version", action="version", version=f"groundmotion {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    info = commands.add_parser(
        "info", help="tell what files of points hold", description="Tell what files hold."
    )
    _add_points(info)
    info.set_defaults(run=_info)
    return parser


def _add_points(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which points are read, and how."""
    parser.add_argument(
        "points",
        nargs="+",
        type=Path,
        metavar="POINTS",
        help="EGMS zip or csv, CSV, GeoParquet, shapefile, GeoTIFF of velocity, LiCSBAS float32",
    )
    parser.add_argument("--crs", help="system wanted, projected in metres; default: the file's own")
    parser.add_argument("--files-crs", help="system of files that do not say it, as EPSG:27700")
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=NAME",
        help=f"a column by its name in the file; roles: {', '.join(ALIASES)}",
    )


def _request(options: argparse.Namespace, *, keep_series: bool) -> ReadRequest:
    columns = {}
    for text in options.column:
        role, equals, name = text.partition("=")
        if not equals or not name:
            raise InputError(
                f"--column {text!r}: expected ROLE=NAME, such as velocity_mm_yr='my velocity'"
            )
        columns[role.strip()] = name
    return ReadRequest(
        crs=options.crs,
        bounds_m=None,
        columns=columns,
        files_crs=options.files_crs,
        keep_series=keep_series,
    )


def _info(options: argparse.Namespace) -> list[str]:
    request = _request(options, keep_series=True)
    lines: list[str] = []
    for path in options.points:
        lines += [str(path), *_described(path, read_points(path, request))]
    return lines


def _described(path: Path, points: PointSet) -> list[str]:
    table = points.table
    name = egms_name(path)
    component = {"U": "vertical", "E": "east"}.get(name.component or "") if name else None
    left, right = table["easting_m"].min(), table["easting_m"].max()
    bottom, top = table["northing_m"].min(), table["northing_m"].max()
    shares = np.percentile(table["velocity_mm_yr"], (0, 5, 50, 95, 100))
    facts = {
        "look": guess_look([path], table) or component or "not said",
        "points": f"{len(table)}",
        "crs": points.crs,
        "bounds": f"[{left:.0f}, {bottom:.0f}, {right:.0f}, {top:.0f}]",
        "velocity": "mm/yr at 0, 5, 50, 95, 100 %: " + ", ".join(f"{v:.2f}" for v in shares),
        "dates": f"{len(points.dates)}, {points.dates[0]} to {points.dates[-1]}"
        if points.dates
        else "none",
        "columns": ", ".join(table.columns),
    }
    return [f"  {key:<9} {value}" for key, value in facts.items()]
