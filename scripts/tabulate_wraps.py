"""What each view of a wrapped window tells a network, and ways to put the views together."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, read_json, write_table
from groundmotion.limits.deciding import ACCURACY, accuracy, best_threshold
from groundmotion.names import ARM, COMBINATIONS
from groundmotion.patches.views import combine, view_names, views
from groundmotion.patches.wrapping import wraps_from
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job

TRAINED = (*ARM, "seed", "n_train")
NO_VIEW = (np.nan, np.nan)
FIGURES = ("auc", *ACCURACY[:2], "n_validation")


def tabulate_wraps(*, models: list[Path], scores: list[Path], table: Path, stamp: Stamp) -> None:
    """Write a row for every view of each model, and one for every way to put them together.

    All are of validation examples, so that a way can be chosen by them.
    """
    rows: list[dict[str, Any]] = []
    for path, score_path in zip(models, scores, strict=True):
        arm, frame = read_json(path), read_frame(score_path)
        wraps, labels = wraps_from(arm), frame["label"].to_numpy()
        view_scores = frame[view_names(wraps)].to_numpy().T
        cases = [
            ("view", view, score_of_view)
            for view, score_of_view in zip(views(wraps), view_scores, strict=True)
        ]
        cases += [
            (combination, NO_VIEW, combine(view_scores, wraps, combination))
            for combination in COMBINATIONS
        ]
        for kind, (interval, offset), score in cases:
            columns_of_case = {"what": kind, "interval_mm_yr": interval, "offset_mm_yr": offset}
            rows.append(
                {name: arm[name] for name in TRAINED} | columns_of_case | _judged(score, labels)
            )
        logging.info("%s: %d views", path, len(view_scores))
    columns = [*TRAINED, "what", "interval_mm_yr", "offset_mm_yr", *FIGURES]
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)


def _judged(score: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """Area under the ROC curve, and accuracy where each half has the threshold of the other."""
    place = np.empty(len(labels), np.int64)
    for label in (0, 1):  # both halves hold as many of each
        place[labels == label] = np.arange(np.sum(labels == label))
    predicted = np.empty(len(labels), bool)
    for half in (0, 1):
        is_half = place % 2 == half
        predicted[is_half] = score[is_half] > best_threshold(score[~is_half], labels[~is_half])
    decisions = accuracy(labels, predicted)
    auc = metrics.area_under_roc(score, labels)
    return dict(zip(FIGURES, (auc, *vars(decisions).values()), strict=True))


if __name__ == "__main__":
    run_job(tabulate_wraps, snakemake)  # type: ignore[name-defined]  # noqa: F821
