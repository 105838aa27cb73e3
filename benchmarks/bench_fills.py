"""Measure the fills: time, peak memory, growth with size, next to other libraries.

    PYTHONPATH=scripts python benchmarks/bench_fills.py results/benchmarks/fills.csv

Every measurement runs in a process of its own, so that memory peaks are its own; the first call,
which loads compiled code, is not timed. Within a case the first method is the one that the others'
``ratio``, ``max_abs_diff`` and ``rms_diff`` (mm/yr) are against. ``extrapolated``: seconds per
iteration measured at this size × iterations counted at 600² and the same density.

Finished measurements are kept beside the table until it is complete: a run that was stopped goes
on where it was. ``--cases`` and ``--methods`` measure some only and keep the table's other rows.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import read_table, write_table
from groundmotion.interpolation import matrix_completion
from groundmotion.interpolation.delaunay import delaunay, interpolate
from groundmotion.interpolation.diffusion import gaussian
from groundmotion.interpolation.filler import Filler, module_of
from groundmotion.interpolation.median import nan_median_3x3
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.names import FILLS
from groundmotion.noise.model import CorrelatedField
from groundmotion.synthesis.settlements import SettlementSettings, clustered_density, draw_mask

ROOT = Path(__file__).parents[1]
OPPONENTS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
COVARIANCE = Covariance(nugget=0.95, a=1.25, b_per_km=1.2, pixel_m=10.0)
# Standard deviations as at the paper's size, whatever the default takes.
CONFIG["fills"]["kriging"]["error_cell"] = 0.04
SETTINGS = FillSettings.from_config(CONFIG["fills"])
COLUMNS = [
    "case", "method", "size_px", "density", "threads", "seconds", "peak_mb", "ratio",
    "max_abs_diff", "extrapolated", "rms_diff", "maps",
]  # fmt: skip
CONVOLUTIONS = ("normalised_convolution", "multiscale_convolution")
REFERENCE, FAST = "matrix_completion_reference", "matrix_completion_fast"
Map = NDArray[np.floating]


@dataclass(frozen=True)
class Case:
    """Methods measured on the same maps; ``maps`` of them, together where ``batch`` is set."""

    name: str
    methods: tuple[str, ...]
    size_px: int
    density: float
    threads: int
    maps: int = 1
    batch: bool = False

    @property
    def label(self) -> str:
        """Name of its files."""
        return f"{self.name}_{self.methods[0]}_{self.size_px}_{self.density}_{self.threads}"


def simulate(size_px: int, density: float, seed: int) -> Map:
    """Atmosphere and spikes at clustered points."""
    rng = np.random.default_rng(np.random.SeedSequence([size_px, round(1e4 * density), seed]))
    shape, tile = (size_px, size_px), min(size_px, 1250)
    field = CorrelatedField((tile, tile), 10.0, COVARIANCE.a, COVARIANCE.b_per_km).draw(rng)
    for axis in (0, 1):  # larger maps are mirrored, which keeps the field continuous
        while field.shape[axis] < size_px:
            field = np.concatenate([field, np.flip(field, axis)], axis)
    country = CONFIG["interpolation"]["country"]
    share = clustered_density(shape, 10.0, rng, SettlementSettings(density, **country))
    values = field[:size_px, :size_px] + rng.normal(0, np.sqrt(COVARIANCE.nugget), shape)
    return np.where(draw_mask(share, rng), values, np.nan).astype(np.float32)


def run_reference(values: Map) -> tuple[Map, list[int]]:
    """Algorithm 1 from its own starting point, and its iterations."""
    start = delaunay(values[None], SETTINGS.delaunay, 1)[0]
    return matrix_completion.algorithm_1(values, start, SETTINGS.matrix_completion)


def scipy_delaunay(values: Map) -> Map:
    """SciPy's triangulation (Qhull) and interpolator."""
    from scipy.interpolate import LinearNDInterpolator

    known = ~np.isnan(values)
    interpolator = LinearNDInterpolator(np.argwhere(known), values[known])
    return np.asarray(interpolator(*np.indices(values.shape)))


def stacked_median(values: Map) -> Map:
    """NumPy's nanmedian of nine shifted copies."""
    rows, cols = values.shape
    wide = np.pad(values, 1, constant_values=np.nan)
    copies = [wide[i : i + rows, j : j + cols] for i in range(3) for j in range(3)]
    with np.errstate(all="ignore"):
        return np.where(np.isnan(values), np.nan, np.nanmedian(np.stack(copies), axis=0))


def has_gpu() -> bool:
    """Whether PyTorch finds CUDA; other measurements do without PyTorch and its memory."""
    import torch

    return torch.cuda.is_available()


def fill_on_gpu(values: Map) -> Map:
    """Matrix completion of a batch by PyTorch."""
    import torch

    from groundmotion.interpolation.diffusion_torch import fill_batch

    how = SETTINGS.matrix_completion
    return fill_batch(np.asarray(values, np.float32), how, torch.device("cuda"))


