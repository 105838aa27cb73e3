"""Map the probability of deformation of one look of a scene (paper §II-A, §III-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion import artefacts
from groundmotion.detection import DetectionSettings, detect
from groundmotion.grid import Grid
from groundmotion.job import run_job
from groundmotion.model_files import check_fill, progress_bar, read_detector
from groundmotion.provenance import Stamp


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
    points, near = artefacts.read_raster(velocity), artefacts.read_raster(filled)
    shown = points if check_fill(model, scene_fill) == "none" else near
    detector = read_detector(weights, model, calibration, points.pixel_m, device)
    how = DetectionSettings.from_config(windows, detection)
    found = detect(
        shown.values,
        np.isfinite(points.values),
        detector,
        how,
        progress_bar,
    )
    found[np.isnan(near.values)] = np.nan
    artefacts.write_raster(
        probability,
        Grid(found, points.transform, points.crs),
        stamp,
        description="probability of deformation, one look",
        unit="1",
        simulated=simulated,
    )
    seen = np.isfinite(found)
    logging.info("%.1f %% scored, %.2f %% above 0.5", 100 * seen.mean(), 100 * (found > 0.5).mean())


if __name__ == "__main__":
    run_job(detect_look, snakemake)  # type: ignore[name-defined]  # noqa: F821
