"""Table I: every arm with its full confusion matrix, beside the clairvoyant bound."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundmotion import artefacts
from groundmotion.bound import clairvoyant_accuracy
from groundmotion.job import run_job
from groundmotion.provenance import Stamp

ARM = ("source", "preset", "pixel_m", "fill", "input", "pretraining", "network", "seed")
FOUND = ("tp", "fp", "tn", "fn", "accuracy", "precision", "recall", "fpr", "fomr", "ece")


def tabulate_models(
    *,
    models: list[Path],
    evaluations: list[Path],
    examples: list[Path],
    table: Path,
    stamp: Stamp,
) -> None:
    """Write one row per model; ``bound`` stays empty."""
    rows = []
    for model, evaluation, tested in zip(models, evaluations, examples, strict=True):
        arm, found = artefacts.read_json(model), artefacts.read_json(evaluation)
        rows.append(
            {
                **{name: arm[name] for name in ARM},
                "n_train": arm["n_train"],
                "n_test": found["n_test"],
                **{name: found[name] for name in FOUND},
                "bound_known": _clairvoyant(artefacts.read_frame(tested)),
                "bound": np.nan,
            }
        )
    artefacts.write_table(table, pd.DataFrame(rows), stamp)


def _clairvoyant(examples: pd.DataFrame) -> float:
    """Mean accuracy, at equal priors, of an observer who knows the source of each pair."""
    d_prime = examples.loc[examples["label"] == 1, "d_prime"].to_numpy(float)
    return float(np.mean(clairvoyant_accuracy(d_prime)))


if __name__ == "__main__":
    run_job(tabulate_models, snakemake)  # type: ignore[name-defined]  # noqa: F821
