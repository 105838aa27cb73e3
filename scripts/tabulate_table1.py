"""Table I: every arm with its full confusion matrix, beside what any detector can reach."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, read_json, read_table, write_table
from groundmotion.limits.clairvoyant import clairvoyant_accuracy
from groundmotion.limits.deciding import ACCURACY, above_limit, judge_all
from groundmotion.scores import metrics, table1
from groundmotion.scores.metrics import Accuracy
from groundmotion.scores.table1 import COUNTS, DATASET, HERE, REPEATED, join_runs, untrained
from groundmotion.workflow.job import run_job


def tabulate_table1(
    *,
    models: list[Path],
    evaluations: list[Path],
    examples: list[Path],
    tuned: list[Path],
    observed: list[Path],
    other_tables: list[Path],
    other_observers: list[Path],
    limit_errors: float,
    table: Path,
    observer_table: Path,
    stamp: Stamp,
) -> None:
    """Write one row per model and one per training-free detector; and one per observer.

    ``tuned`` and ``observed`` hold what the observers say of validation and test examples,
    ``other_tables`` and ``other_observers`` what other runs wrote, joined to this one's.
    """
    rows, limits, free = [], {}, []
    for number, path in enumerate(models):
        model, evaluation = read_json(path), read_json(evaluations[number])
        arm = {**model, "epochs": model["training"]["epochs"]}
        bound_known = _clairvoyant(read_frame(examples[number]))
        dataset = tuple(arm[name] for name in DATASET)
        if dataset not in limits:
            validation, test = (read_frame(p[number]) for p in (tuned, observed))
            verdicts = judge_all(validation, test)
            best = next(v for v in verdicts if v["observer"] == "average_likelihood")
            limits[dataset] = Accuracy(*(best[name] for name in ACCURACY))
            common = {**{name: arm[name] for name in DATASET}, "bound_known": bound_known}
            free += [{**common, **verdict} for verdict in verdicts]
        rows.append(table1.row(arm, evaluation, bound_known, limits[dataset]))
    for verdict in free:
        limit = limits[tuple(verdict[name] for name in DATASET)]
        if verdict["observer"] != "average_likelihood":
            counts = metrics.Confusion(**{name: verdict[name] for name in COUNTS})
            evaluation = {**vars(counts), **metrics.rates(counts), "ece": np.nan}
            rows.append(table1.row(untrained(verdict), evaluation, verdict["bound_known"], limit))
    joined = _joined(pd.DataFrame(rows), other_tables)
    for row in above_limit(joined, limit_errors).to_dict("records"):
        name = " ".join(str(row[key]) for key in (*REPEATED, "seed"))
        text = f"{row['accuracy']:.4f} is above the limit {row['bound']:.4f}: an error somewhere"
        logging.warning("%s: %s", name, text)
    write_table(table, joined, stamp)
    columns = (*DATASET, "observer", *ACCURACY, "threshold", "examples_per_second")
    judged = _joined(pd.DataFrame(free)[list(columns)], other_observers)
    write_table(observer_table, judged, stamp)


def _joined(own: pd.DataFrame, others: list[Path]) -> pd.DataFrame:
    return join_runs({HERE: own, **{str(path): read_table(path) for path in others}})


def _clairvoyant(examples: pd.DataFrame) -> float:
    """Mean accuracy, at equal priors, of an observer who knows the source of each pair."""
    d_prime = examples.loc[examples["label"] == 1, "d_prime"].to_numpy(float)
    return float(np.mean(clairvoyant_accuracy(d_prime)))


if __name__ == "__main__":
    run_job(tabulate_table1, snakemake)  # type: ignore[name-defined]  # noqa: F821
