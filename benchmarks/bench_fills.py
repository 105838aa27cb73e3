"""Measure the fills: time, peak memory, growth with size, next to other libraries.

    PYTHONPATH=scripts python benchmarks/bench_fills.py results/benchmarks/fills.csv

Every case runs in a process of its own, so that memory peaks are its own; the first call, which
loads compiled code, is not timed. Opponents that are not installed (``requirements-bench.txt``)
are left out. ``extrapolated``: time per iteration at this size × iterations of a 600² map (224²
with ``--quick``) of the same density.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from groundmotion.interpolation import Covariance, FillSettings, fill, kriging_with_std
from groundmotion.interpolation.delaunay import delaunay, interpolate
from groundmotion.interpolation.matrix_completion import algorithm_1
from groundmotion.noise import CorrelatedField, SettlementSettings, clustered_density, draw_mask

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
COVARIANCE = Covariance(nugget=0.95, a=1.25, b_per_km=1.2, pixel_m=10.0)
SETTINGS = FillSettings.from_config(CONFIG["interpolation"], COVARIANCE)
COLUMNS = (
    "case", "method", "size_px", "density", "threads", "seconds", "peak_mb", "ratio",
    "max_abs_diff", "extrapolated",
)  # fmt: skip
BATCH = 64
Map = NDArray[np.float32]


def simulate(size_px: int, density: float, seed: int) -> Map:
    """Atmosphere and spikes at clustered points."""
    rng = np.random.default_rng(np.random.SeedSequence([size_px, round(1e4 * density), seed]))
    shape, tile = (size_px, size_px), min(size_px, 1250)
    field = CorrelatedField((tile, tile), 10.0, COVARIANCE.a, COVARIANCE.b_per_km).draw(rng)
    field = np.pad(field, (0, size_px - tile), mode="symmetric")[:size_px, :size_px]
    country = CONFIG["compare_fills"]["country"]
    share = clustered_density(shape, 10.0, rng, SettlementSettings(density, **country))
    values = field + rng.normal(0, np.sqrt(COVARIANCE.nugget), shape)
    return np.where(draw_mask(share, rng), values, np.nan).astype(np.float32)


def reference_iterations(size_px: int, density: float) -> int:
    """Singular value decompositions that Algorithm 1 needs for one map."""
    return sum(run_reference(simulate(size_px, density, 1), 200)[1])


def run_reference(values: Map, most: int) -> tuple[NDArray[np.float64], list[int]]:
    """Algorithm 1 from its own starting point."""
    from dataclasses import replace

    how = replace(SETTINGS.matrix_completion, max_inner_iterations=most)
    return algorithm_1(values, delaunay(values[None], SETTINGS.delaunay, 1)[0], how)


def seconds_per_iteration(values: Map) -> float:
    """One inner step of Algorithm 1: its SVD, its filter and the SVD of its loss."""
    from groundmotion.interpolation import matrix_completion as algorithm
    from groundmotion.interpolation.diffusion import gaussian

    x = np.nan_to_num(values.astype(np.float64))
    begun = time.perf_counter()
    x = gaussian(algorithm._shrink(x, 1.0, 0.8), SETTINGS.matrix_completion.sigma_px)
    algorithm._norm(x, SETTINGS.matrix_completion)
    return time.perf_counter() - begun


def scipy_delaunay(values: Map) -> NDArray[np.floating]:
    """SciPy's triangulation and interpolator (Qhull)."""
    from scipy.interpolate import LinearNDInterpolator

    known = ~np.isnan(values)
    interpolator = LinearNDInterpolator(np.argwhere(known), values[known])
    return np.asarray(interpolator(*np.indices(values.shape)))


def gstools_kriging(values: Map) -> NDArray[np.floating]:
    """Ordinary kriging by a dense solve."""
    import gstools

    known = ~np.isnan(values)
    model = gstools.Exponential(
        dim=2, var=COVARIANCE.a, len_scale=1 / COVARIANCE.b_per_km, nugget=COVARIANCE.nugget
    )
    place = np.argwhere(known).T * 0.01
    solver = gstools.krige.Ordinary(model, place, values[known], exact=False, cond_err="nugget")
    row, col = np.indices(values.shape) * 0.01
    return np.asarray(solver((row.ravel(), col.ravel()), return_var=False)).reshape(values.shape)


def soft_impute(values: Map) -> NDArray[np.floating]:
    """Fancyimpute's matrix completion, which knows no neighbourhood."""
    from fancyimpute import SoftImpute

    return np.asarray(SoftImpute(verbose=False).fit_transform(values))


METHODS: dict[str, Callable[[Map, int], NDArray[np.floating]]] = {
    "matrix_completion_reference": lambda values, _: run_reference(values, 200)[0],
    "matrix_completion_fast": lambda v, threads: fill("matrix_completion", v, SETTINGS, threads),
    "delaunay": lambda values, _: interpolate(values[None], SETTINGS.delaunay, 1)[0],
    "delaunay_scipy": lambda values, _: scipy_delaunay(values),
    "normalised_convolution": lambda values, threads: fill(
        "normalised_convolution", values, SETTINGS, threads
    ),
    "multiscale_convolution": lambda values, threads: fill(
        "multiscale_convolution", values, SETTINGS, threads
    ),
    "kriging": lambda values, threads: kriging_with_std(values, SETTINGS, threads)[0],
    "gstools": lambda values, _: gstools_kriging(values),
    "fancyimpute": lambda values, _: soft_impute(values),
}


