"""Train one network on the examples of one arm (paper §II-A, §IV-A)."""

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion import artefacts
from groundmotion.batches import Examples
from groundmotion.checkpoints import Checkpoint, CheckpointError
from groundmotion.job import run_job
from groundmotion.patches import Lattice, cut_windows
from groundmotion.provenance import Stamp
from groundmotion.training import Runtime, choose_device, fit, settings_from_config


def train_model(
    *,
    examples: list[Path],
    filled: list[Path],
    negatives: list[Path],
    negative_points: list[Path],
    arm: dict[str, Any],
    settings: dict[str, Any],
    weights: Path,
    model: Path,
    history: Path,
    stamp: Stamp,
) -> None:
    """Train on the first of ``examples``, validate on the second; go on where a run was cut off."""
    training, validation = map(_examples, examples, filled)
    lattice = Lattice(training.blocks[0].shape[1], settings["negative_stride_px"])
    for look, points in zip(negatives, negative_points, strict=True):
        values, seen = (artefacts.read_raster(path).values for path in (look, points))
        quiet = cut_windows(values, seen, lattice, settings["min_points"])
        training = training.with_negatives(quiet)
    chosen, kept = settings_from_config(arm, settings), weights.with_name(".checkpoint.safetensors")

    def keep(checkpoint: Checkpoint) -> None:
        artefacts.write_arrays(kept, checkpoint.arrays, stamp, checkpoint.extra)
        logging.info("%s", {k: round(v, 5) for k, v in checkpoint.extra["history"][-1].items()})

    place = (choose_device(settings["device"]), lambda i, t: tqdm(i, t, mininterval=10), keep)
    runtime = Runtime(*place, _last_state(kept), json.dumps(dict(stamp.inputs), sort_keys=True))
    try:
        fitted = fit(training, validation, chosen, runtime)
    except CheckpointError as error:
        logging.warning("%s: %s; training starts anew", kept, error)
        fitted = fit(training, validation, chosen, replace(runtime, resume=None))
    artefacts.write_arrays(weights, fitted.weights, stamp)
    artefacts.write_table(history, fitted.history, stamp)
    description = {
        **arm, "scale_mm_yr": chosen.image.scale_mm_yr, "wraps": [asdict(w) for w in chosen.wraps],
        "training": asdict(chosen), "best_epoch": fitted.best_epoch,
        "n_train": len(training), "n_validation": len(validation), "inputs": dict(stamp.inputs),
    }  # fmt: skip
    artefacts.write_json(model, description, stamp)
    kept.unlink(missing_ok=True)


def _examples(rows: Path, maps: Path) -> Examples:
    labels = artefacts.read_frame(rows)["label"].to_numpy(np.int64)
    return Examples((artefacts.map_array(maps, "filled"),), labels)


def _last_state(path: Path) -> Checkpoint | None:
    try:
        return Checkpoint(artefacts.read_arrays(path), artefacts.read_extra(path))
    except Exception as error:  # whatever is wrong with it, the run can start anew
        if path.exists():
            logging.warning("%s: damaged (%s); training starts anew", path, error)
        return None


if __name__ == "__main__":
    run_job(train_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
