"""Map the probability of deformation of one look of a scene (paper §II-A, §III-C)."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion import artefacts
from groundmotion.calibration import calibration_from
from groundmotion.detection import DetectionSettings, detect, load_detector
from groundmotion.errors import InputError
from groundmotion.grid import Grid
from groundmotion.job import run_job
from groundmotion.patches import Lattice, Smoothing
from groundmotion.provenance import Stamp
from groundmotion.training import choose_device


def detect_look(
    *,
    velocity: Path,
    filled: Path,
    weights: Path,
    model: Path,
    calibration: Path,
    scene_fill: str,
    settings: dict[str, Any],
    device: str,
    simulated: bool,
    probability: Path,
    stamp: Stamp,
) -> None:
    """Slide the network over the filled map; windows with too few measured cells are skipped.

    Where the map is not filled, far from all points and at sea, nothing is said.
    """
    points, description = artefacts.read_raster(velocity), artefacts.read_json(model)
    if description["fill"] not in ("none", scene_fill):
        raise InputError(
            f"{model}: trained on maps filled by {description['fill']}, but scene_fill is "
            f"{scene_fill}; choose a model of the same fill, or change scene_fill"
        )
    near = artefacts.read_raster(filled)
    shown = points if description["fill"] == "none" else near
    fitted, place = calibration_from(artefacts.read_json(calibration)), choose_device(device)
    detector = load_detector(
        artefacts.read_arrays(weights), description, points.pixel_m, place, fitted
    )
    how = DetectionSettings(
        lattice=Lattice(settings["size_px"], settings["stride_px"]),
        smoothing=Smoothing(settings["smoothing_size_px"], settings["smoothing_sigma_px"]),
        min_points=settings["min_points"],
        block_windows=settings["block_windows"],
        batch_windows=settings["batch_windows"],
        precision=settings["precision"],
    )
    found = detect(
        shown.values,
        np.isfinite(points.values),
        detector,
        how,
        lambda items, title: tqdm(items, title, mininterval=10),
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
