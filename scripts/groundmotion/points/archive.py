"""Zip archives, as EGMS ships them: one file of points beside its description."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from groundmotion.errors import InputError

#: What may be read out of an archive, by suffix.
MEMBER_SUFFIXES = (".csv", ".txt", ".tsv", ".tif", ".tiff", ".shp", ".gpkg", ".geojson")

#: What zipfile raises on damaged or unsupported archives.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def zip_member(path: Path) -> str:
    """Return the name of the one file of points in an archive.

    Raises
    ------
    InputError
        If the archive cannot be read, or holds no such file or several.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
    except (*ZIP_ERRORS, OSError) as error:
        raise unreadable(path, error) from error
    members = [
        name
        for name in names
        if PurePosixPath(name).suffix.lower() in MEMBER_SUFFIXES and "__MACOSX" not in name
    ]
    if len(members) != 1:
        kinds = " ".join(MEMBER_SUFFIXES)
        raise InputError(
            f"{path}: expected one file of points ({kinds}) in the zip, found "
            f"{len(members)}: {', '.join(members or names)[:200] or 'the archive is empty'}; "
            + ("unpack it and name each file" if members else "download it again")
        )
    return members[0]


@contextmanager
def open_plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is no archive, for reading."""
    with path.open("rb") as stream:
        yield stream


@contextmanager
def open_member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a member for reading, decompressed on the way."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            yield stream
    except ZIP_ERRORS as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: BaseException) -> InputError:
    """Return the error for a damaged archive."""
    return InputError(
        f"{path}: the zip cannot be read ({error}); expected an intact zip archive, download it "
        "again"
    )
