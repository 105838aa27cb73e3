"""Train one network on the examples of one arm (paper §II-A, §IV-A)."""

from pathlib import Path
from typing import Any

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp, sha256_of
from groundmotion.patches.lattice import Lattice, cut_windows
from groundmotion.training.settings import settings_from_config
from groundmotion.training.starts import Start, imagenet_start
from groundmotion.workflow.job import run_job
from groundmotion.workflow.training import train_and_write
from groundmotion.workflow.windows import read_examples


def train_model(
    *,
    examples: list[Path],
    filled: list[Path],
    negatives: list[Path],
    negative_points: list[Path],
    start: list[Path],
    arm: dict[str, Any],
    settings: dict[str, Any],
    imagenet_sha256: str,
    weights: Path,
    model: Path,
    history: Path,
    stamp: Stamp,
) -> None:
    """Train on the first half of ``examples``, validate on the second; go on after a stop."""
    halves = [(part[: len(part) // 2], part[len(part) // 2 :]) for part in (examples, filled)]
    training, validation = (read_examples(*half) for half in zip(*halves, strict=True))
    lattice = Lattice(training.blocks[0].shape[-1], settings["negative_stride_px"])
    for look, points in zip(negatives, negative_points, strict=True):
        values, has_point = (read_raster(path).values for path in (look, points))
        quiet = cut_windows(values, has_point, lattice, settings["min_points"])
        training = training.with_negatives(quiet)
    fit_settings = settings_from_config(arm, settings)
    train_and_write(
        (training, validation),
        fit_settings,
        _start(start[0], imagenet_sha256, fit_settings.image.channels) if start else None,
        settings["device"],
        {"weights": weights, "model": model, "history": history},
        (arm, stamp),
    )


def _start(path: Path, imagenet_sha256: str, channels: int) -> Start:
    if imagenet_sha256:
        return imagenet_start(path.read_bytes(), path.name, imagenet_sha256, channels)
    return Start(read_arrays(path), sha256_of(path))


if __name__ == "__main__":
    run_job(train_model, snakemake)  # type: ignore[name-defined]  # noqa: F821
