"""The stamp of any artefact."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from groundmotion.artefacts.arrays import tensor_metadata
from groundmotion.artefacts.files import STAMP_KEY, as_text, stamp_path
from groundmotion.artefacts.maps import raster_stamp
from groundmotion.errors import InputError


def read_stamp(path: Path) -> dict[str, Any]:
    """Return the stamp of any artefact, from its metadata or its sidecar.

    Raises
    ------
    InputError
        If it carries none.
    """
    sidecar = stamp_path(path)
    if sidecar.is_file():
        return dict(json.loads(sidecar.read_text(encoding="utf-8")))
    readers: dict[str, Callable[[Path], str | None]] = {
        ".tif": raster_stamp,
        ".parquet": lambda p: as_text((pq.read_schema(p).metadata or {}).get(STAMP_KEY.encode())),
        ".safetensors": lambda p: tensor_metadata(p).get(STAMP_KEY),
        ".json": lambda p: json.dumps(json.loads(p.read_text(encoding="utf-8")).get("stamp")),
    }
    stamp = readers[path.suffix](path) if path.suffix in readers else None
    if stamp is None or stamp == "null":
        raise InputError(f"{path}: carries no stamp; it was not made by this workflow")
    return dict(json.loads(stamp))
