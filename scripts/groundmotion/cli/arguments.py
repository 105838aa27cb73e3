"""Arguments that the commands share."""

import argparse
from pathlib import Path

from groundmotion.aliases import Bounds
from groundmotion.errors import InputError
from groundmotion.points.schema import ALIASES, ReadRequest


def add_points(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the points to read and of their files."""
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


def add_detection(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the search, the model, the extent and the folder for the results."""
    parser.add_argument(
        "--false-areas",
        type=float,
        metavar="N",
        help="areas per 1,000 km2 that noise alone may give; default: that of the configuration",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="of a trained network, which then says how likely motion is: weights.safetensors, "
        "model.json, calibration.json",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--bounds",
        nargs=4,
        type=float,
        metavar=("LEFT", "BOTTOM", "RIGHT", "TOP"),
        help="extent in metres of --crs; default: that of the points",
    )
    parser.add_argument("--pixel-m", type=float, help="pixel size; default: the model's own, or 10")
    parser.add_argument(
        "--look", help="asc or desc and track, where files of one look do not say it"
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the argument of the configuration."""
    parser.add_argument(
        "--config", type=Path, help="configuration of the workflow; default: the one that ships"
    )


def request_of(
    options: argparse.Namespace, bounds_m: Bounds | None, *, keep_series: bool
) -> ReadRequest:
    """Turn the arguments of :func:`add_points` into a request.

    Raises
    ------
    InputError
        If a column is not given as ROLE=NAME.
    """
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
        bounds_m=bounds_m,
        columns=columns,
        files_crs=options.files_crs,
        keep_series=keep_series,
    )
