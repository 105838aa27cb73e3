"""What scripts that draw examples read and write: sampling patterns, measured spikes, data sets."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.points import read_point_table
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_frame, write_frame
from groundmotion.grid import grid_over, rasterise
from groundmotion.interpolation.settings import Covariance
from groundmotion.noise.model import spike_values
from groundmotion.synthesis.examples import ExampleSettings
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, masks_of
from groundmotion.synthesis.observations import CompactExamples, packed

Work = TypeVar("Work")
Result = TypeVar("Result")


def read_velocity_map(points: Path, scene: Mapping[str, Any]) -> NDArray[np.float32]:
    """Put points on the grid of their scene (keys ``bounds`` and ``pixel_m``)."""
    table, _, _ = read_point_table(points)
    names = ("easting_m", "northing_m", "velocity_mm_yr")
    east, north, velocity = (table[name].to_numpy() for name in names)
    return rasterise(east, north, velocity, *grid_over(scene["bounds"], scene["pixel_m"]))[0]


def known_covariances(examples: Path, pixel_m: float) -> list[Covariance]:
    """Kriging knows the covariance that an example was drawn with, as a scene's is fitted."""
    columns = read_frame(examples)[["nugget", "a", "b_per_km"]].to_numpy(float)
    return [Covariance(nugget, a, b, pixel_m) for nugget, a, b in columns]


def read_law(
    law: Mapping[str, Any], spikes: Sequence[Path], spike_scene: Mapping[str, Any] | None
) -> ExampleSettings:
    """Read the law of examples, with the measured spikes of a scene where it asks for them."""
    pool = [spike_values(read_velocity_map(path, spike_scene)) for path in spikes if spike_scene]
    return settings_from_config(law, np.concatenate(pool) if pool else None)


def read_masks(
    points: Sequence[Path],
    scene: Mapping[str, Any],
    band: tuple[float, float],
    split: str,
    size_px: int,
) -> Masks:
    """Read the sampling patterns of one band of a scene, from the points of its looks."""
    has_point = {path.stem: np.isfinite(read_velocity_map(path, scene)) for path in points}
    return masks_of(points[0].parent.name, has_point, band, split, size_px)


def in_processes(
    function: Callable[[Sequence[Work]], Result], work: Sequence[Work], chunk: int, processes: int
) -> list[Result]:
    """Work through examples chunk by chunk in several processes, in order, with a bar."""
    chunks = [work[i : i + chunk] for i in range(0, len(work), chunk)]
    one_thread = functools.partial(threadpool_limits, limits=1, user_api="blas")
    with ProcessPoolExecutor(processes, initializer=one_thread) as pool:
        return list(tqdm(pool.map(function, chunks), total=len(chunks), unit=" chunks"))


def write_observations(
    parts: Sequence[CompactExamples],
    settings: ExampleSettings,
    files: tuple[Path, Path],
    stamp: Stamp,
) -> pd.DataFrame:
    """Write the parameters and the observations of all chunks; return the parameters."""
    examples, observations = files
    arrays = packed([part[1] for part in parts], [part[2] for part in parts])
    extra = {"size_px": settings.size_px, "pixel_m": settings.pixel_m}
    rows = pd.DataFrame([row for part in parts for row in part[0]])
    write_arrays(observations, arrays, stamp, extra)
    write_frame(examples, rows, stamp)
    logging.info("%d examples, %d points", len(rows), len(arrays["values"]))
    return rows
