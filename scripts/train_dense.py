"""Train the dense network and calibrate it, on examples that are drawn as it goes."""

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_json, write_table
from groundmotion.detection.dense import calibration_content, load_dense
from groundmotion.networks.device import choose_device
from groundmotion.synthesis.dense import law_from
from groundmotion.training.dense import (
    dense_logits,
    fit_dense_resuming,
    training_from,
    validation_batches,
)
from groundmotion.training.fitting import Runtime
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.training import Checkpoints


def train_dense(
    *,
    seed: str,
    settings: dict[str, Any],
    device: str,
    bins: int,
    weights: Path,
    model: Path,
    history: Path,
    calibration: Path,
    stamp: Stamp,
) -> None:
    """Train; go on after a stop; then fit the calibration on examples of other seeds."""
    law, training = law_from(settings["law"]), training_from(settings["training"], int(seed))
    checkpoints, place = Checkpoints(weights, stamp), choose_device(device)
    runtime = Runtime(place, progress_bar, checkpoints.keep, checkpoints.last(), run_id="")
    trained = fit_dense_resuming(training, law, runtime, checkpoints.warn)
    content = {
        "network": "dense",
        "seed": int(seed),
        "training": asdict(training),
        "law": asdict(law),
        "best_epoch": trained.best_epoch,
    }
    network = load_dense(trained.weights, content, None, place).network
    others = dense_logits(network, validation_batches(training, law), place)
    fit = calibration_content(*others, bins)
    write_arrays(weights, trained.weights, stamp)
    write_table(history, trained.history, stamp)
    write_json(model, content, stamp)
    write_json(calibration, fit, stamp)
    checkpoints.file.unlink(missing_ok=True)
    logging.info("%s", fit)


if __name__ == "__main__":
    run_job(train_dense, snakemake)  # type: ignore[name-defined]  # noqa: F821
