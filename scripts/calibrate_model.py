"""Fit how a trained network's probability is corrected, on its validation examples."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion import artefacts
from groundmotion.calibration import fit_calibration
from groundmotion.detection import score_windows
from groundmotion.job import run_job
from groundmotion.metrics import expected_calibration_error
from groundmotion.model_files import progress_bar, read_detector, read_windows
from groundmotion.provenance import Stamp


def calibrate_model(
    *,
    examples: Path,
    filled: list[Path],
    weights: Path,
    model: Path,
    pixel_m: str,
    settings: dict[str, Any],
    calibration: Path,
    stamp: Stamp,
) -> None:
    """Score the validation examples over all wraps; fit temperature, bias and skew.

    The two errors are those of the examples it was fitted on; evaluation.json holds the test set's.
    """
    # ASSUME: that these examples also chose the best epoch makes them hardly easier than others.
    detector = read_detector(weights, model, None, float(pixel_m), settings["device"])
    said = score_windows(read_windows(filled), detector, settings["batch_windows"], progress_bar)
    labels = artefacts.read_frame(examples)["label"].to_numpy(np.int64)
    lowest, highest = settings["temperature"]
    fitted = fit_calibration(said, labels, (lowest, highest))
    if fitted.temperature <= 1.001 * lowest or fitted.temperature >= highest / 1.001:
        logging.warning("the temperature %.3g is at the end of its range", fitted.temperature)
    content = {
        **vars(fitted),
        "n_validation": len(labels),
        "ece_raw": expected_calibration_error(said, labels, settings["bins"]),
        "ece": expected_calibration_error(fitted.apply(said), labels, settings["bins"]),
    }
    artefacts.write_json(calibration, content, stamp)
    logging.info("%s", {name: round(value, 4) for name, value in content.items()})


if __name__ == "__main__":
    run_job(calibrate_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
