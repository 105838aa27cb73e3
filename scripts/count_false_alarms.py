"""Count what a trained network finds in real scenes where no source was put in."""

import functools
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json, write_frame
from groundmotion.detection.maps import DetectionSettings, detect
from groundmotion.grid import beyond_gap
from groundmotion.interpolation import fills as interpolation_fills
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.interpolation.tiled import TileSettings, in_tiles
from groundmotion.scores.metrics import areas_above
from groundmotion.workflow.examples import read_velocity_map
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.models import read_detector

FOUND = ("scene", "look", "level", "areas", "scored_km2", "area_share", "p_max")


def count_false_alarms(
    *,
    points: list[Path],
    variograms: list[Path],
    scenes: list[dict[str, Any]],
    weights: Path,
    model: Path,
    calibration: Path,
    pixel_m: str,
    fill: str,
    interpolation_settings: dict[str, Any],
    tiles: dict[str, float],
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
    how = DetectionSettings.from_config(windows, detection)
    cut = TileSettings(int(tiles["tile_px"]), int(tiles["halo_px"]), tiles["max_gap_m"] / side)
    rows = []
    for path, fitted, scene in zip(points, variograms, scenes, strict=True):
        values = read_velocity_map(path, {**scene, "pixel_m": side})
        known = Covariance.from_variogram(read_json(fitted), side)
        fills = FillSettings.from_config(interpolation_settings, known)
        make = functools.partial(interpolation_fills.fill, fill, settings=fills, threads=threads)
        has_point = np.isfinite(values)
        found = detect(in_tiles(values, make, cut), has_point, detector, how, progress_bar)
        found[beyond_gap(has_point, cut.max_gap_px)] = np.nan
        named = {name: scene[name] for name in FOUND[:2]}
        rows += [{**named, **counted} for counted in areas_above(found, side, levels)]
        logging.info("%s", rows[-len(levels)])
    write_frame(alarms, pd.DataFrame(rows, columns=list(FOUND)), stamp)


if __name__ == "__main__":
    run_job(count_false_alarms, snakemake)  # type: ignore[name-defined]  # noqa: F821
