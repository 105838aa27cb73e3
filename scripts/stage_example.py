"""Draw one example of a data set again and keep all its stages, for Fig. 4."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.arrays import read_arrays, write_arrays
from groundmotion.artefacts.points import read_points
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame
from groundmotion.constants import look_pass
from groundmotion.errors import InputError
from groundmotion.grid import grid_over, rasterise
from groundmotion.interpolation.filler import Filler
from groundmotion.noise.model import spike_values
from groundmotion.plotting.places import clear_example
from groundmotion.synthesis.examples import draw_example, example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern, band_of
from groundmotion.synthesis.observations import observed_maps
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
    chosen = clear_example(read_frame(examples), law["size_px"] * law["pixel_m"])
    pool = [spike_values(_points_map(path, spike_scene)) for path in spikes if spike_scene]
    size_px = law["size_px"]
    patterns: dict[str, list[Pattern]] = {}
    for path in masks:
        seen = band_of(np.isfinite(_points_map(path, mask_scene)), band)
        pattern = Pattern(f"{path.parent.name}/{path.stem}/{split}", seen, size_px)
        patterns.setdefault(look_pass(path.stem), []).append(pattern)
    example = draw_example(
        settings_from_config(law, np.concatenate(pool) if pool else None),
        Masks(patterns),
        1,
        example_seed(seed, split, int(chosen["index"])),
    )
    stored, start = read_arrays(observations), int(chosen["index"])
    ends = stored["start"][start : start + 2]
    kept = observed_maps(stored["values"], stored["cell"], ends, size_px)[0]
    if not np.array_equal(kept, example.sparse, equal_nan=True):
        raise InputError(f"{observations}: example {start} cannot be drawn again; remake the set")
    arrays = {name: getattr(example, name) for name in ("deformation", "atmosphere", "sparse")}
    arrays["sum"] = example.deformation + example.atmosphere
    arrays |= {
        name: Filler.from_config(name, fills, law["pixel_m"])(example.sparse)
        for name in SHOWN_FILLS
    }
    extra = {"pixel_m": law["pixel_m"], "density": float(chosen.density), "look": chosen.look}
    write_arrays(stages, arrays, stamp, extra | {"d_prime": float(chosen.d_prime)})
    logging.info("example %d, d′ %.1f, density %.3f", start, chosen.d_prime, chosen.density)


def _points_map(path: Path, scene: dict[str, Any]) -> np.ndarray:
    table, _, _ = read_points(path)
    transform, shape = grid_over(tuple(scene["bounds"]), scene["pixel_m"])
    east, north, velocity = (
        table[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr")
    )
    return rasterise(east, north, velocity, transform, shape)[0]


if __name__ == "__main__":
    run_job(stage_example, snakemake)  # type: ignore[name-defined]  # noqa: F821
