"""Compare networks and baselines with the truth of simulated scenes."""

import logging
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from groundmotion.areas.matching import MatchSettings, object_scores
from groundmotion.areas.trials import trials_as_scenes
from groundmotion.artefacts.layers import read_layer
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_table, write_table
from groundmotion.workflow.job import run_job


def tabulate_detectors(
    *,
    truths: list[Path],
    areas: list[Path],
    sources: list[Path],
    thresholds: list[Path],
    clusters: list[Path],
    filled: list[Path],
    trials: Path,
    settings: dict[str, Any],
    detectors: Path,
    stamp: Stamp,
) -> None:
    """Score each detector in each scene; places that move with too few points are left out.

    ``network`` takes the windows of all networks of a scene. A scene is searched where the map of a
    look is filled. Trials stand below the scenes, all of a case together.
    """
    tables = []
    for path in truths:
        scene, truth = path.parent, read_layer(path, "truth")
        truth = truth[truth["n_points"] >= settings["min_points"]]
        searched_km2 = _filled_km2([place for place in filled if place.parent.parent == scene])
        layers = [
            place for place in (*areas, *sources, *thresholds, *clusters) if place.parent == scene
        ]
        for name, polygons in _areas_in(layers).items():
            match = MatchSettings.from_config(settings)
            scores = object_scores(polygons, truth, searched_km2, match)
            scores.insert(0, "detector", name)
            scores.insert(0, "scene", scene.name)
            tables.append(scores)
    table = pd.concat([*tables, trials_as_scenes(read_table(trials))], ignore_index=True)
    write_table(detectors, table, stamp)
    logging.info("SIMULATED\n%s", table.to_string())


def _filled_km2(maps: list[Path]) -> float:
    """Ground that is filled in any of some maps of one grid."""
    grids = [read_raster(path) for path in maps]
    is_filled = np.logical_or.reduce([np.isfinite(grid.values) for grid in grids])
    return float(is_filled.sum() * grids[0].pixel_m ** 2 / 1e6)


def _areas_in(paths: list[Path]) -> dict[str, geopandas.GeoDataFrame]:
    """Areas of one scene by detector."""
    files = {path.stem: path for path in paths}
    networks = {
        f"network_{stem.removeprefix('areas_')}": read_layer(path, "windows")
        for stem, path in files.items() if stem.startswith("areas_")
    }  # fmt: skip
    if len(networks) > 1:
        networks["network"] = pd.concat(networks.values(), ignore_index=True)
    others = {"sources": read_layer(files["sources"], "areas")}
    for name in ("slow", "medium", "fast"):
        others[f"threshold_{name}"] = read_layer(files["thresholds"], name)
    return {**networks, **others, "clustering": read_layer(files["clusters"], "areas")}


if __name__ == "__main__":
    run_job(tabulate_detectors, snakemake)  # type: ignore[name-defined]  # noqa: F821
