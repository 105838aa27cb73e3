"""Fit how a trained network's probability is corrected, on its validation examples."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame, write_json
from groundmotion.detection.calibration import fit_calibration
from groundmotion.detection.windows import score_views
from groundmotion.patches.views import combine, view_names
from groundmotion.scores.metrics import expected_calibration_error
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector
from groundmotion.workflow.windows import read_windows


def calibrate_model(
    *,
    examples: Path,
    filled: list[Path],
    weights: Path,
    model: Path,
    pixel_m: str,
    settings: dict[str, Any],
    calibration: Path,
    views: Path,
    stamp: Stamp,
) -> None:
    """Score the validation examples in every view; fit temperature, bias and skew of all together.

    ``views`` keeps what the network says of each view. The two errors are those of the examples it
    was fitted on; evaluation.json holds the test set's.
    """
    # ASSUME: that these examples also chose the best epoch makes them hardly easier than others.
    detector = read_detector(weights, model, None, float(pixel_m), settings["device"])
    maps, batch, combination = (
        read_windows(filled),
        settings["batch_windows"],
        settings["combination"],
    )
    view_scores = score_views(maps, detector, detector.views, batch, progress_bar)
    probability = combine(view_scores, detector.views, combination)
    rows = read_frame(examples)[["index", "label"]]
    labels = rows["label"].to_numpy(np.int64)
    lowest, highest = settings["temperature"]
    fit = replace(fit_calibration(probability, labels, (lowest, highest)), combination=combination)
    if fit.temperature <= 1.001 * lowest or fit.temperature >= highest / 1.001:
        logging.warning("the temperature %.3g is at the end of its range", fit.temperature)
    content = {
        **vars(fit),
        "n_validation": len(labels),
        "ece_raw": expected_calibration_error(probability, labels, settings["bins"]),
        "ece": expected_calibration_error(fit.apply(probability), labels, settings["bins"]),
    }
    frame = pd.DataFrame(dict(zip(view_names(detector.views), view_scores, strict=True)))
    write_frame(views, pd.concat([rows, frame], axis=1), stamp)
    write_json(calibration, content, stamp)
    logging.info("%s", content)


if __name__ == "__main__":
    run_job(calibrate_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
