"""Map how significant motion is by one look of a scene alone."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundmotion.artefacts.maps import growing_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.sources.search import search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.sources import (
    NOTHING_SEEN,
    cell_frame,
    look_supply,
    noise_from,
    part_of,
    scene_points,
)


def scan_look(
    *,
    look: str,
    noise: Path,
    points: list[Path],
    outline: list[Path],
    measured: list[Path],
    scene: dict[str, Any],
    settings: dict[str, Any],
    seed: int,
    simulated: bool,
    significance: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Write the map; NaN all over where the look cannot be searched."""
    content, bounds = read_json(noise), tuple(scene["bounds"])
    fitted = noise_from(content)
    supply, _ = scene_points(points, [look], scene, outline, measured)
    # Nothing is taken off: a scan is enough.
    search = replace(SearchSettings.from_config(settings, seed), rounds=0)
    frame = cell_frame(bounds, content["cell_m"], scene["crs"])
    with growing_raster(
        significance, frame, stamp, unit="standard deviations of the noise", simulated=simulated,
        description=f"significance of motion toward the satellite, {look}",
    ) as write:  # fmt: skip
        if fitted is None or look not in fitted.looks:
            logging.warning("%s: %s", look, NOTHING_SEEN)
            return
        alone = replace(fitted, looks={look: fitted.looks[look]})
        supplied = look_supply(supply)
        for window in search_windows(supplied, alone, bounds, search, progress_bar, threads):
            write(part_of(frame, window), window.significance[look])


if __name__ == "__main__":
    run_job(scan_look, snakemake)  # type: ignore[name-defined]  # noqa: F821
