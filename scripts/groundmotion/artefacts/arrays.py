"""Arrays as safetensors, read whole or mapped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from groundmotion.artefacts.files import STAMP_KEY, array_digest, replacing
from groundmotion.artefacts.provenance import Stamp
from groundmotion.errors import InputError

# Names of safetensors' number types that are mapped.
_TENSOR_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def write_arrays(
    path: Path,
    arrays: Mapping[str, NDArray[np.generic]],
    stamp: Stamp,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write named arrays as safetensors; ``extra`` is plain data kept with the stamp."""
    ordered = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    content = {
        "stamp": stamp.as_dict(array_digest(*ordered.values())),
        "extra": dict(extra or {}),
    }
    # One key only: safetensors does not keep the order of several.
    metadata = {"groundmotion": json.dumps(content, sort_keys=True)}
    with replacing(path) as partial:
        partial.touch()
        usual = partial.stat().st_mode  # safetensors hides its files from everybody else
        safetensors.numpy.save_file(ordered, partial, metadata)
        partial.chmod(usual)


def read_arrays(path: Path, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read named arrays, all of them if ``names`` is not given."""
    with safetensors.safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in (names or sorted(file.keys()))}


def read_checked_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read all arrays and the plain data beside them, compared with the digest in their stamp.

    Raises
    ------
    InputError
        If the file is missing, cut off or damaged.
    """
    again = "delete it if it is there, and run again to have it made anew"
    try:
        arrays, extra = read_arrays(path), read_extra(path)
        stamp = json.loads(tensor_metadata(path)[STAMP_KEY])
    except Exception as error:  # safetensors has one error for every kind of damage
        raise InputError(f"{path}: cannot be read ({error}); {again}") from error
    if stamp.get("payload_sha256") != array_digest(*arrays.values()):
        raise InputError(f"{path}: is damaged: its content is not what its stamp says; {again}")
    return arrays, extra


def map_array(path: Path, name: str) -> NDArray[Any]:
    """Open one array of floats where it lies on disk: nothing is read before it is used.

    Raises
    ------
    InputError
        If the file is cut off or damaged.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length)
    try:
        entry = json.loads(header)[name]
        first, last = entry["data_offsets"]
        dtype, shape = _TENSOR_TYPES[entry["dtype"]], tuple(entry["shape"])
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{path}: holds no readable array {name!r}; delete it and run again"
        ) from error
    if path.stat().st_size < 8 + length + last:
        raise InputError(f"{path}: is cut off; delete it and run again to have it made anew")
    return np.memmap(path, dtype, mode="r", offset=8 + length + first, shape=shape)


def read_extra(path: Path) -> dict[str, Any]:
    """Return the plain data written beside the arrays."""
    return dict(json.loads(tensor_metadata(path)["groundmotion"])["extra"])


def tensor_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a file of arrays, its stamp among them."""
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata() or {})
    if "groundmotion" in metadata:
        metadata[STAMP_KEY] = json.dumps(json.loads(metadata["groundmotion"])["stamp"])
    return metadata
