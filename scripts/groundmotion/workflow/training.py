"""Train a network and write it."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundmotion.artefacts.arrays import read_arrays, read_extra, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_json, write_table
from groundmotion.networks.device import choose_device
from groundmotion.patches.examples import Examples
from groundmotion.training.checkpoints import Checkpoint, last_checkpoint
from groundmotion.training.fitting import Runtime, description, fit_resuming
from groundmotion.training.settings import TrainingSettings
from groundmotion.training.starts import Start
from groundmotion.workflow.job import progress_bar


class Checkpoints:
    """The checkpoint of a run that trains, beside the weights that it will write.

    Parameters
    ----------
    weights
        File of the weights.
    stamp
        Of the run.
    """

    def __init__(self, weights: Path, stamp: Stamp) -> None:
        self.file, self._stamp = weights.with_name(".checkpoint.safetensors"), stamp

    def warn(self, why: str) -> None:
        """Say why training starts anew."""
        logging.warning("%s: %s; training starts anew", self.file, why)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, and tell of its epoch."""
        write_arrays(self.file, checkpoint.arrays, self._stamp, checkpoint.extra)
        logging.info("%s", {k: round(v, 5) for k, v in checkpoint.extra["history"][-1].items()})

    def last(self) -> Checkpoint | None:
        """Return the checkpoint of a run that was cut off; None without one that can be read."""
        return last_checkpoint(lambda: (read_arrays(self.file), read_extra(self.file)), self.warn)


def train_and_write(
    examples: tuple[Examples, Examples],
    settings: TrainingSettings,
    start: Start | None,
    device: str,
    outputs: Mapping[str, Path],
    about: tuple[Mapping[str, Any], Stamp],
) -> None:
    """Train a network and write it; go on from its checkpoint where a run was cut off.

    Parameters
    ----------
    examples
        To train on, to validate on.
    settings, start, device
        What is trained, from which weights (None: random ones), and where.
    outputs
        ``weights``, ``model``, ``history``.
    about
        What the model is, for its description, and the stamp of the run.
    """
    (training, validation), (arm, stamp) = examples, about
    checkpoints = Checkpoints(outputs["weights"], stamp)
    run_id = json.dumps(dict(stamp.inputs), sort_keys=True)
    runtime = Runtime(
        choose_device(device), progress_bar, checkpoints.keep, checkpoints.last(), run_id
    )
    trained = fit_resuming(training, validation, settings, runtime, start, checkpoints.warn)
    write_arrays(outputs["weights"], trained.weights, stamp)
    write_table(outputs["history"], trained.history, stamp)
    sizes = {"n_train": len(training), "n_validation": len(validation)}
    content = {**arm, **description(settings, trained), **sizes, "inputs": dict(stamp.inputs)}
    write_json(outputs["model"], content, stamp)
    checkpoints.file.unlink(missing_ok=True)
