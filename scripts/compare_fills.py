"""Compare the fills on simulated maps whose truth is known."""

import logging
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from groundmotion import artefacts
from groundmotion.deformation import point_source, point_source_depth
from groundmotion.interpolation import FillSettings, fill
from groundmotion.interpolation.kriging import fitted_covariance
from groundmotion.job import run_job
from groundmotion.noise import CorrelatedField, SettlementSettings, clustered_density, draw_mask
from groundmotion.provenance import Stamp

Maps = NDArray[np.floating]
COLUMNS = ["fill", "density", "bowl_m", "seed", "rmse_mm_yr", "peak_bias_mm_yr", "seconds"]


def compare_fills(
    *,
    interpolation: dict[str, Any],
    variogram: dict[str, float],
    settings: dict[str, Any],
    seed: int,
    table: Path,
    stamp: Stamp,
) -> None:
    """Fill D + T + spikes at clustered points; the truth is D + T.

    Kriging fits its variogram on the same points. ``spike_gain``: rms of the change that the
    spikes make, over their own.
    """
    rows = []
    for case in product(settings["densities"], settings["bowls_m"], settings["seeds"]):
        truth, bowl, spikes = _simulate(*case, settings, seed)
        fitted = fitted_covariance(truth + spikes, settings["pixel_m"], variogram)
        how = FillSettings.from_config(interpolation, fitted)
        centre = np.unravel_index(np.argmin(bowl), bowl.shape)
        for name in settings["fills"]:
            quiet = fill(name, np.where(np.isnan(spikes), np.nan, truth), how)
            begun = time.perf_counter()
            filled = fill(name, truth + spikes, how)
            seconds = time.perf_counter() - begun
            bias = filled[centre] - truth[centre] if case[1] else np.nan
            rms, gain = _rms(filled - truth), _rms(filled - quiet) / _rms(spikes[~np.isnan(spikes)])
            rows.append((name, *case, rms, bias, seconds, gain))
    made = pd.DataFrame(rows, columns=[*COLUMNS, "spike_gain"])
    artefacts.write_table(table, made, stamp)
    logging.info("SIMULATED, RMSE\n%s", made.groupby("fill")["rmse_mm_yr"].mean())


def _rms(values: Maps) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _simulate(
    density: float, bowl_m: float, number: int, settings: dict[str, Any], seed: int
) -> tuple[Maps, Maps, Maps]:
    """Truth D + T, the bowl D alone, and spikes: NaN where there is no point."""
    shape, pixel_m = (settings["size_px"],) * 2, settings["pixel_m"]
    rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
    noise, country = settings["noise"], settings["country"]
    truth = CorrelatedField(shape, pixel_m, noise["a_mm2_yr2"], noise["b_per_km"]).draw(rng)
    spikes = rng.normal(0, np.sqrt(noise["nugget_mm2_yr2"]), shape)
    row, col = np.indices(shape) - rng.uniform(0.35, 0.65, (2, 1, 1)) * shape[0]
    depth_m = point_source_depth(max(bowl_m, 1.0) / 2, 0.5)  # bowl_m: full width at half depth
    up = point_source(col * pixel_m, -row * pixel_m, depth_m, -1.0, 0.25)[2]
    bowl = settings["peak_mm_yr"] * (bowl_m > 0) * up / np.abs(up).max()
    share = clustered_density(shape, pixel_m, rng, SettlementSettings(density, **country))
    return truth + bowl, bowl, np.where(draw_mask(share, rng), spikes, np.nan)


if __name__ == "__main__":
    run_job(compare_fills, snakemake)  # type: ignore[name-defined]  # noqa: F821
