"""Draw examples unlike those of training: other noise, other sampling, real backgrounds."""

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
from groundmotion.noise import NoiseModel, spike_values
from groundmotion.provenance import Stamp

CHUNK = 4
Bounds = tuple[float, float, float, float]


def shift_examples(
    *,
    masks: list[Path],
    mask_scene: dict[str, Any],
    spikes: list[Path],
    spike_scene: dict[str, Any] | None,
    background_points: list[Path],
    background_variograms: list[Path],
    background_scenes: list[dict[str, Any]],
    law: dict[str, Any],
    band: tuple[float, float],
    shifts: dict[str, Any],
    per_class: int,
    seed: int,
    examples: Path,
    observations: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Draw the first test examples under every shift, and as many on windows of real scenes."""
    pool = [spike_values(_velocity_map(path, **spike_scene)) for path in spikes if spike_scene]
    settings = synthesis.settings_from_config(law, np.concatenate(pool) if pool else None)
    seen = {path.stem: np.isfinite(_velocity_map(path, **mask_scene)) for path in masks}
    patterns = synthesis.masks_of(masks[0].parent.name, seen, band, "test", settings.size_px)
    real = []
    for path, fitted, scene in zip(
        background_points, background_variograms, background_scenes, strict=True
    ):
        values = _velocity_map(path, scene["bounds"], settings.pixel_m)
        noise = NoiseModel(*(artefacts.read_json(fitted)[n] for n in ("a", "b_per_km", "nugget")))
        real.append(synthesis.Background(scene["scene"], scene["look"], values, noise))
    usable = synthesis.with_windows(settings, real)
    logging.info("real backgrounds: %s", [f"{one.scene}/{one.look}" for one in usable])
    draw = functools.partial(
        synthesis.draw_shifted_observations, settings, patterns, seed, usable,
        synthesis.shifts_from_config(shifts["names"], shifts["numbers"]),
    )  # fmt: skip
    chunks = [range(i, min(i + CHUNK, 2 * per_class)) for i in range(0, 2 * per_class, CHUNK)]
    one_thread = functools.partial(threadpool_limits, limits=1, user_api="blas")
    with ProcessPoolExecutor(threads, initializer=one_thread) as processes:
        parts = list(tqdm(processes.map(draw, chunks), total=len(chunks), unit=" chunks"))
    arrays = synthesis.packed([part[1] for part in parts], [part[2] for part in parts])
    extra = {"size_px": settings.size_px, "pixel_m": settings.pixel_m}
    artefacts.write_arrays(observations, arrays, stamp, extra)
    rows = pd.DataFrame([row for part in parts for row in part[0]])
    artefacts.write_frame(examples, rows, stamp)
    logging.info("%s", rows.groupby("shift")["label"].agg(["size", "sum"]).to_dict("index"))


def _velocity_map(points: Path, bounds: Bounds, pixel_m: float) -> np.ndarray:
    table, names = artefacts.read_points(points)[0], ("easting_m", "northing_m", "velocity_mm_yr")
    east, north, velocity = (table[name].to_numpy() for name in names)
    return rasterise(east, north, velocity, *grid_over(bounds, pixel_m))[0]


if __name__ == "__main__":
    run_job(shift_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
