"""Draw one example of a data set again and keep all its stages, for Fig. 4."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from groundmotion import artefacts, interpolation, synthesis
from groundmotion.constants import look_pass
from groundmotion.display import clear_example
from groundmotion.errors import InputError
from groundmotion.grid import grid_over, rasterise
from groundmotion.job import run_job
from groundmotion.noise import spike_values
from groundmotion.provenance import Stamp

FILLS = ("delaunay", "matrix_completion")


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
    settings: dict[str, Any],
    stages: Path,
    stamp: Stamp,
) -> None:
    """Choose a clear example, draw it from its seed, and hold it against the data set's."""
    chosen = clear_example(artefacts.read_frame(examples), law["size_px"] * law["pixel_m"])
    pool = [spike_values(_points_map(path, spike_scene)) for path in spikes if spike_scene]
    size_px = law["size_px"]
    how = interpolation.FillSettings.from_config(settings, None)
    patterns: dict[str, list[synthesis.Pattern]] = {}
    for path in masks:
        seen = synthesis.band_of(np.isfinite(_points_map(path, mask_scene)), band)
        pattern = synthesis.Pattern(f"{path.parent.name}/{path.stem}/{split}", seen, size_px)
        patterns.setdefault(look_pass(path.stem), []).append(pattern)
    example = synthesis.draw_example(
        synthesis.settings_from_config(law, np.concatenate(pool) if pool else None),
        synthesis.Masks(patterns),
        1,
        synthesis.example_seed(seed, split, int(chosen["index"])),
    )
    stored, start = artefacts.read_arrays(observations), int(chosen["index"])
    ends = stored["start"][start : start + 2]
    kept = synthesis.observed_maps(stored["values"], stored["cell"], ends, size_px)[0]
    if not np.array_equal(kept, example.sparse, equal_nan=True):
        raise InputError(f"{observations}: example {start} cannot be drawn again; remake the set")
    arrays = {name: getattr(example, name) for name in ("deformation", "atmosphere", "sparse")}
    arrays["sum"] = example.deformation + example.atmosphere
    arrays |= {name: interpolation.fill(name, example.sparse, how) for name in FILLS}
    extra = {"pixel_m": law["pixel_m"], "density": float(chosen.density), "look": chosen.look}
    artefacts.write_arrays(stages, arrays, stamp, extra | {"d_prime": float(chosen.d_prime)})
    logging.info("example %d, d′ %.1f, density %.3f", start, chosen.d_prime, chosen.density)


def _points_map(path: Path, scene: dict[str, Any]) -> np.ndarray:
    table, _, _ = artefacts.read_points(path)
    transform, shape = grid_over(tuple(scene["bounds"]), scene["pixel_m"])
    east, north, velocity = (
        table[c].to_numpy() for c in ("easting_m", "northing_m", "velocity_mm_yr")
    )
    return rasterise(east, north, velocity, transform, shape)[0]


if __name__ == "__main__":
    run_job(stage_example, snakemake)  # type: ignore[name-defined]  # noqa: F821
