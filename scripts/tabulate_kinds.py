"""Tell point sources, line sources and nothing apart: the confusion matrix of the test examples."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json, write_table
from groundmotion.detection.windows import score_classes
from groundmotion.names import ARM
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector
from groundmotion.workflow.windows import read_examples

#: The source is all kinds.
TRAINED = (*(name for name in ARM if name != "source"), "seed", "n_train")


def tabulate_kinds(
    *,
    examples: list[Path],
    filled: list[Path],
    weights: list[Path],
    models: list[Path],
    device: str,
    batch_windows: int,
    table: Path,
    stamp: Stamp,
) -> None:
    """Write a row per model and true class: how many of its windows are called what.

    Each window is called what is likeliest. ``examples`` and ``filled`` hold one file per kind for
    each model in turn.
    """
    rows: list[dict[str, Any]] = []
    per_model = len(examples) // max(len(models), 1)
    for number, path in enumerate(models):
        arm, part = read_json(path), slice(number * per_model, (number + 1) * per_model)
        test = read_examples(examples[part], filled[part])
        detector = read_detector(weights[number], path, None, arm["pixel_m"], device)
        predictions = [
            score_classes(block, detector, batch_windows, progress_bar).argmax(1)
            for block in test.blocks
        ]
        predicted, names = np.concatenate(predictions), arm["training"]["classes"]
        for truth, name in enumerate(names):
            counts = np.bincount(predicted[test.labels == truth], minlength=len(names))
            row = {key: arm[key] for key in TRAINED} | {"truth": name, "n_test": int(counts.sum())}
            rows.append(row | {f"called_{n}": int(c) for n, c in zip(names, counts, strict=True)})
        logging.info("%s: %.4f right", path, float(np.mean(predicted == test.labels)))
    columns = [*TRAINED, "truth", "n_test", "called_nothing", "called_point", "called_line"]
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)


if __name__ == "__main__":
    run_job(tabulate_kinds, snakemake)  # type: ignore[name-defined]  # noqa: F821
