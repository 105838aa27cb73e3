"""What the first two convolutional layers of a network answer to one example, for Fig. S3."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from groundmotion.artefacts.arrays import read_arrays, read_extra, write_arrays
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.networks.compact import FirstConvolution
from groundmotion.patches.wrapping import network_image
from groundmotion.workflow.job import run_job
from groundmotion.workflow.models import read_detector

LAYERS = 2


def activate_features(
    *,
    weights: Path,
    model: Path,
    stages: Path,
    settings: dict[str, Any],
    features: Path,
    stamp: Stamp,
) -> None:
    """Pass the filled example through the network; keep the rectified answers of two layers.

    A layer whose normalisation a detector folds into it answers normalised.
    """
    description = read_json(model)
    pixel_m = read_extra(stages)["pixel_m"]
    detector = read_detector(weights, model, None, pixel_m, "cpu")
    name = description.get("fill", "matrix_completion")
    stage = read_arrays(stages).get(name)
    velocity = read_arrays(stages)["sparse"] if stage is None else stage
    image, mask = network_image(
        torch.from_numpy(np.array(velocity, np.float32))[None],
        detector.image,
        settings["wrap_interval_mm_yr"],
        0.0,
        centred=not detector.network.offset_invariant,
    )
    answers: list[np.ndarray] = []

    def keep(_layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        answers.append(torch.relu(output)[0].numpy().copy())

    for layer in detector.network.modules():
        if isinstance(layer, nn.Conv2d | FirstConvolution):
            layer.register_forward_hook(keep)
    with torch.inference_mode():
        detector.network(image, mask)
    arrays = {f"layer_{i + 1}": answer for i, answer in enumerate(answers[:LAYERS])}
    arrays["image"] = image[0, 0].numpy()
    write_arrays(features, arrays, stamp, {"network": description["network"]})


if __name__ == "__main__":
    run_job(activate_features, snakemake)  # type: ignore[name-defined]  # noqa: F821
