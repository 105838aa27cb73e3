"""Count what a trained network finds in real scenes where no source was put in."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.areas.polygons import areas_above
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json, write_frame
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import Covariance
from groundmotion.interpolation.tiled import TileSettings, in_tiles
from groundmotion.workflow.examples import read_velocity_map
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector

COLUMNS = ("scene", "look", "level", "areas", "scored_km2", "area_share", "p_max")


def score_robustness_real(
    *,
    points: list[Path],
    variograms: list[Path],
    scenes: list[dict[str, Any]],
    weights: Path,
    model: Path,
    calibration: Path,
    pixel_m: str,
    fill: str,
    fills: dict[str, Any],
    windows: dict[str, Any],
    detection: dict[str, Any],
    device: str,
    levels: list[float],
    alarms: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Map the probability of each look alone, at the model's pixel size; count areas by level."""
    side = float(pixel_m)
    detector = read_detector(weights, model, calibration, side, device)
    settings = DetectionSettings.from_config(windows, detection)
    tiles = TileSettings.from_config(fills, side)
    rows = []
    for path, variogram, scene in zip(points, variograms, scenes, strict=True):
        values = read_velocity_map(path, {**scene, "pixel_m": side})
        covariance = Covariance.from_variogram(read_json(variogram), side)
        filler = Filler.from_config(fill, fills, side, covariance, threads)
        filled = in_tiles(values, filler, tiles)
        probability = filler.near(
            values, detect(filled, np.isfinite(values), detector, settings, progress_bar)
        )
        names = {name: scene[name] for name in COLUMNS[:2]}
        rows += [{**names, **counts} for counts in areas_above(probability, side, levels)]
        logging.info("%s", rows[-len(levels)])
    write_frame(alarms, pd.DataFrame(rows, columns=list(COLUMNS)), stamp)


if __name__ == "__main__":
    run_job(score_robustness_real, snakemake)  # type: ignore[name-defined]  # noqa: F821
