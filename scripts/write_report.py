"""Write Snakemake's own offline report of all figures and tables."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from groundmotion.artefacts.files import replacing
from groundmotion.errors import InputError
from groundmotion.workflow.job import run_job


def write_report(
    *,
    figures: list[Path],
    tables: list[Path],
    report: Path,
    snakefile: str,
    config: dict[str, Any],
) -> None:
    """Call ``snakemake --report`` for the finished figures and tables.

    A second Snakemake reads the records of the finished jobs; it runs none, so it needs no lock.
    """
    with tempfile.TemporaryDirectory() as folder, replacing(report) as partial:
        settings = Path(folder, "config.json")
        settings.write_text(json.dumps(config), encoding="utf-8")
        written = partial.with_suffix(".html")
        command = [
            *(sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--nolock"),
            *("--configfile", str(settings), "--report", str(written)),
            "--",
            *map(str, [*figures, *tables]),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not written.is_file():
            raise InputError(f"snakemake --report failed:\n{done.stdout}\n{done.stderr}")
        if written != partial:
            written.replace(partial)


if __name__ == "__main__":
    run_job(write_report, snakemake)  # type: ignore[name-defined]  # noqa: F821
