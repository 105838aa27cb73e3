"""Recompute the digest of every artefact and compare it with the manifest."""

import logging
from pathlib import Path

from groundmotion.artefacts.provenance import sha256_of
from groundmotion.artefacts.tables import read_json
from groundmotion.errors import InputError
from groundmotion.workflow.job import run_job


def verify(*, manifest: str) -> None:
    """Name every file that is missing or altered.

    Raises
    ------
    InputError
        If there is no manifest, or any file differs from it.
    """
    if not Path(manifest).is_file():
        raise InputError(f"{manifest}: there is no manifest yet; run the workflow first")
    files = read_json(Path(manifest))["files"]
    problems = []
    for name, entry in files.items():
        path = Path(name)
        if not path.is_file():
            problems.append(f"missing: {name}")
        elif path.stat().st_size != entry["bytes"] or sha256_of(path) != entry["sha256"]:
            problems.append(f"altered: {name}")
    if problems:
        listed = "\n  ".join(problems)
        raise InputError(
            f"{len(problems)} of {len(files)} files differ from {manifest}:\n  {listed}\n"
            "Delete them and run the workflow again to make them anew."
        )
    logging.info("all %d files are as the manifest says", len(files))


if __name__ == "__main__":
    run_job(verify, snakemake)  # type: ignore[name-defined]  # noqa: F821
