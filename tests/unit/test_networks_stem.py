import pytest
import torch

from groundmotion.networks.alexnet import STEM_LAYERS, AlexNet
from groundmotion.networks.building import build_network
from groundmotion.networks.stem import window_stems

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine


def _network(channels: int) -> AlexNet:
    """AlexNet with biases, which fresh weights have none of."""
    network = build_network("alexnet", channels, difference=False, seed=3)
    torch.manual_seed(0)
    for layer in network.features:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.normal_(layer.bias, 0, 0.3)
    return network.eval()


@pytest.mark.parametrize(
    ("channels", "windows"), [(1, (1, 1)), (1, (4, 3)), (2, (2, 3)), (1, (1, 9))]
)
def test_stems_are_those_of_every_window_with_its_own_zeros_around(channels, windows):
    network = _network(channels)
    size = [28 * (n - 1) + 224 for n in windows]
    image = torch.randn(channels, *size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = window_stems(network, image, windows)
        assert found.shape == (windows[0], 13, windows[1], 13, 192)
        for row in range(windows[0]):
            for col in range(windows[1]):
                cut = image[None, :, row * 28 : row * 28 + 224, col * 28 : col * 28 + 224]
                expected = network.features[:STEM_LAYERS](cut)[0]
                assert torch.allclose(found[row, :, col].permute(2, 0, 1), expected, atol=1e-5)


def test_the_rest_of_the_network_follows_the_stem():
    network = _network(1)
    window = torch.randn(1, 1, 224, 224, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        stem = window_stems(network, window[0], (1, 1))[0, :, 0].permute(2, 0, 1)[None]
        found = network.classify(network.after_stem(stem))
        assert torch.allclose(found, network(window, torch.ones_like(window)), atol=1e-4)


def test_an_image_of_another_size_than_its_windows_is_refused():
    with pytest.raises(ValueError, match=r"expected \(224, 252\) for \(1, 2\) windows"):
        window_stems(_network(1), torch.zeros(1, 224, 224), (1, 2))