def filled_by(name: str) -> Callable[[Map, int], Map]:
    """Fill by one of the workflow's methods."""
    return lambda values, threads: Filler(name, SETTINGS, COVARIANCE, threads=threads)(values)


def kriged(values: Map, threads: int) -> Map:
    """Fill and state the error, as the other libraries do."""
    filler = Filler("kriging", SETTINGS, COVARIANCE, threads=threads)
    filled = filler(values)
    filler.std(values)
    return filled


METHODS: dict[str, Callable[[Map, int], Map]] = {
    REFERENCE: lambda values, _: run_reference(values)[0],
    FAST: filled_by("matrix_completion"),
    "delaunay": lambda values, threads: interpolate(
        np.atleast_3d(values.T).T, SETTINGS.delaunay, threads
    ).reshape(values.shape),
    "delaunay_scipy": lambda values, _: scipy_delaunay(values),
    **{name: filled_by(name) for name in ("matrix_completion_bregman", *CONVOLUTIONS)},
    "kriging": kriged,
    "nan_median_3x3": lambda values, _: nan_median_3x3(values),
    "nanmedian_of_nine_copies": lambda values, _: stacked_median(values),
}
OPPONENTS = ("fancyimpute", "gstools", "pykrige")


def cases(quick: bool) -> list[Case]:
    """List what is measured."""
    tile, densities = (600 if quick else 2500), (0.01, 0.03, 0.05, 0.10, 0.25)
    # what is timed most closely comes first
    listed = [Case("batch", (FAST,), 224, density, 2, 512, True) for density in (0.01, 0.05, 0.25)]
    listed += [Case("batch", ("delaunay",), 224, 0.05, 1, 256, True)]
    listed += [Case("other library", (REFERENCE, "fancyimpute"), 224, 0.05, 1)]
    listed += [
        Case("triangulation", ("delaunay_scipy", "delaunay"), size, density, 1)
        for size in (224, tile)
        for density in (0.05, 0.25)
    ]
    listed += [
        Case("kriging", (opponent, "kriging"), size, 0.05, 1)
        for opponent, size in (("gstools", 100), ("pykrige", 100), ("pykrige", 224))
    ]
    listed += [Case("median", ("nanmedian_of_nine_copies", "nan_median_3x3"), tile, 0.05, 1)]
    listed += [
        Case("growth", (method,), size, density, 2)
        for method in (
            "delaunay",
            FAST,
            "matrix_completion_bregman",
            "normalised_convolution",
            "multiscale_convolution",
            "kriging",
        )
        for density in (0.05, 0.25)
        for size in ((224, 600) if quick else (224, 600, 1250, 2500, 5000))
        if density == 0.05 or method in {"delaunay", FAST}
    ]
    listed += [Case("tile", (REFERENCE, FAST), tile, 0.05, 2)]
    listed += [
        Case("accuracy", (REFERENCE, FAST), 224, density, 1, 1 if quick else 5)
        for density in densities
    ]
    if not quick:
        listed += [Case("accuracy", (REFERENCE, FAST), 600, density, 1) for density in densities]
    return listed


def measure(method: str, case: Case, folder: Path) -> dict[str, Any]:
    """Run one method in this process; seconds are per map, the median of several where quick."""
    maps = [simulate(case.size_px, case.density, seed) for seed in range(1, 1 + min(case.maps, 64))]
    maps = (maps * case.maps)[: case.maps]  # a batch repeats its first maps
    given = np.stack(maps) if case.batch else maps
    with threadpool_limits(limits=case.threads, user_api="blas"):
        if method != REFERENCE:  # loads compiled code
            METHODS[method](simulate(64, max(case.density, 0.05), 0), case.threads)
        filled, seconds = _timed(METHODS[method], given, case.threads)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(folder / f"{case.label}_{method}.npy", np.asarray(filled, np.float32))
    return {"seconds": seconds / case.maps, "peak_mb": peak_kb / 1024}


def _timed(
    method: Callable[[Map, int], Map], given: Map | list[Map], threads: int
) -> tuple[Map | list[Map], float]:
    taken: list[float] = []
    while len(taken) < 20 and sum(taken) < (1.0 if taken else np.inf):
        begun = time.perf_counter()
        if isinstance(given, list):
            filled: Map | list[Map] = [method(values, threads) for values in given]
        else:
            filled = method(given, threads)
        taken.append(time.perf_counter() - begun)
    return filled, float(np.median(taken))


def extrapolate(case: Case, counted_at_px: int) -> dict[str, Any]:
    """Say what Algorithm 1 would take: one step's SVD, filter and loss × the steps it needs."""
    how = SETTINGS.matrix_completion
    with threadpool_limits(limits=case.threads, user_api="blas"):
        steps = sum(run_reference(simulate(counted_at_px, case.density, 1))[1])
        x = np.nan_to_num(simulate(case.size_px, case.density, 1).astype(np.float64))
        begun = time.perf_counter()
        x = gaussian(matrix_completion._shrink(x, 1.0, how.p), how.sigma_px)
        matrix_completion._norm(x, how)
        one = time.perf_counter() - begun
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": steps * one, "peak_mb": peak_kb / 1024, "steps": steps, "one": one}


