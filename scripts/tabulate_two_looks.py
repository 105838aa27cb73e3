"""Compare a model of one look, the average of it over two looks, and a model of both at once."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, read_json, write_table
from groundmotion.detection.windows import score_windows
from groundmotion.names import ARM
from groundmotion.scores import metrics
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector
from groundmotion.workflow.windows import read_windows

#: The column ``looks`` says what the input is.
TRAINED = (*(name for name in ARM if name != "input"), "seed", "n_train")
FIGURES = ("accuracy", "recall", "fpr", "ece")


def tabulate_two_looks(
    *,
    examples: list[Path],
    first: list[Path],
    second: list[Path],
    one_weights: list[Path],
    one_models: list[Path],
    one_calibrations: list[Path],
    both_weights: list[Path],
    both_models: list[Path],
    both_calibrations: list[Path],
    settings: dict[str, Any],
    table: Path,
    stamp: Stamp,
) -> None:
    """Write three rows per model: first look alone, average of two (paper §III-D), both at once."""
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(both_models):
        arm = read_json(path)
        labels = read_frame(examples[number])["label"].to_numpy(np.float64)
        looks = [first[number], second[number]]
        one_model = (one_weights[number], one_models[number], one_calibrations[number])
        both_model = (both_weights[number], path, both_calibrations[number])
        single = [_scores([look], one_model, arm["pixel_m"], settings) for look in looks]
        probabilities = {
            "one": single[0],
            "average": (single[0] + single[1]) / 2,
            "both": _scores(looks, both_model, arm["pixel_m"], settings),
        }
        for name, probability in probabilities.items():
            counts = metrics.confusion(labels, probability >= settings["threshold"])
            ece = metrics.expected_calibration_error(probability, labels, settings["bins"])
            figures = {**metrics.rates(counts), "ece": ece}
            row = {key: arm[key] for key in TRAINED} | {"looks": name, "n_test": len(labels)}
            rows.append(row | {key: figures[key] for key in FIGURES})
            logging.info("%s, %s: accuracy %.4f", path, name, figures["accuracy"])
    columns = [*TRAINED, "looks", "n_test", *FIGURES]
    write_table(table, pd.DataFrame(rows, columns=columns), stamp)


def _scores(
    maps: list[Path], model: tuple[Path, Path, Path], pixel_m: float, settings: dict[str, Any]
) -> NDArray[np.float64]:
    detector = read_detector(*model, pixel_m, settings["device"])
    return score_windows(read_windows(maps), detector, settings["batch_windows"], progress_bar)


if __name__ == "__main__":
    run_job(tabulate_two_looks, snakemake)  # type: ignore[name-defined]  # noqa: F821
