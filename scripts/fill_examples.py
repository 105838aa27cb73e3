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
from groundmotion.interpolation.filler import Filler
from groundmotion.names import FILLS
from groundmotion.synthesis.filling import ExampleFiller, with_covariances
from groundmotion.synthesis.observations import observed_maps
from groundmotion.workflow.examples import in_processes, known_covariances
from groundmotion.workflow.job import run_job

CHUNK = 64
CHUNK_ON_GPU = 512


def fill_examples(
    *,
    examples: Path,
    observations: Path,
    fill: str,
    fills: dict[str, Any],
    device: str,
    filled: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill every map, as a scene is: what lies far from all points stays NaN.

    A fill whose name ends in _std is the standard deviation of the fill before that.
    """
    arrays, extra = read_arrays(observations), read_extra(observations)
    start, size_px, pixel_m = arrays["start"], extra["size_px"], extra["pixel_m"]
    method = fill.removesuffix("_std")
    if FILLS[method].needs_covariance:
        covariances = known_covariances(examples, pixel_m)
        filler = Filler.from_config(method, fills, pixel_m, covariances[0])
        fill_chunk = ExampleFiller(filler, size_px, error=fill != method)
        pieces = with_covariances(arrays, covariances)
        maps = np.concatenate(in_processes(fill_chunk, pieces, CHUNK // 4, threads))
    else:
        maps = np.empty((len(start) - 1, size_px, size_px), np.float16)
        filler = Filler.from_config(method, fills, pixel_m, threads=threads)
        fill_maps, chunk = _on_device(filler, device)
        for first in tqdm(range(0, len(maps), chunk), unit=f"{chunk} maps"):
            part = slice(first, min(first + chunk, len(maps)))
            ends = start[first : part.stop + 1]
            sparse = observed_maps(arrays["values"], arrays["cell"], ends, size_px)
            maps[part] = filler.near(sparse, fill_maps(sparse)).astype(np.float16)
    write_arrays(filled, {"filled": maps}, stamp, {"fill": fill, **extra})


def _on_device(filler: Filler, device: str) -> tuple[Callable[[Maps], Maps], int]:
    """How maps are filled, and how many at a time: matrix completion on a GPU where there is one.

    The two forms agree within the accuracy that the settings ask for.
    """
    if filler.method == "matrix_completion" and device != "cpu":
        from groundmotion.interpolation.diffusion_torch import fill_batch, gpu_for

        gpu = gpu_for(device)
        if gpu is not None:
            logging.info("filling on %s", gpu)
            numbers = filler.settings.matrix_completion
            return (lambda maps: fill_batch(maps, numbers, gpu)), CHUNK_ON_GPU
    return filler, CHUNK


if __name__ == "__main__":
    run_job(fill_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
