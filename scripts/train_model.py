"""Train one network on the examples of one arm (paper §II-A, §IV-A)."""

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
from groundmotion.patches import Lattice, cut_windows
from groundmotion.provenance import Stamp, sha256_of
from groundmotion.schedule import settings_from_config
from groundmotion.training import Runtime, choose_device, description, fit_resuming
from groundmotion.transfer import Start, imagenet_start


def train_model(
    *,
    examples: list[Path],
    filled: list[Path],
    negatives: list[Path],
    negative_points: list[Path],
    start: list[Path],
    arm: dict[str, Any],
    settings: dict[str, Any],
    imagenet_sha256: str,
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

    def warn(why: str) -> None:
        logging.warning("%s: %s; training starts anew", kept, why)

    def keep(checkpoint: Checkpoint) -> None:
        artefacts.write_arrays(kept, checkpoint.arrays, stamp, checkpoint.extra)
        logging.info("%s", {k: round(v, 5) for k, v in checkpoint.extra["history"][-1].items()})

    begin = _start(start[0], imagenet_sha256, chosen.image.channels) if start else None
    place = (choose_device(settings["device"]), lambda i, t: tqdm(i, t, mininterval=10), keep)
    last = last_checkpoint(lambda: (artefacts.read_arrays(kept), artefacts.read_extra(kept)), warn)
    runtime = Runtime(*place, last, json.dumps(dict(stamp.inputs), sort_keys=True))
    fitted = fit_resuming(training, validation, chosen, runtime, begin, warn)
    artefacts.write_arrays(weights, fitted.weights, stamp)
    artefacts.write_table(history, fitted.history, stamp)
    sizes = {"n_train": len(training), "n_validation": len(validation)}
    about = {**arm, **description(chosen, fitted), **sizes, "inputs": dict(stamp.inputs)}
    artefacts.write_json(model, about, stamp)
    kept.unlink(missing_ok=True)


def _examples(rows: Path, maps: Path) -> Examples:
    table = artefacts.read_frame(rows)
    labels, d_prime = table["label"].to_numpy(np.int64), table["d_prime"].to_numpy(np.float64)
    return Examples((artefacts.map_array(maps, "filled"),), labels, d_prime)


def _start(path: Path, imagenet_sha256: str, channels: int) -> Start:
    if imagenet_sha256:
        return imagenet_start(path.read_bytes(), path.name, imagenet_sha256, channels)
    return Start(artefacts.read_arrays(path), sha256_of(path))


if __name__ == "__main__":
    run_job(train_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
