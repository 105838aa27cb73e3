"""Roll up the stamp and the digest of every artefact."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundmotion import __version__
from groundmotion.artefacts.provenance import Stamp, sha256_of
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import write_json
from groundmotion.workflow.job import run_job


def write_manifest(*, roots: list[str], manifest: Path, stamp: Stamp) -> None:
    """List every file below ``roots`` with its SHA-256, its size and the rule that made it.

    Sidecar stamps are listed too, so that ``verify`` notices a change of theirs.
    """
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(p for root in roots for p in Path(root).rglob("*") if p.is_file()):
        if path.name.startswith("."):
            continue
        entry = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        if not path.name.endswith(".stamp.json"):
            entry["rule"] = read_stamp(path)["rule"]
        files[path.as_posix()] = entry
    content = {
        "software": {"name": "groundmotion", "version": __version__, "commit": stamp.commit},
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": dict(stamp.packages),
        "files": files,
    }
    write_json(manifest, content, stamp)
    logging.info("%d files, %.1f MB", len(files), sum(f["bytes"] for f in files.values()) / 1e6)


if __name__ == "__main__":
    run_job(write_manifest, snakemake)  # type: ignore[name-defined]  # noqa: F821
