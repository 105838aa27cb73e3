"""Table I: every arm with its full confusion matrix, beside what any detector can reach."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion import artefacts, metrics, observers
from groundmotion.bound import clairvoyant_accuracy
from groundmotion.job import run_job
from groundmotion.provenance import Stamp

DATASET = ("source", "preset", "pixel_m")
ARM = (*DATASET, "fill", "input", "pretraining", "network", "seed")
FOUND = ("tp", "fp", "tn", "fn", "accuracy", "precision", "recall", "fpr", "fomr", "ece")
Row = dict[str, Any]
NO_NETWORK = {"fill": "none", "input": "sparse", "pretraining": "none", "seed": 0, "n_train": 0}


def tabulate_models(
    *,
    models: list[Path],
    evaluations: list[Path],
    examples: list[Path],
    tuned: list[Path],
    observed: list[Path],
    limit_errors: float,
    table: Path,
    observer_table: Path,
    stamp: Stamp,
) -> None:
    """Write one row per model and one per training-free detector; and one per observer.

    ``tuned`` and ``observed`` hold what the observers say of validation and test examples.
    """
    rows, limits, free = [], {}, []
    for number, path in enumerate(models):
        arm, found = artefacts.read_json(path), artefacts.read_json(evaluations[number])
        known = _clairvoyant(artefacts.read_frame(examples[number]))
        dataset = tuple(arm[name] for name in DATASET)
        if dataset not in limits:
            validation, test = (artefacts.read_frame(p[number]) for p in (tuned, observed))
            verdicts = observers.judge_all(validation, test)
            best = next(v for v in verdicts if v["observer"] == "average_likelihood")
            limits[dataset] = observers.Accuracy(*(best[name] for name in observers.ACCURACY))
            free += [{**{n: arm[n] for n in DATASET}, "bound_known": known, **v} for v in verdicts]
        limit = limits[dataset]
        reached = observers.accuracy_of_counts(found["tp"] + found["tn"], found["n_test"])
        if observers.exceeds(reached, limit, limit_errors):
            text = f"above the limit {limit.value:.4f} ± {limit.standard_error:.4f}"
            logging.warning("%s: %.4f is %s: an error somewhere", path, reached.value, text)
        rows.append(_row(arm, found, known, limit))
    for verdict in free:
        limit = limits[tuple(verdict[name] for name in DATASET)]
        if verdict["observer"] != "average_likelihood":
            arm = {**verdict, **NO_NETWORK, "network": verdict["observer"]}
            counts = metrics.Confusion(**{name: verdict[name] for name in FOUND[:4]})
            found = {**vars(counts), **metrics.rates(counts), "ece": np.nan}
            rows.append(_row(arm, found, verdict["bound_known"], limit))
    artefacts.write_table(table, pd.DataFrame(rows), stamp)
    columns = (*DATASET, "observer", *observers.ACCURACY, "threshold", "examples_per_second")
    artefacts.write_table(observer_table, pd.DataFrame(free)[list(columns)], stamp)


def _row(arm: Row, found: Row, known: float, limit: observers.Accuracy) -> Row:
    counted = {"n_train": arm["n_train"], "n_test": sum(found[name] for name in FOUND[:4])}
    reach = {"bound_known": known, "bound": limit.value, "bound_error": limit.standard_error}
    return {**{n: arm[n] for n in ARM}, **counted, **{n: found[n] for n in FOUND}, **reach}


def _clairvoyant(examples: pd.DataFrame) -> float:
    """Mean accuracy, at equal priors, of an observer who knows the source of each pair."""
    d_prime = examples.loc[examples["label"] == 1, "d_prime"].to_numpy(float)
    return float(np.mean(clairvoyant_accuracy(d_prime)))


if __name__ == "__main__":
    run_job(tabulate_models, snakemake)  # type: ignore[name-defined]  # noqa: F821
