"""The multi-scale network: what it is shown, and what cannot change its answer."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from groundmotion.networks.building import build_network
from groundmotion.networks.multiscale import MultiscaleNetwork

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network() -> MultiscaleNetwork:
    made = build_network("multiscale", 1, difference=True, seed=3)
    assert isinstance(made, MultiscaleNetwork)
    return made.eval()


def sparse(density: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    mask = rng.random((2, 1, 224, 224)) < density
    values = np.where(mask, rng.normal(size=mask.shape), 7.0)  # 7: never to be seen
    return torch.from_numpy(values).float(), torch.from_numpy(mask).float()


def test_features_are_those_of_a_slow_computation(network: MultiscaleNetwork) -> None:
    image, mask = sparse(0.05)
    shown = network.features(image, mask)[0].numpy()
    scales = len(shown) // 5
    cells = (56, 4, 56, 4)
    values, has_point = image[0, 0].numpy(), mask[0, 0].numpy()
    centred = np.where(has_point > 0, values - values[has_point > 0].mean(), 0)
    total = centred.reshape(cells).sum((1, 3))
    square = (centred**2).reshape(cells).sum((1, 3))
    count = has_point.reshape(cells).sum((1, 3))

    def blurred(values: np.ndarray, sigma: float) -> np.ndarray:  # peak 1, zero beyond the border
        smooth = ndimage.gaussian_filter(values, sigma, mode="constant", truncate=20)
        weights = np.exp(-0.5 * (np.arange(-2000, 2001) / sigma) ** 2).sum()
        return smooth * weights**2

    for step in (1, 4):
        sigma, wider = 0.8 * 1.5**step, 0.8 * 1.5 ** (step + 3)
        counts = blurred(count, sigma)
        effective = counts**2 / blurred(count, sigma / np.sqrt(2))
        means = [blurred(total, s) / blurred(count, s) for s in (sigma, wider)]
        known = counts > 0.5
        expected = (means[0] - means[1]) * np.sqrt(effective)
        np.testing.assert_allclose(shown[step][known], expected[known], atol=2e-3)
        variance = blurred(square, sigma) / counts - means[0] ** 2
        variance = effective * variance + 4 * (centred**2).sum() / count.sum()
        variance = variance / (effective + 4) + 1e-3
        student = (expected / np.sqrt(variance))[known]
        np.testing.assert_allclose(shown[scales + step][known], student, atol=5e-3)
        np.testing.assert_allclose(
            shown[4 * scales + step][known], np.log1p(effective)[known], atol=1e-3
        )


def test_the_statistic_has_about_unit_variance_in_white_noise(network: MultiscaleNetwork) -> None:
    image, mask = sparse(0.1)
    shown = network.features(image, mask)
    scales = shown.shape[1] // 5
    assert 0.8 < float(shown[:, 1 : scales - 1].std()) < 1.2


def test_a_constant_changes_nothing_and_neither_does_what_is_not_seen(
    network: MultiscaleNetwork,
) -> None:
    image, mask = sparse(0.05)
    with torch.inference_mode():
        logits = network(image, mask)
        torch.testing.assert_close(network(image + 30, mask), logits, atol=1e-3, rtol=1e-3)
        hidden = torch.where(mask > 0, image, torch.tensor(-5.0))
        torch.testing.assert_close(network(hidden, mask), logits)


def test_windows_without_a_point_or_with_one_are_defined(network: MultiscaleNetwork) -> None:
    image, mask = sparse(0.0)
    mask[1, 0, 100, 100] = 1
    with torch.inference_mode():
        assert torch.isfinite(network(image, mask)).all()


def test_it_is_small(network: MultiscaleNetwork) -> None:
    assert sum(part.numel() for part in network.parameters()) < 300_000


def test_what_one_outlier_says_in_students_statistic_is_bounded(network: MultiscaleNetwork) -> None:
    image, mask = sparse(0.05)
    row, col = (int(i) for i in np.argwhere(mask[0, 0].numpy())[300])
    largest = []
    for size in (10.0, 1000.0):
        image[0, 0, row, col] = size
        shown = network.features(image, mask)[0]
        scales = len(shown) // 5
        largest.append(float(shown[scales : 2 * scales].abs().max()))
    assert largest[1] < 2 * largest[0]
    assert float(shown[:scales].abs().max()) > 50 * largest[1]
