"""Draw what the other pass sees of the examples of one split of a data set."""

import functools
from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame
from groundmotion.synthesis.observations import second_look_observations
from groundmotion.workflow.examples import in_processes, read_law, read_masks, write_observations
from groundmotion.workflow.job import run_job

CHUNK = 16


def make_second_looks(
    *,
    first: Path,
    masks: list[Path],
    mask_scene: dict[str, Any],
    spikes: list[Path],
    spike_scene: dict[str, Any] | None,
    split: str,
    law: dict[str, Any],
    band: tuple[float, float],
    seed: int,
    examples: Path,
    observations: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Keep each example's source; draw points and noise anew."""
    settings = read_law(law, spikes, spike_scene)
    patterns = read_masks(masks, mask_scene, band, split, settings.size_px)
    draw = functools.partial(
        second_look_observations, settings, patterns, seed, split,
        float(law["poisson_ratio"]),
    )  # fmt: skip
    rows = read_frame(first).to_dict("records")
    parts = in_processes(draw, rows, CHUNK, threads)
    write_observations(parts, settings, (examples, observations), stamp)


if __name__ == "__main__":
    run_job(make_second_looks, snakemake)  # type: ignore[name-defined]  # noqa: F821
