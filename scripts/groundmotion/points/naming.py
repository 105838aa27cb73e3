"""What file names and line-of-sight vectors tell about the look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.constants import look_pass
from groundmotion.errors import InputError

_EGMS_BURST = re.compile(
    r"EGMS_(?P<level>L2[ab])_(?P<track>\d{3})_(?P<burst>\d{4})_(?P<swath>IW\d)_"
    r"(?P<polarisation>VV|VH|HH|HV)",
    re.IGNORECASE,
)
_EGMS_ORTHO = re.compile(
    r"EGMS_(?P<level>L3)_(?P<tile>E\d+N\d+)_(?P<size>\d+km)_(?P<component>[UE])", re.IGNORECASE
)


@dataclass(frozen=True)
class EgmsName:
    """Parts of the name of an EGMS file.

    ``track`` is None for the Ortho product (L3); ``component`` is ``"U"`` (up) or ``"E"`` (east)
    for it and None for the others.
    """

    level: str
    track: int | None
    component: str | None


def egms_name(path: Path) -> EgmsName | None:
    """Read the name of an EGMS file; None for any other.

    Examples
    --------
    >>> egms_name(Path("EGMS_L2b_117_0227_IW2_VV_2020_2024_1.zip")).track
    117
    >>> egms_name(Path("EGMS_L3_E45N17_100km_U_2020_2024_1.tiff")).component
    'U'
    """
    burst = _EGMS_BURST.match(path.name)
    if burst:
        return EgmsName(f"L2{burst['level'][2].lower()}", int(burst["track"]), None)
    ortho = _EGMS_ORTHO.match(path.name)
    return EgmsName("L3", None, ortho["component"].upper()) if ortho else None


def one_track(paths: Sequence[Path]) -> int | None:
    """Return the track that EGMS file names agree on; None where no name tells.

    Raises
    ------
    InputError
        If the names tell of several tracks, or of several products that do not mix.
    """
    names = {path: name for path in paths if (name := egms_name(path))}
    kinds = {(name.track, name.component) for name in names.values()}
    if len(kinds) > 1:
        files = ", ".join(path.name for path in names)
        raise InputError(
            f"{files}: expected files of one track (or one component) in a look, as tracks are "
            "never mixed; make a look of each"
        )
    return next(iter(kinds))[0] if kinds else None


def pass_of(table: pd.DataFrame, file_name: str) -> str | None:
    """Return the pass, ``"asc"`` or ``"desc"``, from the sign of ``los_east``; None without it.

    A right-looking satellite stands west of the ground on ascending passes (``los_east`` < 0) and
    east of it on descending ones.

    Raises
    ------
    InputError
        If both signs occur.
    """
    if "los_east" not in table:
        return None
    los_east = table["los_east"].to_numpy()
    ascending, descending = int(np.sum(los_east < 0)), int(np.sum(los_east > 0))
    if ascending and descending:
        raise InputError(
            f"{file_name}: los_east is negative (ascending) at {ascending} points and positive "
            f"(descending) at {descending}; expected one pass in a look, split the points"
        )
    return "asc" if ascending else "desc" if descending else None


def guess_look(paths: Sequence[Path], table: pd.DataFrame) -> str | None:
    """Name the look of some files, such as ``"asc117"``; without a track ``"asc"``, or None.

    Raises
    ------
    InputError
        If tracks or passes are mixed.
    """
    track = one_track(paths)
    pass_name = pass_of(table, ", ".join(path.name for path in paths))
    return None if pass_name is None else f"{pass_name}{'' if track is None else f'{track:03d}'}"


def check_look(look: str, paths: Sequence[Path], table: pd.DataFrame) -> None:
    """Hold the name of a look against what its files tell.

    Raises
    ------
    InputError
        If tracks or passes are mixed, or are not those of the name.
    """
    guess = guess_look(paths, table)
    track = one_track(paths)
    number = re.search(r"\d+", look)
    wrong_pass = guess is not None and look_pass(look) != look_pass(guess)
    wrong_track = track is not None and number is not None and int(number[0]) != track
    if wrong_pass or wrong_track:
        files = ", ".join(path.name for path in paths)
        raise InputError(
            f"look {look}: the files {files} are of {guess or f'track {track}'}; rename the look "
            "or correct its files in config.yaml"
        )
