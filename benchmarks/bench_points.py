"""Measure what the points of a nation take: simulated windows, sorting by tile, seams of fills.

    PYTHONPATH=scripts python benchmarks/bench_points.py results/benchmarks/points.csv

Every measurement runs in a process of its own, so that memory peaks are its own; loading and first
calls are not timed. ``per_second``: pixels of tiles (halo not counted), or points. ``seam``: one of
four tiles of a map, with anchors, against the map filled in one piece, ``max_abs_diff`` in mm/yr
where points lie within ``fills.max_gap_m``, ``ratio`` a quarter of the map's time to its own.

Finished measurements are kept beside the table until it is complete: a run that was stopped goes
on where it was. Rows of the table that are not measured now stay.
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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import yaml
from numpy.typing import NDArray

from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import read_table, write_table
from groundmotion.detection.tiles.anchors import REACH_PX, SPACING_PX, anchored
from groundmotion.grid import beyond_gap, rasterise
from groundmotion.interpolation.filler import Filler, module_of
from groundmotion.interpolation.settings import Covariance
from groundmotion.points.partition import Partition
from groundmotion.points.reading import stream_look
from groundmotion.points.schema import ReadRequest
from groundmotion.simulation.coastline import coarse_land
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look
from groundmotion.workflow.nation.points import Sorting, read_points_window, write_partition

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
NATION = CONFIG["scenes"]["great_britain_nation"]
PIXEL_M, CRS = float(NATION["pixel_m"]), NATION["crs"]
SCENE = scene_settings(CONFIG["simulation"], NATION["simulation"], CONFIG["seed"])
COLUMNS = [
    "case", "method", "size_px", "density", "threads", "seconds", "peak_mb", "ratio",
    "max_abs_diff", "extrapolated", "place", "halo_px", "points", "per_second",
    "cpu_seconds",
]  # fmt: skip
KEYS = ["case", "method", "size_px", "threads", "place", "halo_px", "points"]
#: (easting, northing) of upper left corners.
PLACES = {
    "town": (395_000, 420_000), "country": (270_000, 300_000), "coast": (300_000, 185_000),
    "sea": (600_000, 500_000),
}  # fmt: skip
FILLS = ("matrix_completion", "multiscale_convolution", "normalised_convolution", "delaunay")
CSV_POINTS = 5_000_000
ROUNDS = 2


@dataclass(frozen=True)
class Case:
    """One measurement; ``points`` is how many are sorted, ``halo_px`` what a tile has around it."""

    name: str
    method: str
    size_px: int
    threads: int = 1
    place: str = ""
    halo_px: int = 0
    points: int = 0

    @property
    def label(self) -> str:
        """What tells it from the others."""
        return "_".join(str(value) for value in asdict(self).values())


def cases(quick: bool) -> list[Case]:
    """List what is measured."""
    size, halo = (500 if quick else CONFIG["fills"]["tile_px"]), CONFIG["tiled"]["halo_px"]
    listed = [
        Case("simulate", "simulate_look", size, threads, place, halo)
        for threads in (1, 2)
        for place in ("town", "country", "sea")
    ]
    counts = (10**5,) if quick else (10**6, 10**7, 3 * 10**7, 10**8)
    listed += [Case("partition", "partition_points", 98_504, points=n) for n in counts]
    listed += [
        Case("seam", method, size, 1, place, halo)
        for method in FILLS[: 1 if quick else None]
        for place in ("town", "country", "coast")[: 1 if quick else None]
        for halo in ((112,) if quick else (112, 168, 252, 336))
    ]
    return listed


def window_at(place: str, size_px: int, halo_px: int, number: int = 0) -> Window:
    """Return a window of the nation, the ``number``-th to the east."""
    left, top = PLACES[place][0] + number * size_px * PIXEL_M, PLACES[place][1]
    box = (left, top - size_px * PIXEL_M, left + size_px * PIXEL_M, top)
    return window_over(box, PIXEL_M).padded(halo_px)


def simulate(look: str, window: Window) -> pd.DataFrame:
    """Simulate a window as a job does."""
    land = land_over(SCENE, window.bounds, CRS, coarse_land())
    return simulate_look(SCENE, look, window, land)


def simulate_rounds(case: Case, first: int) -> tuple[int, float]:
    """Simulate both looks of some windows; return the number of points and the CPU seconds."""
    begun = time.process_time()
    windows = [
        window_at(case.place, case.size_px, case.halo_px, n) for n in range(first, first + ROUNDS)
    ]
    count = sum(len(simulate(look, window)) for window in windows for look in ("asc", "desc"))
    return count, time.process_time() - begun


def measure_simulation(case: Case) -> dict[str, Any]:
    """Simulate different windows on every core; seconds are per look and window."""
    with ProcessPoolExecutor(case.threads) as pool:
        list(pool.map(_warm, [case] * case.threads))
        begun = time.perf_counter()
        jobs = [pool.submit(simulate_rounds, case, -ROUNDS * i) for i in range(case.threads)]
        counts, cpu_seconds = zip(*(job.result() for job in jobs), strict=True)
        made = 2 * ROUNDS * case.threads
        seconds = (time.perf_counter() - begun) / made
        peaks = list(pool.map(_peak_mb, [0.2] * case.threads))
    cells = made * (case.size_px + 2 * case.halo_px) ** 2
    return {
        "seconds": seconds, "per_second": case.size_px**2 / seconds, "peak_mb": max(peaks),
        "density": sum(counts) / cells, "cpu_seconds": sum(cpu_seconds) / made,
    }  # fmt: skip


def _warm(case: Case) -> None:
    """Load what first calls load; windows of one size share it."""
    simulate("asc", window_at("country", case.size_px, case.halo_px))
    simulate("desc", window_at("country", case.size_px, case.halo_px))


def _peak_mb(wait_s: float) -> float:
    time.sleep(wait_s)  # so that every process of the pool answers once
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_files(folder: Path, count: int) -> list[Path]:
    """Write CSV files of points in towns and between them, in no order."""
    paths = []
    left, bottom, right, top = NATION["bounds"]
    rng = np.random.default_rng(count)
    towns = rng.uniform((left, bottom), (right, top), (400, 2))
    for first in range(0, count, CSV_POINTS):
        size = min(CSV_POINTS, count - first)
        places = towns[rng.integers(0, len(towns), size)] + rng.normal(0, 8000, (size, 2))
        spread = rng.random(size) < 0.3
        places[spread] = rng.uniform((left, bottom), (right, top), (int(spread.sum()), 2))
        places = np.clip(places, (left, bottom + 1), (right - 1, top)).round(1)
        table = pa.table(
            {
                "easting": places[:, 0], "northing": places[:, 1],
                "velocity": rng.normal(0, 2, size).round(1),
                "velocity_std": rng.uniform(0.1, 2, size).round(1),
                "coherence": rng.random(size).round(2), "los_up": np.full(size, 0.8),
            }
        )  # fmt: skip
        paths.append(folder / f"points_{first:010d}.csv")
        pyarrow.csv.write_csv(table, paths[-1])
    return paths


def sort_points(case: Case, folder: Path) -> dict[str, Any]:
    """Sort the points of files that are there."""
    bounds, side_m = tuple(NATION["bounds"]), CONFIG["tiled"]["tile_px"] * PIXEL_M
    request = ReadRequest(CRS, bounds, {}, CRS, keep_series=False)
    stamp = make_stamp("bench_points", "", {}, [], ROOT)
    sorting = Sorting(Partition(bounds, side_m), CRS, CONFIG["points"]["min_distance_m"])
    begun, used = time.perf_counter(), time.process_time()
    pieces = stream_look(sorted(folder.glob("*.csv")), request, "asc")
    index = write_partition(folder / "asc", pieces, sorting, stamp)
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - used
    peak_mb = _peak_mb(0)
    dense = index.loc[index["n_points"].idxmax()]
    box = (dense["left"], dense["bottom"], dense["right"], dense["top"])
    assert len(read_points_window(folder / "asc", box)) > 0.9 * dense["n_points"]
    return {
        "seconds": seconds, "per_second": case.points / seconds, "peak_mb": peak_mb,
        "cpu_seconds": cpu_seconds,
    }  # fmt: skip


def measure_seam(case: Case) -> dict[str, Any]:
    """Fill a tile with its halo, and the map of four tiles in one piece."""
    window = window_at(case.place, case.size_px, 0)
    points = simulate("asc", window)
    columns = (points[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr"))
    values, _ = rasterise(*columns, window.transform, window.shape)
    known = Covariance(nugget=0.95, a=1.25, b_per_km=1.2, pixel_m=PIXEL_M)
    filler = Filler.from_config(case.method, CONFIG["fills"], PIXEL_M, known, case.threads)
    half, near = case.size_px // 2, ~beyond_gap(np.isfinite(values), filler.max_gap_px)

    def filled(sparse: NDArray[np.float32]) -> NDArray[np.float32]:
        far = beyond_gap(np.isfinite(sparse), filler.max_gap_px)
        given = anchored(sparse, far, (0, 0), SPACING_PX, REACH_PX)
        return filler(given)

    filled(values[:128, :128])
    begun = time.perf_counter()
    whole = filled(values)
    taken = time.perf_counter() - begun
    begun = time.perf_counter()
    part = filled(values[: half + case.halo_px, : half + case.halo_px])
    seconds = time.perf_counter() - begun
    inner = (slice(half), slice(half))
    difference = np.abs(part[inner] - whole[inner])[near[inner] & np.isfinite(whole[inner])]
    return {
        "seconds": seconds, "peak_mb": _peak_mb(0), "ratio": taken / 4 / seconds,
        "max_abs_diff": float(difference.max()), "density": float(np.isfinite(values).mean()),
    }  # fmt: skip


MEASURES: dict[str, Callable[[Case, Path], dict[str, Any]]] = {
    "simulate": lambda case, _: measure_simulation(case),
    "partition": sort_points,
    "seam": lambda case, _: measure_seam(case),
}


def measured(case: Case, scratch: Path | None) -> dict[str, Any]:
    """Measure a case in a process of its own."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        if case.points:
            make_files(Path(folder), case.points)
        command = [sys.executable, __file__, folder, "--one", json.dumps(asdict(case))]
        alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **alone}
        )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    row = dict.fromkeys(COLUMNS) | {key: asdict(case).get(key) for key in COLUMNS if key != "case"}
    row |= {"case": case.name, "extrapolated": False, **found}
    row["points"] = case.points or None
    print({key: value for key, value in row.items() if value is not None}, flush=True)
    return row


