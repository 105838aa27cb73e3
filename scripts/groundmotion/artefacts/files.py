"""Files that appear whole or not at all, and the sidecars of those without metadata."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.artefacts.provenance import Stamp, sha256_of
from groundmotion.errors import InputError

#: Of the stamp in the metadata of formats that have any.
STAMP_KEY = "groundmotion_stamp"
# With less than this a disk counts as full.
_FULL_BYTES = 1 << 16


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; move it there once the block has succeeded.

    Raises
    ------
    InputError
        If the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        yield partial
        partial.replace(path)
    except Exception as error:
        # Libraries word it in their own ways, or hide it.
        free = shutil.disk_usage(path.parent).free
        if getattr(error, "errno", None) == errno.ENOSPC or free < _FULL_BYTES:
            raise InputError(
                f"{path}: the disk is full ({free / 1e6:.1f} MB free); nothing was written. Free "
                "some space and start the same command again: what is finished stays"
            ) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


def stamp_path(path: Path) -> Path:
    """Return where the sidecar stamp of a file lies."""
    return path.with_name(f"{path.name}.stamp.json")


def write_sidecar(path: Path, stamp: Stamp) -> None:
    """Write the stamp of a finished file beside it, with the file's SHA-256."""
    with replacing(stamp_path(path)) as partial:
        partial.write_text(pretty_json(stamp.as_dict(sha256_of(path))), encoding="utf-8")


def array_digest(*arrays: NDArray[Any]) -> str:
    """SHA-256 of the content of arrays, one after the other."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def pretty_json(content: Mapping[str, Any]) -> str:
    """Write a dictionary as JSON with sorted keys, a line each."""
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def as_text(raw: bytes | str | None) -> str | None:
    """Return metadata as text, whatever its format gives."""
    return raw.decode() if isinstance(raw, bytes) else raw
