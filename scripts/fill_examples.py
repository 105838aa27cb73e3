"""Fill the maps of one split of a data set (paper §III-A)."""

from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from groundmotion import artefacts, interpolation
from groundmotion.grid import beyond_gap
from groundmotion.job import run_job
from groundmotion.provenance import Stamp
from groundmotion.synthesis import observed_maps

CHUNK = 64


def fill_examples(
    *,
    examples: Path,
    observations: Path,
    fill: str,
    settings: dict[str, Any],
    max_gap_m: float,
    filled: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Fill every map, as a scene is: what lies far from all points stays NaN.

    Half precision (a hundredth of mm/yr at 20 mm/yr) is kept.
    """
    arrays, extra = artefacts.read_arrays(observations), artefacts.read_extra(observations)
    start, size_px = arrays["start"], extra["size_px"]
    covariances = _known_covariances(examples, extra["pixel_m"]) if fill == "kriging" else None
    chunk = 1 if covariances else CHUNK
    maps = np.empty((len(start) - 1, size_px, size_px), np.float16)
    for first in tqdm(range(0, len(maps), chunk), unit=f"{chunk} maps"):
        here = slice(first, min(first + chunk, len(maps)))
        sparse = observed_maps(
            arrays["values"], arrays["cell"], start[first : here.stop + 1], size_px
        )
        known = covariances[first] if covariances else None
        how = interpolation.FillSettings.from_config(settings, known)
        far = [beyond_gap(np.isfinite(m), max_gap_m / extra["pixel_m"]) for m in sparse]
        maps[here] = np.where(far, np.nan, interpolation.fill(fill, sparse, how, threads))
    artefacts.write_arrays(filled, {"filled": maps}, stamp, {"fill": fill, **extra})


def _known_covariances(examples: Path, pixel_m: float) -> list[interpolation.Covariance]:
    """Kriging knows the covariance that an example was drawn with, as a scene's is fitted."""
    columns = artefacts.read_frame(examples)[["nugget", "a", "b_per_km"]].to_numpy(float)
    return [interpolation.Covariance(nugget, a, b, pixel_m) for nugget, a, b in columns]


if __name__ == "__main__":
    run_job(fill_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
