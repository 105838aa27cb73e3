"""Compare networks and baselines with the truth of simulated scenes."""

import logging
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from groundmotion.areas.matching import MatchSettings, object_scores
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.workflow.job import run_job


def tabulate_detectors(
    *,
    truths: list[Path],
    areas: list[Path],
    thresholds: list[Path],
    clusters: list[Path],
    filled: list[Path],
    settings: dict[str, Any],
    detectors: Path,
    stamp: Stamp,
) -> None:
    """Score each detector in each scene; places that move with too few points are left out.

    ``network`` takes what the networks of a scene find together. A scene is searched where the map
    of a look is filled.
    """
    tables = []
    for path in truths:
        folder, truth = path.parent, read_layer(path, "truth")
        truth = truth[truth["n_points"] >= settings["min_points"]]
        searched_km2 = _filled_km2([map_ for map_ in filled if map_.parent.parent == folder])
        outlined = _areas_in(folder, areas, thresholds, clusters)
        for name, polygons in outlined.items():
            match = MatchSettings.from_config(settings)
            scores = object_scores(polygons, truth, searched_km2, match)
            scores.insert(0, "detector", name)
            scores.insert(0, "scene", folder.name)
            tables.append(scores)
    table = pd.concat(tables, ignore_index=True)
    write_table(detectors, table, stamp)
    logging.info("SIMULATED\n%s", table.to_string())


def _filled_km2(maps: list[Path]) -> float:
    """Ground that is filled in any of some maps of one grid."""
    grids = [read_raster(path) for path in maps]
    is_filled = np.logical_or.reduce([np.isfinite(grid.values) for grid in grids])
    return float(is_filled.sum() * grids[0].pixel_m ** 2 / 1e6)


def _areas_in(
    folder: Path, areas: list[Path], thresholds: list[Path], clusters: list[Path]
) -> dict[str, geopandas.GeoDataFrame]:
    """Areas of one scene by detector."""
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
    clustering = {"clustering": read_layer(p, "areas") for p in clusters if p.parent == folder}
    return {**networks, **baselines, **clustering}


if __name__ == "__main__":
    run_job(tabulate_detectors, snakemake)  # type: ignore[name-defined]  # noqa: F821
