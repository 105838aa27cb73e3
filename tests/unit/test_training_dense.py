from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from groundmotion.networks.dense import DenseNetwork
from groundmotion.synthesis.dense import draw_dense_batch, law_from
from groundmotion.training.checkpoints import Checkpoint, CheckpointError
from groundmotion.training.dense import (
    dense_logits,
    dense_loss,
    fit_dense,
    fit_dense_resuming,
    learning_rate,
    training_from,
    validation_batches,
)
from groundmotion.training.fitting import Runtime

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[2] / "config.yaml").read_text())["dense"]
LAW = replace(law_from(CONFIG["law"]), side_cells=32)
TINY = {
    **CONFIG["training"],
    "pairs": [2, 2, 2, 2],
    "cycles": [2],
    "steps": 2,
    "batch_size": 2,
    "validation": 2,
}
TRAINING = training_from(TINY, 1)


def runtime(kept: list[Checkpoint], resume: Checkpoint | None = None) -> Runtime:
    return Runtime(torch.device("cpu"), lambda steps, _: steps, kept.append, resume, "")


def test_a_run_that_was_cut_off_ends_the_same() -> None:
    kept: list[Checkpoint] = []
    whole = fit_dense(TRAINING, LAW, runtime(kept))
    resumed = fit_dense(TRAINING, LAW, runtime([], kept[0]))
    for name, values in whole.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], values)
    assert list(whole.history["epoch"]) == [1, 2]


def test_a_checkpoint_of_another_law_is_refused() -> None:
    kept: list[Checkpoint] = []
    fit_dense(replace(TRAINING, cycles=(1,)), LAW, runtime(kept))
    with pytest.raises(CheckpointError):
        fit_dense(TRAINING, replace(LAW, ramp=0.1), runtime([], kept[0]))
    warnings: list[str] = []
    fit_dense_resuming(TRAINING, LAW, runtime([], kept[0]), warnings.append)
    assert len(warnings) == 1


def test_it_learns_one_example_by_heart() -> None:
    law = replace(
        LAW, still_share=0.0, density=(0.4, 0.5), peak=(15.0, 20.0), radius_cells=(8.0, 12.0)
    )
    means, counts, truth, weights = map(torch.from_numpy, draw_dense_batch((4,), 4, law))
    torch.manual_seed(0)
    network = DenseNetwork((6, 6, 6, 6))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss, overlap = dense_loss(network(means, counts), truth.long(), weights, 0.5)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]
    assert overlap.item() > 0.85


def test_the_loss_is_that_of_the_formula() -> None:
    logits = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    truth = torch.zeros(2, 8, 8, dtype=torch.long)
    truth[0, :4] = 1
    weights = torch.ones(2, 8, 8)
    weights[1] = 0
    loss, overlap = dense_loss(logits, truth, weights, 0.5)
    probability = logits.softmax(1)[0].numpy()
    entropy = -np.log(np.where(truth[0] == 1, probability[1], probability[0])).mean()
    shared = 2 * probability[1, :4].sum() + 50
    expected = shared / (probability[1:].sum() + 32 + 50)
    assert float(overlap) == pytest.approx(expected, rel=1e-5)
    assert float(loss) == pytest.approx(entropy + 0.5 * (1 - expected), rel=1e-5)


def test_the_rate_rises_and_falls_to_zero_in_each_cycle() -> None:
    training = replace(TRAINING, cycles=(4, 2), warmup_epochs=0.5, learning_rate=1.0)
    done = (0.0, 0.5, 2.25, 3.999, 4.0, 5.0, 6.0)
    rates = [learning_rate(training, epochs) for epochs in done]
    assert rates == pytest.approx([0.0196, 1.0, 0.5, 0.0, 0.5, 0.25, 0.0], abs=1e-3)
    assert training.epochs == 6


def test_calibration_has_examples_of_its_own() -> None:
    own, other = (validation_batches(TRAINING, LAW, *stream) for stream in ((), (2,)))
    assert (own[0][0] != other[0][0]).any()
    logits, truth, weights = dense_logits(DenseNetwork((2, 2, 2, 2)), own, torch.device("cpu"))
    assert logits.shape == (2, 3, 32, 32) and truth.shape == weights.shape == (2, 32, 32)
