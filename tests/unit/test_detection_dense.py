from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.tables import read_json
from groundmotion.detection.dense import (
    DenseCalibration,
    DenseModel,
    calibration_content,
    dense_probability,
    fit_dense_calibration,
    load_dense,
)
from groundmotion.errors import InputError
from groundmotion.networks.dense import DenseNetwork

CPU = torch.device("cpu")
PUBLISHED = Path(__file__).resolve().parents[2] / "results/published/models/dense/1"
PAIRS = (4, 4, 6, 6)


@pytest.fixture(scope="module")
def model() -> DenseModel:
    torch.manual_seed(3)
    network = DenseNetwork(PAIRS)
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(2, 64, 64), torch.ones(2, 64, 64))
        network.moving_head.weight.mul_(5)
    return DenseModel(network.eval(), DenseCalibration(1.3, -0.2), CPU)


def points(shape: tuple[int, int], density: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    counts = rng.poisson(density, shape)
    means = np.where(counts > 0, rng.normal(0, 2, shape), np.nan)
    return means, counts


@pytest.mark.parametrize("shape", [(1, 1), (7, 40), (50, 33)])
def test_maps_have_the_shape_of_the_points(model: DenseModel, shape: tuple[int, int]) -> None:
    up, down = dense_probability(*points(shape), 2.0, model)
    assert up.shape == down.shape == shape
    assert ((up >= 0) & (down >= 0) & (up + down <= 1 + 1e-6)).all()


def test_velocities_and_noise_scale_together(model: DenseModel) -> None:
    means, counts = points((64, 64))
    one, ten = (dense_probability(k * means + 100, counts, 2.0 * k, model) for k in (1.0, 10.0))
    np.testing.assert_allclose(one, ten, atol=1e-5)
    other = dense_probability(means, counts, 4.0, model)
    assert np.abs(np.array(other) - np.array(one)).max() > 1e-3


def test_other_sign_exchanges_up_and_down(model: DenseModel) -> None:
    means, counts = points((64, 64))
    up, down = dense_probability(means, counts, 2.0, model)
    other_up, other_down = dense_probability(-means, counts, 2.0, model)
    np.testing.assert_allclose((other_down, other_up), (up, down), atol=1e-5)
    assert np.abs(up - down).max() > 0.01


def test_tiles_leave_no_trace(model: DenseModel) -> None:
    means, counts = points((37, 620))
    whole = dense_probability(means, counts, 2.0, model, tile_cells=640)
    tiled = dense_probability(means, counts, 2.0, model, tile_cells=112)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_a_model_comes_back_from_its_files(model: DenseModel) -> None:
    weights = {name: value.numpy() for name, value in model.network.state_dict().items()}
    description = {"network": "dense", "training": {"pairs": list(PAIRS)}}
    again = load_dense(weights, description, asdict(model.calibration), CPU)
    means, counts = points((32, 32))
    expected = dense_probability(means, counts, 2.0, model)
    np.testing.assert_array_equal(dense_probability(means, counts, 2.0, again), expected)
    with pytest.raises(InputError, match="expected a dense network"):
        load_dense(weights, {"network": "compact"}, None, CPU)
    with pytest.raises(InputError, match="do not fit"):
        load_dense(weights, {**description, "training": {"pairs": [8, 8, 8, 8]}}, None, CPU)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"means": np.zeros((3, 4))}, "expected two maps of one shape"),
        ({"noise_std": 0.0}, "noise_std 0.0"),
        ({"noise_std": np.nan}, "noise_std nan"),
        ({"means": np.full((32, 32), np.nan)}, "finite velocity"),
        ({"tile_cells": 100}, "multiple of 16"),
    ],
)
def test_bad_input_is_told(model: DenseModel, change: dict[str, Any], message: str) -> None:
    means, counts = points((32, 32))
    with pytest.raises(InputError, match=message):
        dense_probability(
            **{"means": means, "counts": counts, "noise_std": 1.0, "model": model, **change}
        )


def test_nothing_at_all_is_no_error(model: DenseModel) -> None:
    up, down = dense_probability(np.full((20, 20), np.nan), np.zeros((20, 20)), 1.0, model)
    assert np.isfinite(up).all() and np.isfinite(down).all()


def drawn(temperature: float, still_bias: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits of which a temperature and a bias make the true probabilities."""
    generator = torch.Generator().manual_seed(1)
    logits = 3 * torch.randn(2, 3, 100, 100, generator=generator)
    probability = DenseCalibration(temperature, still_bias).probabilities(logits)
    flat = probability.movedim(1, -1).reshape(-1, 3)
    truth = torch.multinomial(flat, 1, generator=generator).view(2, 100, 100)
    return logits, truth, torch.ones(2, 100, 100)


def test_calibration_finds_what_was_put_in() -> None:
    fit = fit_dense_calibration(*drawn(2.0, 0.7))
    assert fit.temperature == pytest.approx(2.0, rel=0.08)
    assert fit.still_bias == pytest.approx(0.7, abs=0.08)
    content = calibration_content(*drawn(2.0, 0.7), bins=10)
    assert content["ece"] < 0.02 < content["ece_raw"]


def test_cells_without_weight_do_not_count() -> None:
    logits, truth, weights = drawn(2.0, 0.7)
    weights[0], truth[0] = 0, 2
    assert fit_dense_calibration(logits, truth, weights).temperature == pytest.approx(2.0, rel=0.1)


def test_a_calibration_must_be_one() -> None:
    with pytest.raises(InputError, match="temperature above 0"):
        DenseCalibration(0.0, 0.0)


def test_the_published_model_finds_a_bowl_and_says_which_way() -> None:
    model = load_dense(
        read_arrays(PUBLISHED / "weights.safetensors"),
        read_json(PUBLISHED / "model.json"),
        read_json(PUBLISHED / "calibration.json"),
        CPU,
    )
    rng = np.random.default_rng(11)
    shape = (160, 160)
    counts = (rng.random(shape) < 0.08).astype(float)
    still = 3.0 * rng.normal(0, 1, shape)
    row, col = np.indices(shape)
    bowl = 24.0 * np.exp(-np.log(10) * ((row - 60) ** 2 + (col - 90) ** 2) / 30.0**2)
    moving = bowl > 0.2 * bowl.max()
    for sign in (1, -1):
        toward, away = dense_probability(still + sign * bowl, counts, 3.0, model)[::sign]
        outline = toward > 0.5
        assert (outline & moving).sum() / (outline | moving).sum() > 0.6
        assert away.max() < 0.5
    assert max(part.max() for part in dense_probability(still, counts, 3.0, model)) < 0.5
