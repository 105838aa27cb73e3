"""Measure what Table I costs: examples and their fills, training and inference of every network.

    PYTHONPATH=scripts python benchmarks/bench_training.py results/benchmarks/training.csv

One table, two cases. ``examples``: seconds for one example of point/mining, drawn or filled, on so
many threads (drawing and kriging: processes); multiply by the size of a data set. To leave out what
lies far from points is the row ``none``, and part of kriging's. ``training`` and ``inference``:
seconds for one window, AlexNet in float32 at batches of 32 first, against which ``ratio`` is;
inference as detectors do it, normalisations folded into convolutions. Nothing is extrapolated;
``extrapolated`` is there for the columns' sake.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from bench_fills import ROOT, _processor
from tqdm import tqdm

from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.grid import grid_over, rasterise
from groundmotion.interpolation.filler import Filler, module_of
from groundmotion.interpolation.settings import Covariance
from groundmotion.networks.building import build_network
from groundmotion.networks.folding import fold_normalisation
from groundmotion.networks.precision import products_in
from groundmotion.simulation.coastline import coarse_land
from groundmotion.simulation.lattice import window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look
from groundmotion.synthesis.examples import ExampleSettings
from groundmotion.synthesis.filling import ExampleFiller, with_covariances
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, masks_of
from groundmotion.synthesis.observations import (
    CompactExamples,
    draw_observations,
    observed_maps,
    packed,
)
from groundmotion.workflow.examples import in_processes

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
# Standard deviations as at the paper's size, whatever the default takes.
CONFIG["fills"]["kriging"]["error_cell"] = 0.04
COLUMNS = ["case", "method", "size_px", "density", "threads", "seconds", "ratio", "extrapolated"]
FILLS = ("delaunay", "matrix_completion", "matrix_completion_bregman", "normalised_convolution",
         "multiscale_convolution")  # fmt: skip
#: Network, precision, windows per batch.
RUNS = (
    ("alexnet", "float32", 32), ("alexnet", "float32", 128), ("alexnet", "bfloat16", 64),
    ("alexnet_masked", "float32", 32), ("compact", "float32", 32), ("multiscale", "float32", 32),
)  # fmt: skip
SIDE = CONFIG["examples"]["size_px"]


def measure_examples(count: int, threads: int) -> Iterator[dict[str, Any]]:
    """Time drawing examples and filling them, per example."""
    draw = _Drawing(settings_from_config(law_of("point"), None), example_masks())
    start = time.perf_counter()
    parts = in_processes(draw, range(count), 8, threads)
    yield _row("examples", "drawn", threads, (time.perf_counter() - start) / count)
    arrays = packed([p[1] for p in parts], [p[2] for p in parts])
    sparse = observed_maps(arrays["values"], arrays["cell"], arrays["start"], SIDE)
    rows = [row for part in parts for row in part[0]]
    known = [Covariance(r["nugget"], r["a"], r["b_per_km"], 10.0) for r in rows]
    none = filler_of("none", threads)
    yield _timed("none", threads, len(sparse), lambda: none.near(sparse, sparse))
    for fill in FILLS:
        filler = filler_of(fill, threads)
        yield _timed(fill, threads, len(sparse), lambda filler=filler: filler(sparse))
    work = with_covariances(arrays, known)
    for fill, error in (("kriging", False), ("kriging_std", True)):
        krige = ExampleFiller(filler_of("kriging", 1, known[0]), SIDE, error)
        yield _timed(fill, threads, len(work), lambda krige=krige: in_processes(
            krige, work, 16, threads))  # fmt: skip


def filler_of(fill: str, threads: int, known: Covariance | None = None) -> Filler:
    """Return what fills examples of 10 m."""
    return Filler.from_config(fill, CONFIG["fills"], 10.0, known, threads)


class _Drawing:
    """Draws a chunk of examples; can be sent to another process."""

    def __init__(self, settings: ExampleSettings, masks: Masks) -> None:
        self.settings, self.masks = settings, masks

    def __call__(self, indices: Any) -> CompactExamples:
        return draw_observations(self.settings, self.masks, 1, "train", indices, {})


def law_of(source: str) -> dict[str, Any]:
    """Return the law of examples of mining, 10 m."""
    preset, printed = CONFIG["presets"]["mining"], CONFIG["presets"]["as_printed"]
    return {
        **CONFIG["examples"], "pixel_m": 10, "source": source, "preset": "mining",
        "ranges": preset[source], "printed": printed[source],
        "min_d_prime": preset["min_d_prime"],
    }  # fmt: skip


def example_masks() -> Masks:
    """Simulate the training ground and take its sampling patterns."""
    own = CONFIG["scenes"]["training_ground_10m"]
    scene = scene_settings(CONFIG["simulation"], own["simulation"], CONFIG["seed"])
    window = window_over(own["bounds"], 10)
    land = land_over(scene, window.bounds, own["crs"], coarse_land())
    seen = {}
    for look in ("asc", "desc"):
        table = simulate_look(scene, look, window, land)
        columns = (table[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr"))
        seen[look] = np.isfinite(rasterise(*columns, *grid_over(own["bounds"], 10))[0])
    band = CONFIG["examples"]["bands"]["train"]
    return masks_of("ground", seen, (band[0], band[1]), "train", SIDE)


def measure_networks(threads: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Time training steps and inference of every network, per window."""
    torch.set_num_threads(threads)
    device = torch.device("cpu")
    for case in ("training", "inference"):
        for name, precision, batch in RUNS:
            network = build_network(name, 1, difference=True, seed=0)
            network = network.train() if case == "training" else fold_normalisation(network)
            optimiser = torch.optim.AdamW(network.parameters(), fused=True)
            image, mask = torch.randn(batch, 1, SIDE, SIDE), torch.ones(batch, 1, SIDE, SIDE)
            labels = torch.arange(batch) % 2

            def step(
                network=network, optimiser=optimiser, image=image, mask=mask, labels=labels,
                precision=precision, train=case == "training",
            ) -> None:  # fmt: skip
                with torch.set_grad_enabled(train), products_in(precision, device):
                    logits = network(image, mask)
                if train:
                    optimiser.zero_grad(set_to_none=True)
                    torch.nn.functional.cross_entropy(logits.float(), labels).backward()
                    optimiser.step()

            yield _row(case, f"{name}_{precision}_{batch}", threads, _best(step, seconds) / batch)


