"""Score examples of any brightness, visible or not, by a trained network."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame
from groundmotion.detection.windows import score_windows
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector
from groundmotion.workflow.windows import read_windows


def score_detectability(
    *,
    examples: Path,
    filled: list[Path],
    weights: Path,
    model: Path,
    calibration: Path,
    pixel_m: str,
    settings: dict[str, Any],
    scores: Path,
    stamp: Stamp,
) -> None:
    """Compute the probability of deformation of each window."""
    detector = read_detector(weights, model, calibration, float(pixel_m), settings["device"])
    probabilities = score_windows(
        read_windows(filled), detector, settings["batch_windows"], progress_bar
    )
    rows = read_frame(examples)[["index", "label"]]
    write_frame(scores, rows.assign(probability=probabilities), stamp)


if __name__ == "__main__":
    run_job(score_detectability, snakemake)  # type: ignore[name-defined]  # noqa: F821
