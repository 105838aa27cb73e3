"""The command ``groundmotion``: look into files of points, and search them, without a workflow.

Large scenes, baselines and figures are the workflow's work.
"""

import argparse
import sys
from collections.abc import Sequence

from groundmotion import __version__
from groundmotion.cli.arguments import add_config, add_detection, add_points
from groundmotion.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status: 0, or 1 for bad input or want of memory.

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
    except MemoryError as error:
        print(f"groundmotion: not enough memory ({error}); give --bounds", file=sys.stderr)
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
    add_points(info)
    info.add_argument(
        "--noise", action="store_true", help="tell the noise of the points and what can be seen"
    )
    add_config(info)
    info.set_defaults(run=_tell)
    detect = commands.add_parser(
        "detect",
        help="outline what moves more than the noise of the points explains",
        description="Fit the noise of the points, and outline what stands out of it, in one look "
        "or in several together. Writes velocity.tif, filled.tif, significance.tif, areas.gpkg "
        "and noise.json, and with a trained network probability.tif.",
    )
    add_points(detect)
    add_detection(detect)
    add_config(detect)
    detect.set_defaults(run=_search)
    return parser


def _tell(options: argparse.Namespace) -> list[str]:
    from groundmotion.cli.info import tell

    return tell(options)


def _search(options: argparse.Namespace) -> list[str]:
    from groundmotion.cli.detect import search

    return search(options)