def remaining(wanted: list[Case], kept: Path) -> Iterator[tuple[Case, dict[str, Any] | None]]:
    """Walk the cases with what an earlier run measured."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    found = {row.pop("label"): row for row in map(json.loads, lines)}
    return ((case, found.get(case.label)) for case in wanted)


def main() -> None:
    """Run every case that is not yet measured and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="simulate, partition, seam")
    parser.add_argument("--points", nargs="+", type=int, help="sort so many only")
    parser.add_argument("--scratch", type=Path, help="folder for 15 GB of points, /tmp otherwise")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        case = Case(**json.loads(arguments.one))
        print(json.dumps(MEASURES[case.name](case, arguments.table)))
        return
    wanted = [
        case
        for case in cases(arguments.quick)
        if case.name in (arguments.cases or [case.name])
        and case.points in (arguments.points or [case.points])
    ]
    kept = arguments.table.with_name(f".{arguments.table.stem}-measured.jsonl")
    kept.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for case, before in remaining(wanted, kept):
        rows.append(before or measured(case, arguments.scratch))
        if before is None:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"label": case.label, **rows[-1]}) + "\n")
    write(arguments.table, pd.DataFrame(rows, columns=COLUMNS))
    kept.unlink(missing_ok=True)


def write(path: Path, table: pd.DataFrame) -> None:
    """Replace the rows measured now, keep the others, and stamp the table."""
    if path.exists():
        old = read_table(path)
        table = pd.concat([old[~_keys(old).isin(_keys(table))], table])
    config = {
        "fills": CONFIG["fills"], "tiled": CONFIG["tiled"], "scene": NATION["simulation"],
        "processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
    }  # fmt: skip
    code = code_digest(Path(__file__), ROOT / "scripts", tuple(map(module_of, FILLS)))
    write_table(path, table, make_stamp("bench_points", code, config, [], ROOT))


def _keys(table: pd.DataFrame) -> pd.Series:
    """Tell rows apart; numbers read from a file may have become fractions."""
    rows = table.reindex(columns=KEYS).astype(object).fillna("").itertuples(index=False)
    keys = ["|".join(str(value).removesuffix(".0") for value in row) for row in rows]
    return pd.Series(keys, index=table.index)


if __name__ == "__main__":
    main()
