"""Numbers, texts and tables."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from groundmotion.artefacts.files import STAMP_KEY, pretty_json, replacing, write_sidecar
from groundmotion.artefacts.provenance import Stamp


def write_json(path: Path, content: Mapping[str, Any], stamp: Stamp) -> None:
    """Write a dictionary; the stamp stands under the key ``stamp``."""
    plain = json.dumps(content, sort_keys=True)
    payload = hashlib.sha256(plain.encode()).hexdigest()
    with replacing(path) as partial:
        text = pretty_json({**content, "stamp": stamp.as_dict(payload)})
        partial.write_text(text, encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a dictionary written by :func:`write_json`, without its stamp."""
    content = dict(json.loads(path.read_text(encoding="utf-8")))
    content.pop("stamp", None)
    return content


def write_text(path: Path, text: str, stamp: Stamp) -> None:
    """Write a text, such as a table in Markdown, with a sidecar stamp."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
    write_sidecar(path, stamp)


def write_table(path: Path, table: pd.DataFrame, stamp: Stamp) -> None:
    """Write a table as CSV (six significant digits) with a sidecar stamp."""
    with replacing(path) as partial:
        table.to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")
    write_sidecar(path, stamp)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table written by :func:`write_table`."""
    return pd.read_csv(path)


def write_frame(path: Path, table: pd.DataFrame, stamp: Stamp) -> None:
    """Write a table as Parquet, at full precision."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    payload = hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()
    metadata = {**(arrow.schema.metadata or {}), STAMP_KEY: stamp.as_json(payload)}
    with replacing(path) as partial:
        pq.write_table(arrow.replace_schema_metadata(metadata), partial, compression="zstd")


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table written by :func:`write_frame`."""
    return pq.read_table(path).to_pandas()
