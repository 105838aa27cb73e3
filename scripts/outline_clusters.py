"""Outline the areas that the clustering baseline finds."""

import logging
from pathlib import Path
from typing import Any

from groundmotion.areas.clustering import ClusteringSettings, cluster_areas
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.workflow.job import run_job


def outline_clusters(
    *,
    points: list[Path],
    settings: dict[str, Any],
    simulated: bool,
    clusters: Path,
    stamp: Stamp,
) -> None:
    """Write the layer ``areas``: fast points of all looks, joined with their neighbours."""
    read = {path.stem: read_point_table(path) for path in points}
    tables = {look: table for look, (table, *_) in read.items()}
    (_, crs, _), *_ = read.values()
    areas = cluster_areas(tables, ClusteringSettings(**settings), crs)
    data = "SIMULATED" if simulated else "measured"
    write_layers(clusters, {"areas": areas.assign(data=data)}, stamp)
    logging.info("%d clusters of %d points", len(areas), areas["n_points"].sum())


if __name__ == "__main__":
    run_job(outline_clusters, snakemake)  # type: ignore[name-defined]  # noqa: F821
