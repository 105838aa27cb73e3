"""Draw the synthetic interferograms of one split (Anantrasirichai et al. 2019, §2.2)."""

import functools
import logging
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_frame
from groundmotion.synthesis import volcanoes
from groundmotion.workflow.job import run_job

CHUNK = 16


def make_volcanoes(
    *,
    split: str,
    law: dict[str, Any],
    poisson_ratio: float,
    per_class: int,
    seed: int,
    examples: Path,
    displacement: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Draw half the interferograms with deformation and half without, each from its own seed."""
    settings = volcanoes.settings_from_config(law, poisson_ratio)
    draw = functools.partial(volcanoes.draw_volcanoes, settings, seed, split)
    chunks = [range(i, min(i + CHUNK, 2 * per_class)) for i in range(0, 2 * per_class, CHUNK)]
    one_thread = functools.partial(threadpool_limits, limits=1, user_api="blas")
    with ProcessPoolExecutor(threads, initializer=one_thread) as processes:
        parts = list(tqdm(processes.map(draw, chunks), total=len(chunks), unit=" chunks"))
    maps = np.concatenate([part[1] for part in parts])
    extra = {"size_px": settings.size_px, "pixel_m": settings.pixel_m}
    write_arrays(displacement, {"displacement": maps}, stamp, extra)
    write_frame(examples, pd.DataFrame([r for part in parts for r in part[0]]), stamp)
    logging.info("%d interferograms", len(maps))


if __name__ == "__main__":
    run_job(make_volcanoes, snakemake)  # type: ignore[name-defined]  # noqa: F821
