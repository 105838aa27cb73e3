"""What observers who know the law of the examples say of one split of a data set."""

import functools
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame
from groundmotion.constants import SENTINEL1_UK
from groundmotion.limits.deciding import accuracy, largest_velocity
from groundmotion.limits.observing import ObserverSettings, observe
from groundmotion.limits.reduction import Observations
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.law import settings_from_config
from groundmotion.workflow.job import run_job


def observe_examples(
    *,
    examples: Path,
    observations: Path,
    law: dict[str, Any],
    settings: dict[str, Any],
    per_class: int,
    seed: int,
    observed: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Judge the first examples of each class by every observer."""
    rows = read_frame(examples).groupby("label").head(per_class).sort_values("index")
    arrays = read_arrays(observations)
    jobs = []
    for row in rows.to_dict("records"):
        points = slice(*(int(i) for i in arrays["start"][row["index"] : row["index"] + 2]))
        jobs.append((row, arrays["values"][points], arrays["cell"][points]))
    judge = functools.partial(_judge, law=law, settings=settings, seed=seed)
    one_thread = functools.partial(threadpool_limits, limits=1, user_api="blas")
    with ProcessPoolExecutor(threads, initializer=one_thread) as processes:
        verdicts = pd.DataFrame(tqdm(processes.map(judge, jobs), total=len(jobs), unit=" examples"))
    write_frame(observed, verdicts, stamp)
    score = accuracy(verdicts["label"], verdicts["log_likelihood_ratio"] > 0)
    error = score.standard_error
    logging.info("accuracy %.4f ± %.4f, %d examples", score.value, error, score.count)


def _judge(
    job: tuple[Mapping[str, Any], np.ndarray, np.ndarray],
    law: dict[str, Any],
    settings: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    row, values, cells = job
    start, chances = time.process_time(), settings_from_config(law, None)
    rows, cols = np.divmod(cells.astype(np.int64), chances.size_px)
    noise = NoiseModel(row["a"], row["b_per_km"], row["nugget"])
    data = Observations(values, rows, cols, chances.pixel_m, noise)
    precision = ObserverSettings.from_config(settings)
    seeds = np.random.SeedSequence([seed, row["index"]])
    verdict = observe(data, SENTINEL1_UK[row["look"]], chances, precision, seeds)
    sparse = np.full((chances.size_px, chances.size_px), np.nan, np.float32)
    sparse[rows, cols] = values
    return {
        "index": row["index"], "label": row["label"], **vars(verdict),
        "threshold": largest_velocity(sparse), "seconds": time.process_time() - start,
    }  # fmt: skip


if __name__ == "__main__":
    run_job(observe_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
