"""Score a trained network on examples that differ from those it was trained with."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion.artefacts.arrays import read_arrays, read_extra
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame
from groundmotion.detection.windows import score_windows
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance
from groundmotion.names import FILLS
from groundmotion.synthesis.observations import observed_maps
from groundmotion.workflow.job import run_job
from groundmotion.workflow.models import read_detector

CHUNK = 64


def score_robustness(
    *,
    examples: Path,
    observations: Path,
    weights: Path,
    model: Path,
    calibration: Path,
    pixel_m: str,
    fill: str,
    fills: dict[str, Any],
    settings: dict[str, Any],
    scores: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill every example as those of training are; compute its probability of deformation."""
    detector = read_detector(weights, model, calibration, float(pixel_m), settings["device"])
    rows, arrays = read_frame(examples), read_arrays(observations)
    size_px, start = read_extra(observations)["size_px"], arrays["start"]
    noise = rows[["nugget", "a", "b_per_km"]].to_numpy(float)
    # The covariance is the one that an example was drawn with, or that its scene has.
    chunk = 1 if FILLS[fill].needs_covariance else CHUNK
    probabilities = np.empty(len(rows))
    for first in tqdm(range(0, len(rows), chunk), unit=f"{chunk} maps", mininterval=10):
        part = slice(first, min(first + chunk, len(rows)))
        ends = start[first : part.stop + 1]
        sparse = observed_maps(arrays["values"], arrays["cell"], ends, size_px)
        nugget, a, b_per_km = noise[first]
        covariance = Covariance(nugget, a, b_per_km, float(pixel_m))
        filler = Filler.from_config(fill, fills, float(pixel_m), covariance, threads)
        windows = filler.near(sparse, filler(sparse)).astype(np.float16)
        probabilities[part] = score_windows(
            windows, detector, settings["batch_windows"], lambda batches, _: batches
        )
    table = rows[["shift", "index", "label"]].assign(probability=probabilities)
    write_frame(scores, table, stamp)
    right = (probabilities >= settings["decision_threshold"]) == table["label"]
    logging.info("accuracy %s", right.groupby(table["shift"]).mean().round(4).to_dict())


if __name__ == "__main__":
    run_job(score_robustness, snakemake)  # type: ignore[name-defined]  # noqa: F821
