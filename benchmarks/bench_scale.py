"""Measure a nation tile by tile: points → filled → probability → areas, and project the whole.

    PYTHONPATH=scripts python benchmarks/bench_scale.py results/benchmarks/scale.csv

Takes every so many of the tiles that hold land, north to south, so that town, country and coast
have their shares; both looks. The first tile, which loads compiled code, is not timed. Finished
measurements are kept beside the table: a run that was stopped (``--seconds``) goes on where it was.

``case`` is ``tile`` (``method``: its name; ``density``: points per look and cell of land;
``cpu_seconds``: of all processors), ``step`` (``method``: points, fill, score, merge, outline;
mean over tiles), ``nation`` (``method``: so many cores; the mean × all tiles, extrapolated) or
``uniform`` (one tile with points in 5 % of its cells). ``peak_mb`` is the largest so far. Rows of
the table with other cases, those of bench_points.py, stay.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
import torch
import yaml
from bench_fills import ROOT, _processor
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundmotion.areas.polygons import AreaSettings, probability_areas
from groundmotion.areas.regions import coarse_maximum, regions
from groundmotion.artefacts.provenance import code_digest, make_stamp
from groundmotion.artefacts.tables import read_table, write_table
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.mosaic import tile_probability
from groundmotion.detection.tiles.search import gridded, search_tile
from groundmotion.detection.tiles.tiling import MapTile, Tiling, tiling_from
from groundmotion.grid import Grid
from groundmotion.interpolation.filler import module_of
from groundmotion.patches.lattice import Smoothing
from groundmotion.workflow.nation.searching import tile_search
from groundmotion.workflow.nation.windows import Supply, ground_of, window_points

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SCENE_NAME = "great_britain_nation"
SCENE = CONFIG["scenes"][SCENE_NAME]
COLUMNS = [
    "case", "method", "size_px", "density", "threads", "seconds", "peak_mb", "ratio",
    "max_abs_diff", "extrapolated", "points", "cpu_seconds",
]  # fmt: skip
CASES = ("tile", "step", "nation", "uniform")
#: Projected for. ASSUME: jobs of two threads side by side do not slow each other down.
CORES = (2, 8)
STEPS = ("points", "fill", "score", "merge", "outline")
MODEL = ROOT / "results/published/models/point/mining/10/matrix_completion/unwrapped/none/compact/1"
AREAS = AreaSettings(
    tuple(CONFIG["areas"]["levels"]), CONFIG["areas"]["ring_px"], CONFIG["areas"]["min_points"]
)
SMOOTHING = Smoothing(
    CONFIG["windows"]["smoothing_size_px"], CONFIG["windows"]["smoothing_sigma_px"]
)
Row = dict[str, Any]


class Bench:
    """One process that measures tiles."""

    def __init__(self, threads: int) -> None:
        """Load the model and the scene, as a job does once."""
        cut = {k: CONFIG["tiled"][k] for k in ("tile_px", "halo_px")}
        own = {k: SCENE[k] for k in ("bounds", "pixel_m", "crs")}
        self.scene = {**own, **cut, "size_px": 224, "stride_px": 28}
        self.tiling: Tiling = tiling_from(self.scene)
        keys = ("fills", "windows", "detection", "device")
        settings = {k: CONFIG[k] for k in keys}
        files = (MODEL / n for n in ("weights.safetensors", "model.json", "calibration.json"))
        self.search = tile_search(*files, {**settings, **self.scene}, threads)
        made = {
            "shared": CONFIG["simulation"], "own": SCENE["simulation"], "seed": CONFIG["seed"],
            **self.scene,
        }  # fmt: skip
        data = os.environ.get("GROUNDMOTION_DATA") or CONFIG["data_dir"]
        outline = [p for p in (Path(data, "gb_land/gb_land.geojson"),) if p.is_file()]
        self.supply: Supply = window_points(made, outline, [])
        self.land = ground_of(made, outline, [])
        self.took: dict[str, float] = {}
        self.cpu_seconds = 0.0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of a block to a step, and those of all processors to the sum."""
        began, used = time.perf_counter(), time.process_time()
        yield
        self.took[step] = self.took.get(step, 0.0) + time.perf_counter() - began
        if step != "fill":  # within "score"
            self.cpu_seconds += time.process_time() - used

    def listed(self) -> list[MapTile]:
        """Return the tiles that read land."""
        box = {tile.name: self.tiling.bounds(tile.read) for tile in self.tiling}
        return [t for t in self.tiling if shapely.clip_by_rect(self.land, *box[t.name]).area > 0]

    def tile(self, tile: MapTile, supply: Supply) -> Row:
        """Measure a tile: both looks, from points to areas."""
        self.took, self.cpu_seconds, points, findings = {}, 0.0, {}, {}
        for look in SCENE["looks"]:
            with self.timed("points"):
                points[look] = supply(look, self.tiling.bounds(tile.read))
            findings[look] = self._found(tile, points[look])
        with self.timed("merge"):
            found = {
                look: (lambda row, col, f=f: f if (row, col) == (tile.row, tile.col) else None)
                for look, f in findings.items()
            }
            probability = tile_probability(self.tiling, tile, found, SMOOTHING)
        with self.timed("outline"):
            areas = self._outlined(tile, probability, supply)
        land = shapely.clip_by_rect(self.land, *self.tiling.bounds(tile.read)).area
        count = sum(len(table) for table in points.values())
        cells = max(land / self.scene["pixel_m"] ** 2, 1.0) * len(points)
        return {
            "method": tile.name, "density": count / cells, "points": count, "areas": areas,
            "took": self.took, "seconds": sum(self.took.values()), "cpu_seconds": self.cpu_seconds,
            "peak_mb": _peak_mb(),
        }  # fmt: skip

    def _found(self, tile: MapTile, points: pd.DataFrame) -> Finding:
        def make(sparse: NDArray[np.float32]) -> NDArray[np.float32]:
            with self.timed("fill"):
                return self.search.filler(sparse)

        before = self.took.get("fill", 0.0)
        with self.timed("score"):  # grid and gaps go with it; the fill is taken off
            velocity = gridded(self.tiling, tile, points)
            found = search_tile(tile, velocity, replace(self.search, filler=make))
        self.took["score"] -= self.took.get("fill", 0.0) - before
        return found

    def _outlined(self, tile: MapTile, probability: NDArray[np.float32], supply: Supply) -> int:
        """Outline region by region, with points asked for once more as the workflow does."""
        above = coarse_maximum(probability, 28) > AREAS.levels[0]
        found = 0
        corner = [part.start for part in tile.own]
        for region in regions(above, probability.shape, 28, AREAS.ring_px, self.tiling.tile_px):
            part = tuple(slice(s.start + c, s.stop + c) for s, c in
                         zip(region.window, corner, strict=True))  # fmt: skip
            values = region.keep(probability[region.window])
            grid = Grid(values, self.tiling.transform_of(part), self.tiling.crs)
            points = {look: supply(look, self.tiling.bounds(part)) for look in SCENE["looks"]}
            found += len(probability_areas(grid, points, AREAS))
        return found


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def uniform_supply(share: float, seed: int = 1) -> Supply:
    """Give points of noise alone, in so many of all cells."""

    def supply(look: str, bounds_m: tuple[float, float, float, float]) -> pd.DataFrame:
        left, bottom, right, top = bounds_m
        rng = np.random.default_rng([seed, len(look)])
        count = int(share * (right - left) * (top - bottom) / SCENE["pixel_m"] ** 2)
        return pd.DataFrame(
            {
                "easting_m": rng.uniform(left, right, count),
                "northing_m": rng.uniform(bottom, top, count),
                "velocity_mm_yr": rng.normal(0, 1.5, count).astype(np.float32),
            }
        )

    return supply


