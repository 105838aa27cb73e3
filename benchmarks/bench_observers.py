"""Show that the average-likelihood observer has converged: coarser and finer integration compared.

    PYTHONPATH=scripts python benchmarks/bench_observers.py results/benchmarks/observers.csv

The same examples (``mining``, 10 m) are judged with a quarter, half, once and twice the configured
effort: draws from the prior and around the best of them for lines; lattice and refined nodes for
points. ``shift`` and ``spread`` are mean and standard deviation of the log-likelihood ratio against
the finest, ``changed`` the examples whose verdict is another, ``seconds`` the processor's time for
one example. A limit is trustworthy where the last halving moves the ratio by much less than one.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from bench_fills import ROOT
from bench_training import example_masks, law_of
from tqdm import tqdm

from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import write_table
from groundmotion.constants import SENTINEL1_UK
from groundmotion.limits.observing import ObserverSettings, observe
from groundmotion.limits.reduction import Observations
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.examples import ExampleSettings
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.observations import draw_observations

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
EFFORTS = (0.25, 0.5, 1.0, 2.0)


def settings_at(effort: float) -> dict[str, Any]:
    """Scale what costs time; node spacing goes with the cube root, as there are three axes."""
    base: dict[str, Any] = dict(CONFIG["observers"])
    for name in ("prior_draws", "draws_per_start", "refined_nodes"):
        base[name] = round(base[name] * effort)
    for name in ("spacing_depths", "log_depth_step"):
        base[name] = base[name] / effort ** (1 / 3)
    return base


def judge(
    row: Mapping[str, Any], cells: Any, values: Any, law: ExampleSettings, effort: float
) -> tuple[float, float]:
    """Return the log-likelihood ratio of one example and the seconds that it took."""
    start = time.process_time()
    rows, cols = np.divmod(cells.astype(np.int64), law.size_px)
    noise = NoiseModel(row["a"], row["b_per_km"], row["nugget"])
    data = Observations(values, rows, cols, law.pixel_m, noise)
    how = ObserverSettings.from_config(settings_at(effort))
    seeds = np.random.SeedSequence([1, row["index"]])
    verdict = observe(data, SENTINEL1_UK[row["look"]], law, how, seeds)
    return verdict.log_likelihood_ratio, time.process_time() - start


def main() -> None:
    """Judge, compare and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--examples", type=int, default=40)
    arguments = parser.parse_args()
    found: list[dict[str, Any]] = []
    masks = example_masks()
    for source in ("point", "line"):
        law = settings_from_config(law_of(source), None)
        drawn = draw_observations(law, masks, 77, "test", range(arguments.examples), {})
        ratios, seconds = np.empty((2, len(EFFORTS), arguments.examples))
        for number, example in enumerate(tqdm(zip(*drawn, strict=True), source)):
            for place, effort in enumerate(EFFORTS):
                ratios[place, number], seconds[place, number] = judge(*example, law, effort)
        labels = np.arange(arguments.examples) % 2
        for place, effort in enumerate(EFFORTS):
            gap = ratios[place] - ratios[-1]
            found.append({
                "source": source, "effort": effort, "examples": arguments.examples,
                "accuracy": float(np.mean((ratios[place] > 0) == labels)),
                "changed": int(np.sum((ratios[place] > 0) != (ratios[-1] > 0))),
                "shift": float(gap.mean()), "spread": float(gap.std()),
                "seconds": float(seconds[place].mean()),
            })  # fmt: skip
            tqdm.write(str(found[-1]))
    stamp = make_stamp(
        "bench_observers", code_digest(Path(__file__), ROOT / "scripts"),
        {"observers": CONFIG["observers"], "seed": 77}, [], Path.cwd(),
    )  # fmt: skip
    write_table(arguments.table, pd.DataFrame(found), stamp)


if __name__ == "__main__":
    main()
