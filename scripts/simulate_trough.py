"""Simulate the settlement trough of a tunnel, for Fig. 3."""

from pathlib import Path
from typing import Any

import numpy as np

from groundmotion.artefacts.arrays import write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.constants import SENTINEL1_UK
from groundmotion.deformation import (
    TroughShape,
    arc_track,
    project_los,
    trough_profile,
    tunnel_trough,
)
from groundmotion.grid import grid_over, pixel_centres
from groundmotion.workflow.job import run_job

TRACK_VERTICES = 60


def simulate_trough(
    *, trough: Path, settings: dict[str, Any], line: dict[str, list[float]], stamp: Stamp
) -> None:
    """Lay a trough of middling sizes (``line``: the preset's ranges) along a curved track."""
    sizes = {key: (line[key][0] + line[key][1]) / 2 for key in line if key != "peak_mm_yr"}
    shape = TroughShape(
        sizes["sagging_length_m"],
        sizes["hogging_length_m"],
        sizes["sagging_depth_mm_yr"],
        sizes["hogging_depth_mm_yr"],
    )
    half = settings["side_m"] / 2
    transform, cells = grid_over((-half, -half, half, half), settings["pixel_m"])
    easting, northing = pixel_centres(transform, cells)
    track = arc_track(
        (0.0, 0.0), settings["azimuth_deg"], 4 * half, settings["curvature_per_m"], TRACK_VERTICES
    )
    displacement = tunnel_trough(*np.meshgrid(easting, northing), track, shape)
    reach = 1.4 * (shape.l_sag_m / 2 + shape.l_hog_m)
    distance = np.linspace(-reach, reach, 561)
    arrays = {
        "distance_m": distance,
        "profile_mm_yr": -trough_profile(distance, shape),
        "up_mm_yr": displacement[2].astype(np.float32),
        **{
            f"los_{look}_mm_yr": project_los(displacement, geometry).astype(np.float32)
            for look, geometry in SENTINEL1_UK.items()
        },
    }
    extra = {"transform": list(transform)[:6], "sizes": shape.__dict__}
    write_arrays(trough, arrays, stamp, extra)


if __name__ == "__main__":
    run_job(simulate_trough, snakemake)  # type: ignore[name-defined]  # noqa: F821