def measure(kept: Path, count: int, seconds: float, threads: int) -> tuple[list[Row], int]:
    """Measure tiles until all are done or the time is over; return rows and number of tiles."""
    began, bench = time.perf_counter(), Bench(threads)
    listed = bench.listed()
    chosen = listed[len(listed) // count // 2 :: len(listed) // count][:count]
    jobs: list[tuple[str, MapTile, Supply]] = [("tile", tile, bench.supply) for tile in chosen]
    jobs.append(("uniform", bench.tiling.tile(24, 16), uniform_supply(0.05)))
    wanted = {(case, tile.name) for case, tile, _ in jobs}
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    rows = [row for row in map(json.loads, lines) if (row["case"], row["method"]) in wanted]
    done = {(row["case"], row["method"]) for row in rows}
    waiting = [job for job in jobs if (job[0], job[1].name) not in done]
    if waiting:
        bench.tile(waiting[0][1], uniform_supply(0.01))
    for case, tile, supply in waiting:
        longest = max((row["seconds"] for row in rows), default=20.0)
        if time.perf_counter() - began + 1.2 * longest > seconds:
            break
        row = {"case": case, **bench.tile(tile, supply), "threads": threads}
        rows.append(row)
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), file=sys.stderr)
    return rows, len(listed)


def table_of(rows: list[Row], tiles: int) -> pd.DataFrame:
    """Put tiles, the means of steps and the projection into one table."""
    size, threads = CONFIG["tiled"]["tile_px"], rows[0]["threads"]
    held = [row for row in rows if row["case"] == "tile"]
    mean = float(np.mean([row["seconds"] for row in held]))
    peak = max(row["peak_mb"] for row in rows)
    made = [{**row, "extrapolated": False} for row in rows]
    for step in STEPS:
        taken = float(np.mean([row["took"].get(step, 0.0) for row in held]))
        made.append({"case": "step", "method": step, "seconds": taken, "extrapolated": False})
    for number in CORES:
        share = threads / number
        made.append({"case": "nation", "method": f"{number} cores", "threads": number,
                     "seconds": mean * tiles * share, "extrapolated": True})  # fmt: skip
    table = pd.DataFrame(made).assign(size_px=size)
    table["threads"] = table["threads"].fillna(threads).astype(int)
    table["peak_mb"] = table["peak_mb"].fillna(peak)
    return table.reindex(columns=COLUMNS)


def with_others(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Join a table with the rows of other cases that stand in a file."""
    if not path.exists():
        return table
    old = read_table(path)
    return pd.concat([old[~old["case"].isin(CASES)], table], ignore_index=True)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--tiles", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop in time")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.table.parent.mkdir(parents=True, exist_ok=True)
    kept = options.table.with_suffix(".jsonl")
    with threadpool_limits(limits=1, user_api="blas"):
        rows, tiles = measure(kept, options.tiles, options.seconds, options.threads)
    if len(rows) <= options.tiles:
        print(f"{len(rows)} of {options.tiles + 1} measured; run again to go on", file=sys.stderr)
        return
    stamp = make_stamp(
        "bench_scale",
        code_digest(Path(__file__), ROOT / "scripts", (module_of(MODEL.parts[-5]),)),
        {"scene": SCENE, "tiled": CONFIG["tiled"], "tiles": tiles, "cores": os.cpu_count(),
         "processor": _processor()}, list(MODEL.glob("*.json")), ROOT,
    )  # fmt: skip
    table = with_others(options.table, table_of(rows, tiles))
    write_table(options.table, table, stamp)
    kept.unlink()


if __name__ == "__main__":
    main()