def _best(step: Callable[[], None], seconds: float) -> float:
    """Median time of a step, after one that does not count."""
    step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _timed(fill: str, threads: int, count: int, work: Callable[[], Any]) -> dict[str, Any]:
    work()  # compiles what is compiled on first use
    start = time.perf_counter()
    work()
    return _row("examples", fill, threads, (time.perf_counter() - start) / count)


def _row(case: str, method: str, threads: int, seconds: float) -> dict[str, Any]:
    return {
        "case": case, "method": method, "size_px": SIDE, "threads": threads, "seconds": seconds,
        "extrapolated": False,
    }  # fmt: skip


def main() -> None:
    """Measure everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--examples", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=4.0)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for threads in arguments.threads:
        for part in (measure_examples(arguments.examples, threads),
                     measure_networks(threads, arguments.seconds)):  # fmt: skip
            for row in tqdm(part, f"{threads} threads"):
                rows.append(row)
                tqdm.write(f"{row['case']} {row['method']}: {row['seconds'] * 1000:.2f} ms")
    table = pd.DataFrame(rows, columns=COLUMNS)
    for _, part in table[table["case"] != "examples"].groupby(["case", "threads"]):
        table.loc[part.index, "ratio"] = part["seconds"].iloc[0] / part["seconds"]
    stamp = make_stamp(
        "bench_training",
        code_digest(
            Path(__file__), ROOT / "scripts", tuple(map(module_of, (*FILLS, "kriging")))
        ),
        {"processor": json.loads(json.dumps(_processor())), "examples": arguments.examples},
        [], Path.cwd(),
    )  # fmt: skip
    write_table(arguments.table, table, stamp)


if __name__ == "__main__":
    main()
