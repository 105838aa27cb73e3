"""Outline the areas that the threshold baseline finds (paper §IV-C, Fig. S7)."""

import logging
from pathlib import Path

from groundmotion.areas.thresholds import ThresholdSettings, threshold_areas
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import read_raster
from groundmotion.artefacts.provenance import Stamp
from groundmotion.workflow.job import run_job


def outline_thresholds(
    *,
    velocity: list[Path],
    settings: dict[str, float],
    simulated: bool,
    thresholds: Path,
    stamp: Stamp,
) -> None:
    """Write the layers ``slow``, ``medium`` and ``fast``."""
    maps = {path.parent.name: read_raster(path) for path in velocity}
    threshold_settings = ThresholdSettings(
        int(settings["dilation_px"]), int(settings["min_points"])
    )
    layers = {
        name: threshold_areas(maps, settings[f"{name}_mm_yr"], threshold_settings)
        for name in ("slow", "medium", "fast")
    }
    data = "SIMULATED" if simulated else "measured"
    write_layers(
        thresholds, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp
    )
    logging.info("%s", {name: len(layer) for name, layer in layers.items()})


if __name__ == "__main__":
    run_job(outline_thresholds, snakemake)  # type: ignore[name-defined]  # noqa: F821
