"""Train one network on synthetic interferograms, for others to start from."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.training.settings import settings_from_config
from groundmotion.workflow.job import run_job
from groundmotion.workflow.training import train_and_write
from groundmotion.workflow.windows import read_examples


def pretrain_model(
    *,
    examples: list[Path],
    displacement: list[Path],
    arm: dict[str, Any],
    settings: dict[str, Any],
    weights: Path,
    model: Path,
    history: Path,
    stamp: Stamp,
) -> None:
    """Train on the first of ``examples``, validate on the second; go on where a run was cut off."""
    training, validation = (
        read_examples([rows], [maps], "displacement")
        for rows, maps in zip(examples, displacement, strict=True)
    )
    train_and_write(
        (training, validation),
        settings_from_config(arm, settings),
        None,
        settings["device"],
        {"weights": weights, "model": model, "history": history},
        (arm, stamp),
    )


if __name__ == "__main__":
    run_job(pretrain_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
