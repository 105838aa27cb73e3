"""Variogram of one look of a scene (paper §II-B, Fig. 1)."""

import logging
from pathlib import Path

import numpy as np

from groundmotion.aliases import Bounds
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_json
from groundmotion.grid import grid_over, rasterise
from groundmotion.variogram import model
from groundmotion.variogram.intervals import VariogramSettings, block_intervals
from groundmotion.variogram.model import PARAMETERS
from groundmotion.variogram.pairs import empirical_variogram
from groundmotion.variogram.preparation import remove_plane, usable_lag_km, without_outliers
from groundmotion.workflow.job import run_job


def fit_variogram(
    *,
    points: Path,
    bounds: Bounds,
    pixel_m: float,
    settings: dict[str, float],
    variogram: Path,
    stamp: Stamp,
) -> None:
    """Fit nugget + exponential to all pairs of points, with intervals."""
    table, _, _ = read_point_table(points)
    east, north, velocity = (
        table[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr")
    )
    values, _ = rasterise(east, north, velocity, *grid_over(bounds, pixel_m))
    background = without_outliers(values, settings["max_deviation_mm_yr"])
    if settings["remove_plane"]:
        background = remove_plane(background)
    lag_km = usable_lag_km(background, pixel_m, settings["max_lag_km"])
    empirical = empirical_variogram(background, pixel_m, lag_km, settings["bin_km"])
    fit = model.fit_variogram(empirical)
    binning = VariogramSettings(
        lag_km, settings["bin_km"], int(settings["blocks"]), settings["confidence"]
    )
    bins = zip(empirical.lag_km, empirical.gamma_mm2_yr2, empirical.n_pairs, strict=True)
    content = {
        **{name: getattr(fit, name) for name in PARAMETERS},
        "on_bound": list(fit.on_bound),
        "intervals": block_intervals(background, pixel_m, binning),
        "confidence": settings["confidence"],
        "n_points": int(np.isfinite(background).sum()),
        "max_lag_km": lag_km,
        "pixel_m": pixel_m,
        "bins": [
            {"lag_km": float(lag), "gamma_mm2_yr2": float(gamma), "n_pairs": int(pairs)}
            for lag, gamma, pairs in bins
        ],
    }
    write_json(variogram, content, stamp)
    if fit.on_bound:
        logging.warning("the fit sits on a bound of %s", ", ".join(fit.on_bound))
    logging.info("%s", {name: round(getattr(fit, name), 3) for name in PARAMETERS})


if __name__ == "__main__":
    run_job(fit_variogram, snakemake)  # type: ignore[name-defined]  # noqa: F821
