"""Recall by velocity, and the velocity that it takes to be seen, by size and density."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_table
from groundmotion.deformation import point_source_depth
from groundmotion.scores.recall import DetectabilitySettings, tabulate_detector
from groundmotion.workflow.job import run_job

OBSERVERS = {"limit": "log_likelihood_ratio", "matched filter": "matched_filter"}


def tabulate_detectability(
    *,
    examples: list[Path],
    observed: list[Path],
    scores: list[Path],
    arms: list[dict[str, Any]],
    radius_fraction: float,
    settings: dict[str, Any],
    table: Path,
    recalls: Path,
    stamp: Stamp,
) -> None:
    """Judge each detector at the same rate of false alarms; fit recall within each class.

    ``examples``, ``observed`` and ``scores`` hold one file for each of ``arms``.
    """
    classes, velocity_rows, recall_rows = DetectabilitySettings(**settings), [], []
    for detector, rows, statistic in _detectors(examples, observed, scores, arms):
        frame = rows.merge(statistic, on="index").assign(size_m=_size_m(rows, radius_fraction))
        velocities, counts = tabulate_detector(frame, classes)
        velocity_rows += [{**detector, **row} for row in velocities]
        recall_rows += [{**detector, **row} for row in counts]
        hits, total = (sum(row[key] for row in counts) for key in ("found", "n"))
        logging.info("%s: %d found of %d", detector, hits, total)
    write_table(table, pd.DataFrame(velocity_rows), stamp)
    write_table(recalls, pd.DataFrame(recall_rows), stamp)


def _detectors(
    examples: list[Path], observed: list[Path], scores: list[Path], arms: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]]:
    """Each network, and before it the observers, once for each kind of source and pixel size."""
    kinds = set()
    for arm, path, verdict_path, score_path in zip(arms, examples, observed, scores, strict=True):
        rows, kind = read_frame(path), {k: arm[k] for k in ("source", "pixel_m")}
        if tuple(kind.values()) not in kinds:
            kinds.add(tuple(kind.values()))
            verdicts = read_frame(verdict_path)
            for name, column in OBSERVERS.items():
                statistic = verdicts[["index", column]].rename(columns={column: "score"})
                yield {**kind, "detector": name}, rows, statistic
        statistic = read_frame(score_path)[["index", "probability"]]
        fill = "points" if arm["fill"] == "none" else arm["fill"]
        name = f"{arm['network']} on {fill}".replace("_", " ")
        yield {**kind, "detector": name}, rows, statistic.rename(columns={"probability": "score"})


def _size_m(rows: pd.DataFrame, radius_fraction: float) -> pd.Series:
    """Radius of a bowl, half width of a trough."""
    if "depth_m" in rows:
        return rows["depth_m"] / point_source_depth(1.0, radius_fraction)
    return rows["l_sag_m"] / 2 + rows["l_hog_m"]


if __name__ == "__main__":
    run_job(tabulate_detectability, snakemake)  # type: ignore[name-defined]  # noqa: F821
