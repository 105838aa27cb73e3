"""What simulated trials say of detectors: found, how well outlined, how much false ground."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_table
from groundmotion.scores.trials import TrialClasses, trial_table
from groundmotion.workflow.job import run_job


def tabulate_trials(
    *, scores: list[Path], classes: dict[str, Any], table: Path, stamp: Stamp
) -> None:
    """Summarise trials by case, detector, overlap, and class of radius or density."""
    rows = pd.concat([read_frame(path) for path in scores], ignore_index=True)
    summary = trial_table(rows, TrialClasses(**classes))
    write_table(table, summary, stamp)
    logging.info("SIMULATED: %d trials\n%s", summary["trials"].max(), summary.to_string())


if __name__ == "__main__":
    run_job(tabulate_trials, snakemake)  # type: ignore[name-defined]  # noqa: F821
