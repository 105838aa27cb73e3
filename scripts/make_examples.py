"""Draw the synthetic examples of one split of a data set (paper §III-B)."""

import functools
import logging
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from groundmotion import artefacts, synthesis
from groundmotion.grid import grid_over, rasterise
from groundmotion.job import run_job
from groundmotion.noise import spike_values
from groundmotion.provenance import Stamp

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
    pool = [spike_values(_velocity_map(path, spike_scene)) for path in spikes if spike_scene]
    settings = synthesis.settings_from_config(law, np.concatenate(pool) if pool else None)
    seen = {path.stem: np.isfinite(_velocity_map(path, mask_scene)) for path in masks}
    patterns = synthesis.masks_of(masks[0].parent.name, seen, band, split, settings.size_px)
    mixed = synthesis.shifts_from_config(mixture["names"], mixture["numbers"])
    draw = functools.partial(
        synthesis.draw_observations, settings, patterns, seed, split,
        mixture={} if list(mixed) == [synthesis.UNCHANGED] else mixed,
    )  # fmt: skip
    chunks = [range(i, min(i + CHUNK, 2 * per_class)) for i in range(0, 2 * per_class, CHUNK)]
    one_thread = functools.partial(threadpool_limits, limits=1, user_api="blas")
    with ProcessPoolExecutor(threads, initializer=one_thread) as processes:
        parts = list(tqdm(processes.map(draw, chunks), total=len(chunks), unit=" chunks"))
    rows = [row for part in parts for row in part[0]]
    arrays = synthesis.packed([part[1] for part in parts], [part[2] for part in parts])
    extra = {"size_px": settings.size_px, "pixel_m": settings.pixel_m}
    artefacts.write_arrays(observations, arrays, stamp, extra)
    artefacts.write_frame(examples, pd.DataFrame(rows), stamp)
    logging.info("%d examples, %d points", len(rows), len(arrays["values"]))


def _velocity_map(points: Path, scene: dict[str, Any]) -> np.ndarray:
    table, _, _ = artefacts.read_points(points)
    columns = [table[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr")]
    east, north, velocity = columns
    return rasterise(east, north, velocity, *grid_over(scene["bounds"], scene["pixel_m"]))[0]


if __name__ == "__main__":
    run_job(make_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
