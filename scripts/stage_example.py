"""Draw one example of a data set again and keep all its stages, for Fig. 4."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.arrays import read_arrays, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame
from groundmotion.errors import InputError
from groundmotion.interpolation.filler import Filler
from groundmotion.synthesis.choosing import clear_example
from groundmotion.synthesis.examples import draw_example, example_seed
from groundmotion.synthesis.observations import observed_maps
from groundmotion.workflow.examples import read_law, read_masks
from groundmotion.workflow.job import run_job

#: Fills of the figure; the rule names them for the digest of the code.
SHOWN_FILLS = ("delaunay", "matrix_completion")


def stage_example(
    *,
    masks: list[Path],
    mask_scene: dict[str, Any],
    spikes: list[Path],
    spike_scene: dict[str, Any] | None,
    examples: Path,
    observations: Path,
    split: str,
    law: dict[str, Any],
    band: tuple[float, float],
    seed: int,
    fills: dict[str, Any],
    stages: Path,
    stamp: Stamp,
) -> None:
    """Choose a clear example, draw it from its seed, and hold it against the data set's."""
    row = clear_example(read_frame(examples), law["size_px"] * law["pixel_m"])
    settings = read_law(law, spikes, spike_scene)
    patterns = read_masks(masks, mask_scene, band, split, settings.size_px)
    seeds = example_seed(seed, split, int(row["index"]))
    example = draw_example(settings, patterns, 1, seeds)
    dataset, start = read_arrays(observations), int(row["index"])
    ends = dataset["start"][start : start + 2]
    sparse = observed_maps(dataset["values"], dataset["cell"], ends, settings.size_px)[0]
    if not np.array_equal(sparse, example.sparse, equal_nan=True):
        raise InputError(f"{observations}: example {start} cannot be drawn again; remake the set")
    arrays = {name: getattr(example, name) for name in ("deformation", "atmosphere", "sparse")}
    arrays["sum"] = example.deformation + example.atmosphere
    arrays |= {
        name: Filler.from_config(name, fills, law["pixel_m"])(example.sparse)
        for name in SHOWN_FILLS
    }
    extra = {"pixel_m": law["pixel_m"], "density": float(row.density), "look": row.look}
    write_arrays(stages, arrays, stamp, extra | {"d_prime": float(row.d_prime)})
    logging.info("example %d, d′ %.1f, density %.3f", start, row.d_prime, row.density)


if __name__ == "__main__":
    run_job(stage_example, snakemake)  # type: ignore[name-defined]  # noqa: F821
