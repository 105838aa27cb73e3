"""What scripts that train and test networks read and write: examples, detectors, trained models."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion import artefacts
from groundmotion.batches import Examples, MapPairs, Windows
from groundmotion.calibration import calibration_from
from groundmotion.checkpoints import Checkpoint, last_checkpoint
from groundmotion.detection import Detector, load_detector
from groundmotion.errors import InputError
from groundmotion.provenance import Stamp
from groundmotion.schedule import TrainingSettings
from groundmotion.training import Runtime, choose_device, description, fit_resuming
from groundmotion.transfer import Start


def progress_bar(items: Any, title: str) -> Any:
    """Wrap what is gone through in a bar that is drawn seldom enough for a log."""
    return tqdm(items, title, mininterval=10)


def read_windows(maps: Sequence[Path], name: str = "filled") -> Windows:
    """Open the windows of a data set: one map of each, or two, in one or two files."""
    arrays = [artefacts.map_array(path, name) for path in maps]
    return arrays[0] if len(arrays) == 1 else MapPairs(*arrays)


def read_examples(rows: Sequence[Path], maps: Sequence[Path], name: str = "filled") -> Examples:
    """Open the labelled windows of one data set, or of several with a class for each.

    Parameters
    ----------
    rows
        Tables of examples, one for each kind of source.
    maps
        Their maps: one file for each table, or two for each.
    name
        Of the array in these files.

    Returns
    -------
    Examples whose label is 0 without deformation and otherwise the place of its table, from 1.

    Raises
    ------
    InputError
        If tables and maps do not go together.
    """
    if len(maps) % len(rows):
        raise InputError(f"{len(rows)} tables of examples, {len(maps)} files of maps: expected as "
                         "many files for each table")  # fmt: skip
    each = len(maps) // len(rows)
    labels, visible, blocks = [], [], []
    for place, path in enumerate(rows):
        table = artefacts.read_frame(path)
        labels.append(table["label"].to_numpy(np.int64) * (place + 1))
        visible.append(table.get("d_prime", table["label"] * np.nan).to_numpy(np.float64))
        blocks.append(read_windows(maps[place * each : (place + 1) * each], name))
    return Examples(tuple(blocks), np.concatenate(labels), np.concatenate(visible))


def read_detector(
    weights: Path, model: Path, calibration: Path | None, pixel_m: float, device: str
) -> Detector:
    """Rebuild a trained detector; without ``calibration`` it says what the network says."""
    return load_detector(
        artefacts.read_arrays(weights),
        artefacts.read_json(model),
        pixel_m,
        choose_device(device),
        None if calibration is None else calibration_from(artefacts.read_json(calibration)),
    )


def check_fill(model: Path, scene_fill: str) -> str:
    """Return how the maps were filled that a model was trained on.

    Raises
    ------
    InputError
        If a scene that is filled by ``scene_fill`` has other ones.
    """
    own = str(artefacts.read_json(model)["fill"])
    if own not in ("none", scene_fill):
        raise InputError(
            f"{model}: trained on maps filled by {own}, but scene_fill is {scene_fill}; choose a "
            "model of the same fill, or change scene_fill"
        )
    return own


def train_and_write(
    examples: tuple[Examples, Examples],
    chosen: TrainingSettings,
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
    chosen, start, device
        What is trained, from which weights (None: random ones), and where.
    outputs
        ``weights``, ``model``, ``history``.
    about
        What the model is, for its description, and the stamp of the run.
    """
    (training, validation), (arm, stamp) = examples, about
    kept = outputs["weights"].with_name(".checkpoint.safetensors")

    def warn(why: str) -> None:
        logging.warning("%s: %s; training starts anew", kept, why)

    def keep(checkpoint: Checkpoint) -> None:
        artefacts.write_arrays(kept, checkpoint.arrays, stamp, checkpoint.extra)
        logging.info("%s", {k: round(v, 5) for k, v in checkpoint.extra["history"][-1].items()})

    last = last_checkpoint(lambda: (artefacts.read_arrays(kept), artefacts.read_extra(kept)), warn)
    run_id = json.dumps(dict(stamp.inputs), sort_keys=True)
    runtime = Runtime(choose_device(device), progress_bar, keep, last, run_id)
    fitted = fit_resuming(training, validation, chosen, runtime, start, warn)
    artefacts.write_arrays(outputs["weights"], fitted.weights, stamp)
    artefacts.write_table(outputs["history"], fitted.history, stamp)
    sizes = {"n_train": len(training), "n_validation": len(validation)}
    content = {**arm, **description(chosen, fitted), **sizes, "inputs": dict(stamp.inputs)}
    artefacts.write_json(outputs["model"], content, stamp)
    kept.unlink(missing_ok=True)
