"""Train one network on synthetic interferograms, for others to start from."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion import artefacts
from groundmotion.batches import Examples
from groundmotion.checkpoints import Checkpoint, last_checkpoint
from groundmotion.job import run_job
from groundmotion.provenance import Stamp
from groundmotion.schedule import settings_from_config
from groundmotion.training import Runtime, choose_device, description, fit_resuming


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
    training, validation = map(_interferograms, examples, displacement)
    chosen, kept = settings_from_config(arm, settings), weights.with_name(".checkpoint.safetensors")

    def warn(why: str) -> None:
        logging.warning("%s: %s; training starts anew", kept, why)

    def keep(checkpoint: Checkpoint) -> None:
        artefacts.write_arrays(kept, checkpoint.arrays, stamp, checkpoint.extra)
        logging.info("%s", {k: round(v, 5) for k, v in checkpoint.extra["history"][-1].items()})

    place = (choose_device(settings["device"]), lambda i, t: tqdm(i, t, mininterval=10), keep)
    last = last_checkpoint(lambda: (artefacts.read_arrays(kept), artefacts.read_extra(kept)), warn)
    runtime = Runtime(*place, last, json.dumps(dict(stamp.inputs), sort_keys=True))
    fitted = fit_resuming(training, validation, chosen, runtime, None, warn)
    artefacts.write_arrays(weights, fitted.weights, stamp)
    artefacts.write_table(history, fitted.history, stamp)
    sizes = {"n_train": len(training), "n_validation": len(validation)}
    about = {**arm, **description(chosen, fitted), **sizes, "inputs": dict(stamp.inputs)}
    artefacts.write_json(model, about, stamp)
    kept.unlink(missing_ok=True)


def _interferograms(rows: Path, maps: Path) -> Examples:
    labels = artefacts.read_frame(rows)["label"].to_numpy(np.int64)
    return Examples((artefacts.map_array(maps, "displacement"),), labels)


if __name__ == "__main__":
    run_job(pretrain_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
