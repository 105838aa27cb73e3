"""Measure detection: AlexNet's plain loop, its faster forms, a general tiler, other networks.

    PYTHONPATH=scripts python benchmarks/bench_detection.py results/benchmarks/detection.csv

Every measurement runs in a process of its own, so that memory peaks are its own. Within a case the
first method is the one that the others' ``ratio`` and ``max_abs_diff`` (of a window's probability)
are against: the plain loop, which cuts every window and shows it all 16 wraps as printed, at its
best batch size. ``extrapolated``: seconds per window of the largest map measured × windows.

``--model FOLDER`` takes a trained AlexNet (weights.safetensors, model.json); without, its weights
are drawn, which costs the same time. ``--clock processor`` counts the processor's seconds over the
threads, for machines that others use as well; the table's stamp says which clock it was. Finished
measurements are kept beside the table until it is complete: a run that was stopped goes on where it
was. ``--cases`` measures some only and keeps the table's other rows.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from bench_fills import ROOT, _processor
from fully_convolutional import slide
from numpy.typing import NDArray

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import read_json, read_table, write_table
from groundmotion.detection.detector import Detector, load_detector
from groundmotion.detection.maps import DetectionSettings, score_lattice
from groundmotion.networks.building import build_network
from groundmotion.networks.precision import products_in
from groundmotion.noise.model import CorrelatedField
from groundmotion.patches.lattice import Lattice, Smoothing
from groundmotion.patches.wrapping import ImageSettings, distinct_wraps, network_image

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
COLUMNS = [
    "case", "method", "size_px", "density", "threads", "seconds", "peak_mb", "ratio",
    "max_abs_diff", "extrapolated",
]  # fmt: skip
LATTICE = Lattice(CONFIG["windows"]["size_px"], CONFIG["windows"]["stride_px"])
SETTINGS = DetectionSettings(
    LATTICE, Smoothing(20, 5.0), CONFIG["windows"]["min_points"], **CONFIG["detection"]
)
PRINTED = [
    [(mu, tau) for tau in CONFIG["wrapping"]["offsets_mm_yr"]]
    for mu in CONFIG["wrapping"]["intervals_mm_yr"]
]
WRAPS = distinct_wraps(
    *(CONFIG["wrapping"][k] for k in ("intervals_mm_yr", "offsets_mm_yr")), "fixed"
)
COMPACT = (
    ROOT / "results/published/models/point/mining/10/matrix_completion/unwrapped/none/compact/1"
)
PLAIN = "plain_loop"
QUICK_PX = 448
#: Larger maps are not measured: a square of 13 windows a side, and one block of 30.
LARGEST_PX = {PLAIN: 560, "shared": 1036, "shared_bfloat16": 1036}
BATCHES = (16, 32, 64)
SHARED = (PLAIN, "shared", "shared_bfloat16")
CONVOLUTIONAL = ("fully_convolutional", "fully_convolutional_bfloat16")
Map = NDArray[np.floating]


@dataclass(frozen=True)
class Case:
    """Methods measured on the same map; ``land`` is the share of it that has points."""

    name: str
    methods: tuple[str, ...]
    size_px: int
    threads: int
    density: float = 0.05
    land: float = 1.0
    model: str | None = None
    clock: str = "wall"

    @property
    def label(self) -> str:
        """Name of its files."""
        return f"{self.name}_{self.size_px}_{self.threads}"


def cases() -> list[Case]:
    """List what is measured."""
    return [
        *(Case("size", (*SHARED, *CONVOLUTIONAL), 560, threads) for threads in (1, 2)),
        *(Case("compact", ("compact", "compact_wrapped"), 2500, threads) for threads in (1, 2)),
        *(Case("size", SHARED, size, 1) for size in (1036, 2500)),
        Case("other library", (PLAIN, "tiler", "shared"), 448, 1),
        Case("coast", (PLAIN, "shared"), 448, 1, land=0.5),
        Case("multiscale", ("multiscale",), 560, 1),
    ]


def simulate(case: Case) -> tuple[Map, NDArray[np.int32]]:
    """Atmosphere with bowls of 10 mm/yr, filled, and its points."""
    rng = np.random.default_rng(case.size_px)
    size, noise = case.size_px, CONFIG["interpolation"]
    field = CorrelatedField((size, size), 10.0, 1.25, 1.2).draw(rng)
    row, col = np.mgrid[:size, :size]
    for _ in range(max(1, size**2 // 100_000)):
        up, left = rng.uniform(0, size, 2)
        radius = rng.uniform(10, 60)
        bowl = np.exp(-((row - up) ** 2 + (col - left) ** 2) / (2 * radius**2))
        field -= noise["peak_mm_yr"] * bowl
    points = (rng.random((size, size)) < case.density).astype(np.int32)
    points[:, round(case.land * size) :] = 0
    return field.astype(np.float32), points


def alexnet(case: Case) -> Detector:
    """Load AlexNet, or draw its weights."""
    if case.model:
        folder = Path(case.model)
        description = read_json(folder / "model.json")
        weights = read_arrays(folder / "weights.safetensors")
        return load_detector(
            weights, description, description["pixel_m"], torch.device("cpu"), None
        )
    network = build_network("alexnet", 1, difference=False, seed=1).eval()
    return Detector(network, ImageSettings("wrapped", 5.0), WRAPS, torch.device("cpu"), None)


def fresh(name: str, kind: str) -> Detector:
    """Make a detector with drawn weights."""
    image = ImageSettings(kind, 5.0)
    network = build_network(name, image.channels, difference=kind == "unwrapped", seed=1).eval()
    return Detector(network, image, WRAPS, torch.device("cpu"), None)


def score(
    windows: Map, detector: Detector, wraps: list[list[tuple[float, float]]]
) -> NDArray[np.float64]:
    """Score a batch of windows under every wrap of a list of intervals."""
    batch, by_interval = torch.from_numpy(np.asarray(windows, np.float32)), []
    for interval in wraps:
        said = [
            detector.network(*network_image(batch, detector.image, *wrap, centred=True))
            for wrap in interval
        ]
        found = [torch.softmax(logits.double(), 1)[:, 1] for logits in said]
        by_interval.append(torch.stack(found).amax(0))
    return torch.stack(by_interval).mean(0).numpy()


def cut_windows(filled: Map) -> tuple[Map, NDArray[np.int64]]:
    """View a map as windows (rows, cols, 224, 224), with the places of all of them."""
    shape = LATTICE.windows((filled.shape[0], filled.shape[1]))
    wide = np.full(LATTICE.extent(shape), np.nan, np.float32)
    wide[: filled.shape[0], : filled.shape[1]] = filled
    views = np.lib.stride_tricks.sliding_window_view(wide, (224, 224))[::28, ::28]
    return views, np.argwhere(np.ones(shape, bool))


def best_batch(filled: Map, detector: Detector, clock: Callable[[], float]) -> int:
    """Try batch sizes on the first windows, under one interval."""
    views, places = cut_windows(filled)
    row, col = places[:64].T
    taken = {}
    for size in BATCHES:
        begun = clock()
        for start in range(0, 64, size):
            score(views[row, col][start : start + size], detector, PRINTED[:1])
        taken[size] = clock() - begun
    return min(taken, key=lambda size: taken[size])


def plain_loop(
    filled: Map, _: NDArray[np.int32], detector: Detector, settings: DetectionSettings
) -> Map:
    """Cut and score every window."""
    views, places = cut_windows(filled)
    scores = np.empty(views.shape[:2])
    for start in range(0, len(places), settings.batch_windows):
        row, col = places[start : start + settings.batch_windows].T
        scores[row, col] = score(views[row, col], detector, PRINTED)
    return scores


def by_tiler(
    filled: Map, _: NDArray[np.int32], detector: Detector, settings: DetectionSettings
) -> Map:
    """Let the package tiler cut the map and merge what the same model says of each tile."""
    # last on the path: all that this project has itself comes from its own environment
    sys.path += [str(path) for path in (ROOT / ".venv-bench").glob("lib/python3*/site-packages")]
    from tiler import Merger, Tiler

    size, overlap = (224, 224), (196, 196)
    cut = Tiler(filled.shape, size, overlap=overlap, mode="constant", constant_value=np.nan)
    merger, scores = Merger(cut), []
    for number, batch in cut(filled, batch_size=settings.batch_windows):
        found = score(batch, detector, PRINTED)
        said = np.broadcast_to(found[:, None, None], batch.shape)
        merger.add_batch(number, settings.batch_windows, said)
        scores.append(found)
    merger.merge(unpad=True)
    rows, cols = LATTICE.windows((filled.shape[0], filled.shape[1]))
    return np.concatenate(scores).reshape(rows, cols)


def library(
    filled: Map, points: NDArray[np.int32], detector: Detector, settings: DetectionSettings
) -> Map:
    """Score by the library."""
    return score_lattice(filled, points, detector, settings, lambda items, _: items)


def fully_convolutional(
    filled: Map, _: NDArray[np.int32], detector: Detector, settings: DetectionSettings
) -> Map:
    """Slide AlexNet over the map, blind to the borders of windows."""
    windows, by_interval = LATTICE.windows((filled.shape[0], filled.shape[1]))[0], []
    wide = np.full(LATTICE.extent((windows, windows)), np.nan, np.float32)
    wide[: filled.shape[0], : filled.shape[1]] = filled
    for wrap in detector.wraps:
        found = []
        for offset in wrap.offsets_mm_yr:
            shown = torch.from_numpy(wide[None])
            image, _ = network_image(
                shown, detector.image, wrap.interval_mm_yr, offset, centred=True
            )
            with products_in(settings.precision, detector.device):
                logits = slide(detector.network, image, windows)  # type: ignore[arg-type]
            found.append(torch.softmax(logits.double(), 1)[:, 1])
        by_interval.append(torch.stack(found).amax(0))
    return torch.stack(by_interval).mean(0).reshape(windows, windows).numpy()


def compact() -> Detector:
    """Load the compact network that ships."""
    description = read_json(COMPACT / "model.json")
    weights = read_arrays(COMPACT / "weights.safetensors")
    return load_detector(weights, description, 10.0, torch.device("cpu"), None)


#: Who is asked, how, and in which precision.
METHODS: dict[str, tuple[Callable[[Case], Detector], Callable[..., Map], str]] = {
    PLAIN: (alexnet, plain_loop, "float32"),
    "tiler": (alexnet, by_tiler, "float32"),
    "shared": (alexnet, library, "float32"),
    "shared_bfloat16": (alexnet, library, "bfloat16"),
    "fully_convolutional": (alexnet, fully_convolutional, "float32"),
    "fully_convolutional_bfloat16": (alexnet, fully_convolutional, "bfloat16"),
    "compact": (lambda _: compact(), library, "float32"),
    "compact_wrapped": (lambda _: fresh("compact", "wrapped"), library, "float32"),
    "multiscale": (lambda _: fresh("multiscale", "unwrapped"), library, "float32"),
}


def measure(method: str, case: Case, file: Path) -> dict[str, Any]:
    """Run one method in this process; a small map first, which loads compiled code."""
    torch.set_num_threads(case.threads)
    make, run, precision = METHODS[method]
    clock = time.process_time if case.clock == "processor" else time.perf_counter
    detector, given, small = make(case), simulate(case), simulate(replace(case, size_px=230))
    settings = replace(SETTINGS, precision=precision)
    with torch.inference_mode():
        run(*small, detector, settings)
        if method == PLAIN:
            settings = replace(settings, batch_windows=best_batch(given[0], detector, clock))
        begun = clock()
        scores = run(*given, detector, settings)
        seconds = clock() - begun
    np.save(file, scores)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    divisor = case.threads if case.clock == "processor" else 1
    return {"seconds": seconds / divisor, "peak_mb": peak_kb / 1024}


def rows_of(case: Case, done: list[dict[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a case that are not done; each is compared with the case's first."""
    for method in case.methods:
        key = {
            "case": case.name,
            "method": method,
            "size_px": case.size_px,
            "threads": case.threads,
        }
        if any(row.items() >= key.items() for row in done):
            continue
        row = dict.fromkeys(COLUMNS) | key | {"density": case.density, "extrapolated": False}
        if case.size_px > LARGEST_PX.get(method, case.size_px):
            row |= _extrapolated(case, method, done)
        else:
            found = _in_its_own_process(case, method, folder)
            if not found:
                continue
            row |= found
        first = next((r for r in done if r.items() >= (key | {"method": PLAIN}).items()), None)
        if first is not None and method != PLAIN:
            row["ratio"] = first["seconds"] / row["seconds"]
            files = [folder / f"{case.label}_{each}.npy" for each in (PLAIN, method)]
            if all(file.exists() for file in files):
                one, other = (np.load(file) for file in files)
                row["max_abs_diff"] = float(np.nanmax(np.abs(one - other)))
        print({key: row[key] for key in COLUMNS if row[key] is not None}, flush=True)
        yield row


