"""Map the probability of deformation of one look of a scene (paper §II-A, §III-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.detection.reach import reach_of
from groundmotion.grid import Grid, beyond_gap
from groundmotion.workflow.filling import fill_look
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import fill_of_model, read_detector


def detect_look(
    *,
    velocity: Path,
    filled: list[Path],
    variogram: list[Path],
    weights: Path,
    model: Path,
    calibration: Path,
    fills: dict[str, Any],
    density: list[float],
    windows: dict[str, Any],
    detection: dict[str, Any],
    device: str,
    simulated: bool,
    probability: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Slide the network over a map filled as it knows maps, which is made unless it is there.

    Windows with too few measured cells are skipped. Far from all points and at sea nothing is said.
    """
    points = read_raster(velocity)
    has_point = np.isfinite(points.values)
    far = beyond_gap(has_point, fills["max_gap_m"] / points.pixel_m)
    settings = DetectionSettings.from_config(windows, detection)
    reach = reach_of(has_point, ~far, settings.lattice, settings.min_points, points.pixel_m)
    for warning in reach.warnings(density):
        logging.warning("WARNING: %s", warning)
    image = (
        read_raster(filled[0]).values
        if filled
        else fill_look(points, fill_of_model(model), fills, variogram, threads)
    )
    detector = read_detector(weights, model, calibration, points.pixel_m, device)
    values = detect(image, has_point, detector, settings, progress_bar)
    values[far] = np.nan
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
