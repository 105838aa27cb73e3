"""Hold out real points and see which fill predicts them best."""

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.names import FILLS
from groundmotion.workflow.job import run_job


def tabulate_interpolation_real(
    *,
    velocities: list[Path],
    fills: dict[str, Any],
    variogram: dict[str, float],
    settings: dict[str, Any],
    seed: int,
    table: Path,
    stamp: Stamp,
) -> None:
    """Fill from the other points; compare with the held-out ones, spikes and all.

    Kriging fits its variogram on the points that it fills from.
    """
    rows = []
    for path in velocities:
        grid = read_raster(path)
        velocity = np.asarray(grid.values)
        points = np.flatnonzero(~np.isnan(velocity))
        for number in settings["seeds"]:
            rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
            test_points = rng.choice(
                points, round(settings["held_out_share"] * points.size), replace=False
            )
            sparse = velocity.copy()
            sparse.flat[test_points] = np.nan
            covariance = fitted_covariance(sparse, grid.pixel_m, variogram)
            for name in filter(FILLS.__contains__, settings["fills"]):
                filler = Filler.from_config(name, fills, grid.pixel_m, covariance)
                start = time.perf_counter()
                error = filler(sparse).flat[test_points] - velocity.flat[test_points]
                rows.append(
                    {
                        "scene": path.parts[-3],
                        "look": path.parts[-2],
                        "fill": name,
                        "seed": number,
                        "held_out": test_points.size,
                        "rmse_mm_yr": float(np.sqrt(np.mean(error.astype(np.float64) ** 2))),
                        "median_error_mm_yr": float(np.median(np.abs(error))),
                        "seconds": time.perf_counter() - start,
                    }
                )
    frame = pd.DataFrame(rows)
    write_table(table, frame, stamp)
    mean = frame.pivot_table("rmse_mm_yr", ["scene", "look"], "fill", sort=False)
    logging.info("RMSE at held-out points, mm/yr\n%s", mean.round(3).to_string())


if __name__ == "__main__":
    run_job(tabulate_interpolation_real, snakemake)  # type: ignore[name-defined]  # noqa: F821