def oppose(method: str, case: Case, folder: Path) -> dict[str, Any]:
    """Measure another library in its own environment."""
    source, target = (folder / f"{case.label}{end}.npy" for end in ("", f"_{method}"))
    np.save(source, simulate(case.size_px, case.density, 1))
    script = Path(__file__).with_name("opponents.py")
    command = [OPPONENTS_PYTHON, script, method, source, target, json.dumps(asdict(COVARIANCE))]
    return _run([str(part) for part in command], case.threads)


def _run(command: list[str], threads: int) -> dict[str, Any]:
    settings = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **settings}
    )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def rows_of(case: Case, folder: Path) -> Iterator[dict[str, Any]]:
    """Measure every method of a case and compare it with the first."""
    first: dict[str, Any] | None = None
    for method in case.methods:
        if method in OPPONENTS:
            found = oppose(method, case, folder)
        else:
            asked = json.dumps({"method": method, **asdict(case)})
            found = _run([sys.executable, __file__, str(folder), "--one", asked], case.threads)
        if "error" in found:
            print(f"{method}: left out: {found['error']}", flush=True)
            continue
        row = dict.fromkeys(COLUMNS) | {
            "case": case.name, "method": method, "size_px": case.size_px, "density": case.density,
            "threads": case.threads, "seconds": found["seconds"], "peak_mb": found["peak_mb"],
            "extrapolated": "steps" in found, "maps": case.maps,
        }  # fmt: skip
        if first is not None:
            row |= {"ratio": first["seconds"] / row["seconds"]}
            row |= _differences(case, folder, str(first["method"]), method)
        first = first or row
        print({key: row[key] for key in COLUMNS if row[key] is not None}, flush=True)
        if "steps" in found:
            print(f"{found['steps']} steps of {found['one']:.1f} s", flush=True)
        yield row


def _differences(case: Case, folder: Path, first: str, second: str) -> dict[str, float]:
    files = [folder / f"{case.label}_{method}.npy" for method in (first, second)]
    if not all(file.exists() for file in files):
        return {}
    size = case.size_px
    one, other = (np.load(file).astype(np.float64).reshape(-1, size, size) for file in files)
    difference = (one - other)[np.isfinite(one)]
    return {
        "max_abs_diff": float(np.abs(difference).max()),
        "rms_diff": float(np.sqrt(np.mean(difference**2))),
    }


def main() -> None:
    """Run every case that is not yet measured and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--quick", action="store_true", help="small maps only")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="such as growth tile")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="cases of these alone")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _answer(arguments.table, json.loads(arguments.one))
        return
    wanted = [
        case
        for case in cases(arguments.quick)
        if case.name in (arguments.cases or [case.name])
        and set(case.methods) <= set(arguments.methods or case.methods)
    ]
    kept = arguments.table.with_name(f".{arguments.table.stem}-measured.jsonl")
    kept.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    labels = {row.pop("label") for row in done}
    with tempfile.TemporaryDirectory() as folder, kept.open("a") as file:
        for case in wanted:
            if case.label in labels:
                continue
            rows = list(rows_of(case, Path(folder)))
            file.writelines(json.dumps({"label": case.label, **row}) + "\n" for row in rows)
            file.flush()
            done += rows
    _write(arguments.table, pd.DataFrame(done, columns=COLUMNS))
    kept.unlink()


def _answer(folder: Path, asked: dict[str, Any]) -> None:
    method = asked.pop("method")
    case = Case(**{**asked, "methods": tuple(asked["methods"])})
    if case.name == "tile" and method == REFERENCE:
        print(json.dumps(extrapolate(case, 600 if case.size_px > 600 else 224)))
    else:
        print(json.dumps(measure(method, case, folder)))


def _write(path: Path, table: pd.DataFrame) -> None:
    """Replace the rows measured now, keep the others, and stamp the table."""
    if path.exists():
        keys = ["case", "method", "size_px", "density", "threads"]
        old = read_table(path)
        again = pd.MultiIndex.from_frame(old[keys]).isin(pd.MultiIndex.from_frame(table[keys]))
        table = pd.concat([old[~again], table])
    machine = {"processor": _processor(), "cores": os.cpu_count()}
    config = {"fills": CONFIG["fills"], "covariance": asdict(COVARIANCE), **machine}
    code = code_digest(Path(__file__), ROOT / "scripts", tuple(map(module_of, FILLS)))
    stamp = make_stamp("bench_fills", code, config, [], ROOT)
    write_table(path, table, stamp)


def _processor() -> str:
    """Model of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


if __name__ == "__main__":
    main()
