"""Fit the noise of every look of a scene, and what it gives at the scene's own points."""

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_json
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.noise.cells import CellGrid
from groundmotion.workflow.job import run_job
from groundmotion.workflow.sources import (
    look_points,
    noise_content,
    noise_from,
    noise_messages,
    noise_variogram,
    scene_points,
)


def fit_noise(
    *,
    points: list[Path],
    outline: list[Path],
    measured: list[Path],
    looks: list[str],
    scene: dict[str, Any],
    settings: dict[str, Any],
    seed: int,
    noise: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Write covariance, spread and threshold, and the bins of the variograms of small scenes.

    A scene that cannot be searched has no looks in the file; why is said there and in the log.
    """
    supply, toward = scene_points(points, looks, scene, outline, measured)
    search = SearchSettings.from_config(settings, seed)
    content = noise_content(supply, toward, scene, search, threads)
    for is_warning, words in noise_messages(content):
        logging.log(logging.WARNING if is_warning else logging.INFO, "%s", words)
    fitted = noise_from(content)
    bins = {}
    if fitted is not None and points:
        bounds = tuple(scene["bounds"])
        grid = CellGrid.over(bounds, fitted.cell_m)
        for look, own in fitted.looks.items():
            known = look_points(supply(look, bounds))
            variogram = noise_variogram(known, own, grid, search.noise)
            bins[look] = {name: part.tolist() for name, part in asdict(variogram).items()}
    asked = settings["false_areas_per_1000_km2"]
    write_json(noise, {**content, "bins": bins, "false_areas_per_1000_km2": asked}, stamp)


if __name__ == "__main__":
    run_job(fit_noise, snakemake)  # type: ignore[name-defined]  # noqa: F821
