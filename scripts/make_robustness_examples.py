"""Draw examples unlike those of training: other noise, other sampling, real backgrounds."""

import functools
import logging
from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.backgrounds import Background, with_windows
from groundmotion.synthesis.observations import draw_shifted_observations
from groundmotion.synthesis.shifting import shifts_from_config
from groundmotion.workflow.examples import (
    in_processes,
    read_law,
    read_masks,
    read_velocity_map,
    write_observations,
)
from groundmotion.workflow.job import run_job

CHUNK = 4


def make_robustness_examples(
    *,
    masks: list[Path],
    mask_scene: dict[str, Any],
    spikes: list[Path],
    spike_scene: dict[str, Any] | None,
    background_points: list[Path],
    background_variograms: list[Path],
    background_scenes: list[dict[str, Any]],
    law: dict[str, Any],
    band: tuple[float, float],
    shifts: dict[str, Any],
    per_class: int,
    seed: int,
    examples: Path,
    observations: Path,
    threads: int,
    stamp: Stamp,
) -> None:
    """Draw the first test examples under every shift, and as many on windows of real scenes."""
    settings = read_law(law, spikes, spike_scene)
    patterns = read_masks(masks, mask_scene, band, "test", settings.size_px)
    backgrounds = []
    for path, variogram, scene in zip(
        background_points, background_variograms, background_scenes, strict=True
    ):
        values = read_velocity_map(path, {**scene, "pixel_m": settings.pixel_m})
        noise = NoiseModel(*(read_json(variogram)[n] for n in ("a", "b_per_km", "nugget")))
        backgrounds.append(Background(scene["scene"], scene["look"], values, noise))
    usable = with_windows(settings, backgrounds)
    logging.info(
        "real backgrounds: %s", [f"{background.scene}/{background.look}" for background in usable]
    )
    draw = functools.partial(
        draw_shifted_observations, settings, patterns, seed, usable,
        shifts_from_config(shifts["names"], shifts["numbers"]),
    )  # fmt: skip
    parts = in_processes(draw, range(2 * per_class), CHUNK, threads)
    rows = write_observations(parts, settings, (examples, observations), stamp)
    logging.info("%s", rows.groupby("shift")["label"].agg(["size", "sum"]).to_dict("index"))


if __name__ == "__main__":
    run_job(make_robustness_examples, snakemake)  # type: ignore[name-defined]  # noqa: F821
