"""Compare the fills on simulated maps whose truth is known."""

import functools
import logging
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.synthesis.interpolation_maps import (
    TRIAL_COLUMNS,
    TrialSettings,
    draw_bowl_map,
    try_fills,
)
from groundmotion.workflow.job import run_job


def tabulate_interpolation(
    *,
    fills: dict[str, Any],
    variogram: dict[str, float],
    settings: dict[str, Any],
    poisson_ratio: float,
    seed: int,
    table: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill D + T + spikes at clustered points; the truth is D + T."""
    trial = TrialSettings.from_config(settings, poisson_ratio)
    cases = list(product(settings["densities"], settings["bowls_m"], settings["seeds"]))
    rngs = [np.random.default_rng(np.random.SeedSequence([seed, number])) for *_, number in cases]
    bowl_maps = [
        draw_bowl_map(trial, density, width_m, rng)
        for (density, width_m, _), rng in zip(cases, rngs, strict=True)
    ]
    score = functools.partial(
        try_fills, settings["fills"], fills, variogram, regional=trial.regional
    )
    with ProcessPoolExecutor(threads) as processes:
        map_scores = list(tqdm(processes.map(score, bowl_maps), total=len(cases), unit=" maps"))
    rows = [
        {**row, "density": density, "bowl_m": width_m, "seed": number}
        for (density, width_m, number), scores in zip(cases, map_scores, strict=True)
        for row in scores
    ]
    frame = pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))
    write_table(table, frame, stamp)
    logging.info("SIMULATED, RMSE\n%s", frame.groupby("fill")["rmse_mm_yr"].mean().round(3))


if __name__ == "__main__":
    run_job(tabulate_interpolation, snakemake)  # type: ignore[name-defined]  # noqa: F821
