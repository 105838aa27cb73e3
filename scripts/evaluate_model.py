"""Score a trained network on its test examples (paper Table I)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame, write_json
from groundmotion.detection.windows import final_score, score_views
from groundmotion.patches.views import combine
from groundmotion.scores import metrics
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector
from groundmotion.workflow.windows import read_windows


def evaluate_model(
    *,
    examples: Path,
    filled: list[Path],
    weights: Path,
    model: Path,
    calibration: Path,
    pixel_m: str,
    settings: dict[str, Any],
    scores: Path,
    evaluation: Path,
    stamp: Stamp,
) -> None:
    """Score every test example; count the outcomes at the decision threshold.

    What the network says before it is calibrated is kept beside the probability.
    """
    detector = read_detector(weights, model, calibration, float(pixel_m), settings["device"])
    maps, batch, wraps = read_windows(filled), settings["batch_windows"], detector.passes
    every = score_views(maps, detector, wraps, batch, progress_bar)
    uncalibrated = combine(every, wraps, detector.combination)
    probability = final_score(every, detector)
    rows = read_frame(examples)
    table = pd.DataFrame(
        {
            "index": rows["index"],
            "label": rows["label"],
            "probability": probability,
            "probability_raw": uncalibrated,
        }
    )
    counts = metrics.confusion(table["label"], probability >= settings["decision_threshold"])
    labels, bins = table["label"].to_numpy(np.float64), settings["calibration_bins"]
    content = {
        **vars(counts),
        **metrics.rates(counts),
        "ece": metrics.expected_calibration_error(probability, labels, bins),
        "ece_raw": metrics.expected_calibration_error(uncalibrated, labels, bins),
        "n_test": len(table),
    }
    write_frame(scores, table, stamp)
    write_json(evaluation, content, stamp)
    logging.info("accuracy %.4f, %s", content["accuracy"], counts)


if __name__ == "__main__":
    run_job(evaluate_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
