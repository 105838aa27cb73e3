"""Fill the maps of one split of a data set (paper §III-A)."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from groundmotion import artefacts, interpolation
from groundmotion.example_files import known_covariances
from groundmotion.grid import beyond_gap
from groundmotion.job import run_job
from groundmotion.provenance import Stamp
from groundmotion.synthesis import observed_maps

CHUNK = 64
CHUNK_ON_GPU = 512
KRIGED = ("kriging", "kriging_std")
Filler = Callable[[NDArray[np.float32], interpolation.FillSettings], NDArray[np.float32]]


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

    The fill kriging_std is the standard deviation of kriging. Half precision (a hundredth of mm/yr
    at 20 mm/yr) is kept.
    """
    arrays, extra = artefacts.read_arrays(observations), artefacts.read_extra(observations)
    start, size_px = arrays["start"], extra["size_px"]
    covariances = known_covariances(examples, extra["pixel_m"]) if fill in KRIGED else None
    fill_maps, chunk = _filler(fill, device, threads)
    chunk = 1 if covariances else chunk
    maps = np.empty((len(start) - 1, size_px, size_px), np.float16)
    for first in tqdm(range(0, len(maps), chunk), unit=f"{chunk} maps"):
        here = slice(first, min(first + chunk, len(maps)))
        sparse = observed_maps(
            arrays["values"], arrays["cell"], start[first : here.stop + 1], size_px
        )
        known = covariances[first] if covariances else None
        how = interpolation.FillSettings.from_config(settings, known)
        far = [beyond_gap(np.isfinite(m), max_gap_m / extra["pixel_m"]) for m in sparse]
        maps[here] = np.where(far, np.nan, fill_maps(sparse, how))
    artefacts.write_arrays(filled, {"filled": maps}, stamp, {"fill": fill, **extra})


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
    if fill == "kriging_std":
        return (lambda maps, how: interpolation.kriging_std(maps[0], how, threads)[None]), 1
    return (lambda maps, how: interpolation.fill(fill, maps, how, threads)), CHUNK


if __name__ == "__main__":
    run_job(fill_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
