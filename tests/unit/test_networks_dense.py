import numpy as np
import pytest
import torch
from torch import Tensor

from groundmotion.networks.dense import REACH_CELLS, DenseNetwork


@pytest.fixture
def network() -> DenseNetwork:
    """A network whose batch normalisation has seen something, so that nothing is trivial."""
    torch.manual_seed(3)
    network = DenseNetwork((4, 4, 6, 6))
    with torch.no_grad():
        for _ in range(3):
            network(*points(2, (64, 96), 0.2))
        for name, parameter in network.named_parameters():
            if "norm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    return network.eval()


def points(
    count: int, shape: tuple[int, int], density: float, seed: int = 0
) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(density, (count, *shape)).astype(np.float32)
    means = rng.normal(0, 1, counts.shape).astype(np.float32) * (counts > 0)
    return torch.from_numpy(means), torch.from_numpy(counts)


def test_every_cell_gets_three_logits(network: DenseNetwork) -> None:
    logits = network(*points(2, (48, 80), 0.1))
    assert logits.shape == (2, 3, 48, 80)
    assert torch.isfinite(logits).all()


def test_without_points_all_is_finite_and_nothing_leans(network: DenseNetwork) -> None:
    logits = network(torch.zeros(1, 32, 32), torch.zeros(1, 32, 32))
    assert torch.isfinite(logits).all()
    torch.testing.assert_close(logits[:, 1], logits[:, 2])


def test_other_sign_exchanges_up_and_down(network: DenseNetwork) -> None:
    means, counts = points(1, (64, 64), 0.1)
    logits, mirrored = network(means, counts), network(-means, counts)
    assert (logits[:, 1] - logits[:, 2]).abs().max() > 1e-3  # there is something to exchange
    torch.testing.assert_close(mirrored, logits[:, [0, 2, 1]], atol=1e-4, rtol=1e-4)


def test_a_constant_changes_nothing(network: DenseNetwork) -> None:
    means, counts = points(1, (64, 64), 0.05)
    shifted = network(means + 2.0, counts)
    torch.testing.assert_close(shifted, network(means, counts), atol=1e-4, rtol=1e-4)


def test_values_of_empty_cells_are_not_looked_at(network: DenseNetwork) -> None:
    means, counts = points(1, (64, 64), 0.05)
    other = torch.where(counts > 0, means, 1e3)
    torch.testing.assert_close(network(other, counts), network(means, counts))


def test_the_finest_contrast_is_the_difference_of_gaussian_means() -> None:
    means, counts = points(1, (32, 32), 0.3, seed=5)
    signed, _ = DenseNetwork().features(means, counts)
    total, count = (
        x.numpy()[0].reshape(16, 2, 16, 2).sum((1, 3)) for x in (means * counts, counts)
    )
    row, col = np.argwhere(count > 0)[40]
    down, across = np.indices((16, 16))

    def weighted(sigma: float) -> float:
        lags = np.abs(down - row), np.abs(across - col)
        weight = np.exp(-0.5 * (lags[0] ** 2 + lags[1] ** 2) / sigma**2)
        weight *= (lags[0] <= 3 * sigma) & (lags[1] <= 3 * sigma)
        return float((weight * total).sum() / (weight * count).sum())

    block = total[row, col] / count[row, col]
    contrast = (block - weighted(0.75)) * np.sqrt(count[row, col])
    assert float(signed[0, 1, row, col]) == pytest.approx(np.arcsinh(contrast), abs=1e-4)


def test_nothing_beyond_its_reach_changes_a_cell(network: DenseNetwork) -> None:
    means, counts = points(1, (32, 560), 0.05)
    other, number = means.clone(), counts.clone()
    column = 32
    beyond = column + REACH_CELLS + 1
    other[:, :, beyond:], number[:, :, beyond:] = 30.0, 1.0
    with torch.inference_mode():
        one, two = network(means, counts), network(other, number)
    torch.testing.assert_close(two[..., :column], one[..., :column], atol=1e-4, rtol=1e-4)
    assert (two - one).abs().max() > 0.01
