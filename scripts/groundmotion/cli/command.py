"""The command ``groundmotion``: look into files of points, and search one look, without a workflow.

Many looks, large scenes, baselines and figures are the workflow's work.
"""

import argparse
import sys
from collections.abc import Sequence

from groundmotion import __version__
from groundmotion.cli.arguments import add_detection, add_points
from groundmotion.cli.detect import search
from groundmotion.cli.info import tell
from groundmotion.errors import InputError


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
    add_points(info)
    info.set_defaults(run=tell)
    detect = commands.add_parser(
        "detect",
        help="map the probability of deformation in one look",
        description="Grid the points of one look, fill the gaps, and search them with a trained "
        "network. Writes velocity.tif, filled.tif, probability.tif and areas.gpkg.",
    )
    add_points(detect)
    add_detection(detect)
    detect.set_defaults(run=search)
    return parser
