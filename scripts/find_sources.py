"""Find what moves in a scene, by all its looks together: where exactly, how fast, how sure."""

import logging
from pathlib import Path
from typing import Any

from groundmotion.areas.sources import no_sources
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import growing_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.search import search_windows
from groundmotion.detection.sources.settings import SearchSettings
from groundmotion.workflow.job import progress_bar, run_job
from groundmotion.workflow.sources import (
    NOTHING_SEEN,
    cell_frame,
    look_supply,
    noise_from,
    outlined_sources,
    part_of,
    scene_points,
    source_layers,
    source_settings,
)


def find_sources(
    *,
    noise: Path,
    points: list[Path],
    outline: list[Path],
    measured: list[Path],
    looks: list[str],
    scene: dict[str, Any],
    settings: dict[str, Any],
    ends: dict[str, Any],
    seed: int,
    simulated: bool,
    sources: Path,
    significance: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Write the layers ``areas`` and ``structures``, and the map of significance."""
    content, bounds, crs = read_json(noise), tuple(scene["bounds"]), scene["crs"]
    fitted, search = noise_from(content), SearchSettings.from_config(settings, seed)
    supply, _ = scene_points(points, looks, scene, outline, measured)
    frame, table = cell_frame(bounds, content["cell_m"], crs), no_sources(crs)
    atoms: list[Atom] = []
    with growing_raster(
        significance, frame, stamp, unit="standard deviations of the noise", simulated=simulated,
        description="significance of motion toward the satellite, all looks",
    ) as write:  # fmt: skip
        if fitted is None:
            logging.warning(NOTHING_SEEN)
        else:
            supplied = look_supply(supply)
            for window in search_windows(supplied, fitted, bounds, search, progress_bar, threads):
                write(part_of(frame, window), window.significance[""])
                atoms += window.atoms
    if fitted is not None:
        rules = source_settings(ends)
        table = outlined_sources(atoms, supply, fitted, (bounds, crs), rules)
    data = "SIMULATED" if simulated else "measured"
    layers = {name: layer.assign(data=data) for name, layer in source_layers(table).items()}
    write_layers(sources, layers, stamp)
    logging.info("%s", ", ".join(f"{len(layer)} {name}" for name, layer in layers.items()))


if __name__ == "__main__":
    run_job(find_sources, snakemake)  # type: ignore[name-defined]  # noqa: F821
