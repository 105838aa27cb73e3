"""Compare networks and thresholds with the truth of simulated scenes."""

import logging
from dataclasses import asdict
from pathlib import Path

import geopandas
import pandas as pd

from groundmotion.areas.matching import MatchSettings, match_areas
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.workflow.job import run_job

COLUMNS = (
    "scene", "detector", "areas", "true_found", "true_total", "false_areas", "precision", "recall",
    "f1",
)  # fmt: skip


def tabulate_detectors(
    *,
    truths: list[Path],
    areas: list[Path],
    thresholds: list[Path],
    settings: dict[str, float],
    detectors: Path,
    stamp: Stamp,
) -> None:
    """Score each detector in each scene; places that move with too few points are left out.

    ``network`` takes what the networks of a scene find together.
    """
    match = MatchSettings(settings["min_area_in_truth"], settings["min_truth_covered"])
    rows = []
    for path in truths:
        truth = read_layer(path, "truth")
        truth = truth[truth["n_points"] >= settings["min_points"]]
        for name, polygons in _areas_in(path.parent, areas, thresholds).items():
            scores = asdict(match_areas(polygons, truth, match))
            rows.append({"scene": path.parent.name, "detector": name, **scores})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    write_table(detectors, table, stamp)
    logging.info("SIMULATED\n%s", table.to_string())


def _areas_in(
    folder: Path, areas: list[Path], thresholds: list[Path]
) -> dict[str, geopandas.GeoDataFrame]:
    networks = {
        f"network_{path.stem.removeprefix('areas_')}": read_layer(path, "areas")
        for path in areas
        if path.parent == folder
    }
    if len(networks) > 1:
        networks["network"] = pd.concat(networks.values(), ignore_index=True)
    baselines = {
        f"threshold_{layer}": read_layer(path, layer)
        for path in thresholds
        if path.parent == folder
        for layer in ("slow", "medium", "fast")
    }
    return {**networks, **baselines}


if __name__ == "__main__":
    run_job(tabulate_detectors, snakemake)  # type: ignore[name-defined]  # noqa: F821
