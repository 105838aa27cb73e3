"""Fill one simulated map in every way, to look at."""

from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.synthesis.interpolation_maps import TrialSettings, draw_bowl_map
from groundmotion.workflow.job import run_job


def fill_interpolation_map(
    *,
    fills: dict[str, Any],
    variogram: dict[str, float],
    settings: dict[str, Any],
    poisson_ratio: float,
    seed: int,
    maps: Path,
    stamp: Stamp,
) -> None:
    """Keep truth, points, every fill and the standard deviation of kriging."""
    example, trial = settings["shown"], TrialSettings.from_config(settings, poisson_ratio)
    rng = np.random.default_rng(np.random.SeedSequence([seed, example["seed"]]))
    bowl_map = draw_bowl_map(trial, example["density"], example["bowl_m"], rng)
    pixel_m = settings["pixel_m"]
    covariance = fitted_covariance(bowl_map.sparse, pixel_m, variogram)
    arrays = {
        "truth": bowl_map.truth,
        "points": bowl_map.sparse,
        "std": Filler.from_config("kriging", fills, pixel_m, covariance).std(bowl_map.sparse),
    }
    arrays |= {
        name: Filler.from_config(name, fills, pixel_m, covariance)(bowl_map.sparse)
        for name in example["fills"]
    }
    single = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
    write_arrays(maps, single, stamp, {"pixel_m": pixel_m, **example})


if __name__ == "__main__":
    run_job(fill_interpolation_map, snakemake)  # type: ignore[name-defined]  # noqa: F821
