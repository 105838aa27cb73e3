"""Map the probability of deformation of one look of a scene (paper §II-A, §III-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.grid import Grid
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import check_fill, read_detector


def detect_look(
    *,
    velocity: Path,
    filled: Path,
    weights: Path,
    model: Path,
    calibration: Path,
    scene_fill: str,
    windows: dict[str, Any],
    detection: dict[str, Any],
    device: str,
    simulated: bool,
    probability: Path,
    stamp: Stamp,
) -> None:
    """Slide the network over the filled map; windows with too few measured cells are skipped.

    Where the map is not filled, far from all points and at sea, nothing is said.
    """
    points, near = read_raster(velocity), read_raster(filled)
    image = points if check_fill(model, scene_fill) == "none" else near
    detector = read_detector(weights, model, calibration, points.pixel_m, device)
    settings = DetectionSettings.from_config(windows, detection)
    values = detect(
        image.values,
        np.isfinite(points.values),
        detector,
        settings,
        progress_bar,
    )
    values[np.isnan(near.values)] = np.nan
    write_raster(
        probability,
        Grid(values, points.transform, points.crs),
        stamp,
        description="probability of deformation, one look",
        unit="1",
        simulated=simulated,
    )
    has_score = np.isfinite(values)
    logging.info(
        "%.1f %% scored, %.2f %% above 0.5", 100 * has_score.mean(), 100 * (values > 0.5).mean()
    )


if __name__ == "__main__":
    run_job(detect_look, snakemake)  # type: ignore[name-defined]  # noqa: F821