def _extrapolated(case: Case, method: str, done: list[dict[str, Any]]) -> dict[str, Any]:
    """Take the time per window, and the memory, from the smaller map."""
    known = {"case": case.name, "method": method, "threads": case.threads}
    known |= {"size_px": LARGEST_PX[method]}
    small = next(row for row in done if row.items() >= known.items())
    count = [np.prod(LATTICE.windows((px, px))) for px in (case.size_px, small["size_px"])]
    seconds = float(small["seconds"] * count[0] / count[1])
    return {"seconds": seconds, "peak_mb": small["peak_mb"], "extrapolated": True}


def _in_its_own_process(case: Case, method: str, folder: Path) -> dict[str, Any]:
    asked = json.dumps({"method": method, **asdict(case)})
    # threads that wait for each other by turning in circles would count as working
    settings = {"OMP_NUM_THREADS": str(case.threads), "OMP_WAIT_POLICY": "passive"}
    file = folder / f"{case.label}_{method}.npy"
    done = subprocess.run(
        [sys.executable, __file__, str(file), "--one", asked],
        capture_output=True, text=True, check=False, env={**os.environ, **settings},
    )  # fmt: skip
    if done.returncode:
        print(f"{method}: left out: {done.stderr.strip().splitlines()[-1]}", flush=True)
        return {}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Run every case that is not yet measured and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--quick", action="store_true", help="the smallest maps only")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="such as threads tile")
    parser.add_argument("--model", type=Path, help="folder of a trained AlexNet")
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        asked = json.loads(arguments.one)
        method, case = asked.pop("method"), Case(**asked)
        print(json.dumps(measure(method, case, arguments.table)))
        return
    given = {"model": str(arguments.model) if arguments.model else None, "clock": arguments.clock}
    wanted = [
        replace(case, **given)
        for case in cases()
        if case.name in (arguments.cases or [case.name])
        and (case.size_px <= QUICK_PX or not arguments.quick)
    ]
    if not wanted:
        return
    folder = arguments.table.with_name(f".{arguments.table.stem}-measured")
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "rows.jsonl"
    done = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    with kept.open("a") as file:
        for case in wanted:
            for row in rows_of(case, done, folder):
                file.write(json.dumps(row) + "\n")
                file.flush()
                done.append(row)
    _write(arguments.table, pd.DataFrame(done, columns=COLUMNS), arguments.model, arguments.clock)
    shutil.rmtree(folder)


def _write(path: Path, table: pd.DataFrame, model: Path | None, clock: str) -> None:
    """Replace the rows measured now, keep the others, and stamp the table."""
    if path.exists():
        keys = ["case", "method", "size_px", "threads"]
        old = read_table(path)
        again = pd.MultiIndex.from_frame(old[keys]).isin(pd.MultiIndex.from_frame(table[keys]))
        table = pd.concat([old[~again], table])
    config = {key: CONFIG[key] for key in ("windows", "wrapping", "detection")}
    config |= {"clock": clock, "processor": _processor(), "cores": os.cpu_count()}
    inputs = [COMPACT / "weights.safetensors"] + ([model / "weights.safetensors"] if model else [])
    code = code_digest(Path(__file__), ROOT / "scripts")
    write_table(path, table, make_stamp("bench_detection", code, config, inputs, ROOT))


if __name__ == "__main__":
    main()