def measure(method: str, size_px: int, density: float, threads: int, batch: bool) -> dict[str, Any]:
    """Run one method here; seconds are per map."""
    if method != "matrix_completion_reference":  # loads compiled code
        METHODS[method](simulate(64, max(density, 0.05), 0), threads)
    one = simulate(size_px, density, 1)
    values = np.stack([simulate(size_px, density, n) for n in range(BATCH)]) if batch else one
    begun = time.perf_counter()
    filled = METHODS[method](values, threads)
    seconds = time.perf_counter() - begun
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(_saved(method, size_px, density), filled[1] if batch else filled)
    return {"seconds": seconds / (BATCH if batch else 1), "peak_mb": peak_kb / 1024}


def _saved(method: str, size_px: int, density: float) -> Path:
    import tempfile

    return Path(tempfile.gettempdir()) / f"bench_fills_{method}_{size_px}_{density}.npy"


def compare(row: dict[str, Any], opponent: dict[str, Any] | None) -> dict[str, Any]:
    """Add the ratio and the largest difference from the reference or library of the same case."""
    if opponent is None:
        return {**row, "ratio": np.nan, "max_abs_diff": np.nan}
    ratio = opponent["seconds"] / row["seconds"]
    files = [_saved(each["method"], row["size_px"], row["density"]) for each in (row, opponent)]
    difference = np.nan
    if not opponent["extrapolated"] and all(file.exists() for file in files):
        one, other = (np.load(file) for file in files)
        difference = float(np.nanmax(np.abs(one - other)))
    return {**row, "ratio": ratio, "max_abs_diff": difference}


def cases(quick: bool) -> list[tuple[str, list[str], int, float, int]]:
    """Name, methods (the first is what the others are compared with), size, density, threads."""
    tile = 600 if quick else 2500
    listed: list[tuple[str, list[str], int, float, int]] = [
        ("example", ["matrix_completion_reference", "matrix_completion_fast"], 224, density, 1)
        for density in (0.01, 0.03, 0.05, 0.10, 0.25)
    ]
    listed += [("batch", ["matrix_completion_fast"], 224, 0.05, 2)]
    listed += [("example", ["fancyimpute"], 224, 0.05, 1)]
    listed += [
        ("triangulation", ["delaunay_scipy", "delaunay"], size, density, 1)
        for size in (224, tile)
        for density in (0.05, 0.25)
    ]
    listed += [("kriging", ["gstools", "kriging"], 100, 0.05, 1)]
    listed += [
        ("growth", [method], size, 0.05, 2)
        for size in ((224, 600) if quick else (224, 600, 1250, 2500, 5000))
        for method in METHODS
        if method in {"matrix_completion_fast", "delaunay", "kriging"} or "convolution" in method
    ]
    return listed


def main() -> None:
    """Run every case in a process of its own and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--quick", action="store_true", help="small maps only")
    parser.add_argument("--one", help="(internal) one measurement, as JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(**json.loads(arguments.one))))
        return
    rows: list[dict[str, Any]] = []
    for case, methods, size_px, density, threads in cases(arguments.quick):
        opponent = None
        for method in methods:
            asked = {"method": method, "size_px": size_px, "density": density, "threads": threads}
            asked["batch"] = case == "batch"
            command = [sys.executable, __file__, "-", "--one", json.dumps(asked)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{method}: left out: {done.stderr.strip().splitlines()[-1]}")
                continue
            measured = json.loads(done.stdout.strip().splitlines()[-1])
            row = {"case": case, **asked, **measured, "extrapolated": False}
            row = compare(row, opponent)
            opponent = opponent or row
            rows.append({key: row[key] for key in COLUMNS})
            print({key: rows[-1][key] for key in COLUMNS[:9]}, flush=True)
    rows += tile_against_reference(rows, 600 if arguments.quick else 2500, arguments.quick)
    arguments.table.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(arguments.table, index=False)


def tile_against_reference(
    rows: list[dict[str, Any]], size_px: int, quick: bool
) -> list[dict[str, Any]]:
    """Extrapolate what Algorithm 1 would take for a tile, and what the fast form saves."""
    counted = reference_iterations(224 if quick else 600, 0.05)
    seconds = counted * seconds_per_iteration(simulate(size_px, 0.05, 1))
    reference = {
        "case": "tile", "method": "matrix_completion_reference", "size_px": size_px,
        "density": 0.05, "threads": 1, "seconds": seconds, "peak_mb": np.nan, "ratio": np.nan,
        "max_abs_diff": np.nan, "extrapolated": True,
    }  # fmt: skip
    fast = next(
        row
        for row in rows
        if (row["case"], row["method"], row["size_px"])
        == ("growth", "matrix_completion_fast", size_px)
    )
    return [reference, {**compare(fast, reference), "case": "tile"}]


if __name__ == "__main__":
    main()
