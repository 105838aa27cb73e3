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
from groundmotion.patches.views import COMBINATIONS, combine, view_names, views
from groundmotion.patches.wrapping import wraps_from
from groundmotion.scores import metrics
from groundmotion.workflow.job import run_job

ARM = ("source", "preset", "pixel_m", "fill", "input", "pretraining", "network", "seed", "n_train")
NO_VIEW = (np.nan, np.nan)
FOUND = ("auc", *ACCURACY[:2], "n_validation")


def tabulate_wraps(*, models: list[Path], scores: list[Path], table: Path, stamp: Stamp) -> None:
    """Write a row for every view of each model, and one for every way to put them together.

    All are of validation examples, so that a way can be chosen by them.
    """
    rows: list[dict[str, Any]] = []
    for path, said in zip(models, scores, strict=True):
        arm, frame = read_json(path), read_frame(said)
        wraps, labels = wraps_from(arm), frame["label"].to_numpy()
        every = frame[view_names(wraps)].to_numpy().T
        tried = [("view", view, one) for view, one in zip(views(wraps), every, strict=True)]
        tried += [(how, NO_VIEW, combine(every, wraps, how)) for how in COMBINATIONS]
        for what, (interval, offset), score in tried:
            shown = {"what": what, "interval_mm_yr": interval, "offset_mm_yr": offset}
            rows.append({name: arm[name] for name in ARM} | shown | _judged(score, labels))
        logging.info("%s: %d views", path, len(every))
    columns = [*ARM, "what", "interval_mm_yr", "offset_mm_yr", *FOUND]
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)


def _judged(score: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """Area under the ROC curve, and accuracy where each half has the threshold of the other."""
    place = np.empty(len(labels), np.int64)
    for label in (0, 1):  # both halves hold as many of each
        place[labels == label] = np.arange(np.sum(labels == label))
    called = np.empty(len(labels), bool)
    for half in (0, 1):
        here = place % 2 == half
        called[here] = score[here] > best_threshold(score[~here], labels[~here])
    found = accuracy(labels, called)
    auc = metrics.area_under_roc(score, labels)
    return dict(zip(FOUND, (auc, *vars(found).values()), strict=True))


if __name__ == "__main__":
    run_job(tabulate_wraps, snakemake)  # type: ignore[name-defined]  # noqa: F821
