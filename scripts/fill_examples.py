"""Fill the maps of one split of a data set (paper §III-A)."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion.aliases import Maps
from groundmotion.artefacts.arrays import read_arrays, read_extra, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.interpolation import fills
from groundmotion.interpolation.settings import FillSettings
from groundmotion.synthesis.filling import KRIGED, Kriging, near_points, to_be_kriged
from groundmotion.synthesis.observations import observed_maps
from groundmotion.workflow.examples import in_processes, known_covariances
from groundmotion.workflow.job import run_job

CHUNK = 64
CHUNK_ON_GPU = 512
Filler = Callable[[Maps, FillSettings], Maps]


def fill_examples(
    *,
    examples: Path,
    observations: Path,
    fill: str,
    settings: dict[str, Any],
    device: str,
    max_gap_m: float,
    filled: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill every map, as a scene is: what lies far from all points stays NaN.

    The fill kriging_std is the standard deviation of kriging.
    """
    arrays, extra = read_arrays(observations), read_extra(observations)
    start, size_px, gap_px = arrays["start"], extra["size_px"], max_gap_m / extra["pixel_m"]
    if fill in KRIGED:
        work = to_be_kriged(arrays, known_covariances(examples, extra["pixel_m"]))
        krige = Kriging(fill, settings, size_px, gap_px)
        maps = np.concatenate(in_processes(krige, work, CHUNK // 4, threads))
    else:
        maps = np.empty((len(start) - 1, size_px, size_px), np.float16)
        how = FillSettings.from_config(settings, None)
        fill_maps, chunk = _filler(fill, device, threads)
        for first in tqdm(range(0, len(maps), chunk), unit=f"{chunk} maps"):
            here = slice(first, min(first + chunk, len(maps)))
            ends = start[first : here.stop + 1]
            sparse = observed_maps(arrays["values"], arrays["cell"], ends, size_px)
            maps[here] = near_points(sparse, fill_maps(sparse, how), gap_px)
    write_arrays(filled, {"filled": maps}, stamp, {"fill": fill, **extra})


def _filler(fill: str, device: str, threads: int) -> tuple[Filler, int]:
    """How maps are filled, and how many at a time: matrix completion on a GPU where there is one.

    The two forms agree within the accuracy that the settings ask for.
    """
    if fill == "matrix_completion" and device != "cpu":
        from groundmotion.interpolation.diffusion_torch import fill_batch, gpu_for

        gpu = gpu_for(device)
        if gpu is not None:
            logging.info("filling on %s", gpu)
            return (lambda maps, how: fill_batch(maps, how.matrix_completion, gpu)), CHUNK_ON_GPU
    return (lambda maps, how: fills.fill(fill, maps, how, threads)), CHUNK


if __name__ == "__main__":
    run_job(fill_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
