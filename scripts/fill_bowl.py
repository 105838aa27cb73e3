"""Fill one simulated map in every way, to look at."""

from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.interpolation.fills import fill, kriging_std
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.interpolation.settings import FillSettings
from groundmotion.synthesis.fill_trials import TrialSettings, draw_bowl_map
from groundmotion.workflow.job import run_job


def fill_bowl(
    *,
    interpolation: dict[str, Any],
    variogram: dict[str, float],
    settings: dict[str, Any],
    poisson_ratio: float,
    seed: int,
    maps: Path,
    stamp: Stamp,
) -> None:
    """Keep truth, points, every fill and the standard deviation of kriging."""
    shown, trial = settings["shown"], TrialSettings.from_config(settings, poisson_ratio)
    rng = np.random.default_rng(np.random.SeedSequence([seed, shown["seed"]]))
    drawn = draw_bowl_map(trial, shown["density"], shown["bowl_m"], rng)
    fitted = fitted_covariance(drawn.observed, settings["pixel_m"], variogram)
    how = FillSettings.from_config(interpolation, fitted)
    arrays = {
        "truth": drawn.truth,
        "points": drawn.observed,
        "std": kriging_std(drawn.observed, how),
    }
    arrays |= {name: fill(name, drawn.observed, how) for name in shown["fills"]}
    kept = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
    write_arrays(maps, kept, stamp, {"pixel_m": settings["pixel_m"], **shown})


if __name__ == "__main__":
    run_job(fill_bowl, snakemake)  # type: ignore[name-defined]  # noqa: F821
