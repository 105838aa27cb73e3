"""Draw the synthetic examples of one split of a data set (paper §III-B)."""

import functools
from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.names import UNCHANGED
from groundmotion.synthesis.observations import draw_observations
from groundmotion.synthesis.shifting import shifts_from_config
from groundmotion.workflow.examples import in_processes, read_law, read_masks, write_observations
from groundmotion.workflow.job import run_job

CHUNK = 16


def make_examples(
    *,
    masks: list[Path],
    mask_scene: dict[str, Any],
    spikes: list[Path],
    spike_scene: dict[str, Any] | None,
    split: str,
    law: dict[str, Any],
    band: tuple[float, float],
    per_class: int,
    mixture: dict[str, Any],
    seed: int,
    examples: Path,
    observations: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Draw half the examples with deformation and half without, each from its own seed."""
    settings = read_law(law, spikes, spike_scene)
    patterns = read_masks(masks, mask_scene, band, split, settings.size_px)
    shifts = shifts_from_config(mixture["names"], mixture["numbers"])
    draw = functools.partial(
        draw_observations, settings, patterns, seed, split,
        mixture={} if list(shifts) == [UNCHANGED] else shifts,
    )  # fmt: skip
    parts = in_processes(draw, range(2 * per_class), CHUNK, threads)
    write_observations(parts, settings, (examples, observations), stamp)


if __name__ == "__main__":
    run_job(make_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
