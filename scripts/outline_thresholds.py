"""Outline the areas that the threshold baseline finds (paper §IV-C, Fig. S7)."""

import logging
from pathlib import Path

from groundmotion import artefacts
from groundmotion.areas import ThresholdSettings, threshold_areas
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


def outline_thresholds(
    *,
    velocity: list[Path],
    settings: dict[str, float],
    simulated: bool,
    thresholds: Path,
    stamp: Stamp,
) -> None:
    """Write the layers ``slow``, ``medium`` and ``fast``."""
    maps = {path.parent.name: artefacts.read_raster(path) for path in velocity}
    how = ThresholdSettings(int(settings["dilation_px"]), int(settings["min_points"]))
    layers = {
        name: threshold_areas(maps, settings[f"{name}_mm_yr"], how)
        for name in ("slow", "medium", "fast")
    }
    data = "SIMULATED" if simulated else "measured"
    artefacts.write_layers(
        thresholds, {name: layer.assign(data=data) for name, layer in layers.items()}, stamp
    )
    logging.info("%s", {name: len(layer) for name, layer in layers.items()})


if __name__ == "__main__":
    run_job(outline_thresholds, snakemake)  # type: ignore[name-defined]  # noqa: F821
