import numpy as np
import pytest
import torch

from groundmotion.errors import InputError
from groundmotion.networks.alexnet import AlexNet, MaskedAlexNet
from groundmotion.networks.building import build_network
from groundmotion.networks.compact import CompactNetwork, FirstConvolution
from groundmotion.networks.folding import fold_normalisation

torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine

# torchvision.models.alexnet (0.21): every key and shape of its state dictionary.
TORCHVISION = {
    "features.0": (64, 3, 11, 11), "features.3": (192, 64, 5, 5), "features.6": (384, 192, 3, 3),
    "features.8": (256, 384, 3, 3), "features.10": (256, 256, 3, 3),
    "classifier.1": (4096, 9216), "classifier.4": (4096, 4096), "classifier.6": (1000, 4096),
}  # fmt: skip


def _trained(name: str):
    """A network whose batch normalisation has statistics as after some training."""
    network = build_network(name, 1, difference=True, seed=1)
    generator = torch.Generator().manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3, generator=generator)
            layer.running_var.uniform_(0.5, 2.0, generator=generator)
            layer.weight.data.normal_(0, 1.0, generator=generator)  # of either sign
            layer.bias.data.normal_(0, 0.3, generator=generator)
    return network.eval()


@pytest.fixture(scope="module")
def compact() -> CompactNetwork:
    return _trained("compact")


def _map(rows: int, cols: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    image = torch.randn(1, 1, rows, cols, generator=generator)
    mask = torch.ones_like(image)
    mask[..., 100:190, 90:230] = 0
    return image, mask


def test_alexnet_has_the_names_and_shapes_of_torchvision():
    state = AlexNet(3).state_dict()
    expected = {f"{k}.weight": shape for k, shape in TORCHVISION.items()}
    expected |= {f"{k}.bias": (shape[0],) for k, shape in TORCHVISION.items()}
    expected["classifier.6.weight"], expected["classifier.6.bias"] = (2, 4096), (2,)
    assert {k: tuple(v.shape) for k, v in state.items()} == expected


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_masked_alexnet_is_alexnet_where_everything_is_valid(channels):
    plain = build_network("alexnet", channels, difference=False, seed=3).eval()
    masked = MaskedAlexNet(channels).eval()
    masked.load_state_dict(plain.state_dict())
    image = torch.randn(1, channels, 224, 224, generator=torch.Generator().manual_seed(1))
    mask = torch.ones(1, 1, 224, 224)
    with torch.inference_mode():
        assert torch.allclose(plain(image, mask), masked(image, mask), atol=1e-3, rtol=1e-4)


def test_masked_alexnet_never_sees_invalid_pixels():
    network = build_network("alexnet_masked", 1, difference=False, seed=0).eval()
    image, _ = _map(224, 224)
    mask = (torch.rand(1, 1, 224, 224, generator=torch.Generator().manual_seed(2)) < 0.03).float()
    other = torch.where(mask == 1, image, 1e3)
    with torch.inference_mode():
        assert torch.equal(network(image, mask), network(other, mask))
        empty = network(image, torch.zeros_like(mask))
    assert torch.isfinite(empty).all()


def test_masked_convolution_is_unbiased_by_density():
    # The mean over valid pixels of a constant image does not depend on how many are valid.
    network = MaskedAlexNet(1).eval()
    torch.nn.init.constant_(network.features[0].weight, 1.0)
    image = torch.ones(1, 1, 224, 224)
    sparse = (torch.rand(1, 1, 224, 224, generator=torch.Generator().manual_seed(2)) < 0.2).float()
    first = network.features[0]
    from groundmotion.networks.alexnet import _masked_convolution

    with torch.inference_mode():
        full, _ = _masked_convolution(first, image, torch.ones_like(image))
        part, reached = _masked_convolution(first, image * sparse, sparse)
    inner = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert reached[inner].all()
    assert torch.allclose(full[inner], part[inner], rtol=1e-5)


def test_sliding_equals_windows_one_by_one(compact):
    image, mask = _map(224 + 4 * 28, 224 + 3 * 28)
    with torch.inference_mode():
        lattice = compact.slide(image, mask)
        assert lattice.shape == (1, 2, 5, 4)
        for row in range(5):
            for col in range(4):
                cut = (..., slice(row * 28, row * 28 + 224), slice(col * 28, col * 28 + 224))
                window = compact(image[cut].contiguous(), mask[cut].contiguous())[0]
                assert torch.allclose(lattice[0, :, row, col], window, atol=1e-5)


@pytest.mark.parametrize("name", ["compact", "multiscale", "alexnet"])
def test_folded_networks_say_the_same(name):
    network = _trained(name)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    folded = fold_normalisation(network)
    image, mask = _map(224, 224)
    with torch.inference_mode():
        expected = network(image, mask)
        assert torch.allclose(folded(image, mask), expected, atol=1e-5)
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    left = sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in folded.modules())
    # those behind no plain convolution stay
    assert left == {"compact": 2, "multiscale": 1, "alexnet": 0}[name]


def test_compact_network_does_not_see_the_reference(compact):
    image, mask = _map(224, 224)
    with torch.inference_mode():
        one, other = compact(image, mask), compact(image + 3.0, mask)
        wrapped = build_network("compact", 1, difference=False, seed=1).eval()
        assert not torch.allclose(wrapped(image, mask), wrapped(image + 3.0, mask), atol=1e-2)
    assert torch.allclose(one, other, atol=2e-5)
    assert compact.offset_invariant
    assert not wrapped.offset_invariant


def test_compact_network_does_not_see_invalid_pixels(compact):
    image, mask = _map(224, 224)
    with torch.inference_mode():
        one = compact(image, mask)
        assert torch.equal(one, compact(torch.where(mask == 1, image, 7.0), mask))
        assert torch.isfinite(compact(image, torch.zeros_like(mask))).all()


def test_a_flat_map_with_holes_gives_no_response():
    layer = FirstConvolution(1, 4, 3, difference=True)
    share = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    share[..., 3:8, 2:7] = 0
    with torch.inference_mode():
        assert layer(4.0 * share, share).abs().max() < 1e-4


def test_differences_of_several_channels_agree_with_a_loop():
    layer = FirstConvolution(2, 3, 3, difference=True)
    generator = torch.Generator().manual_seed(4)
    share = torch.rand(1, 1, 5, 5, generator=generator)
    total = torch.randn(1, 2, 5, 5, generator=generator) * share
    with torch.inference_mode():
        found = layer(total, share)[0, :, 1, 2]
        weight = layer.weight.numpy()
    s, t = share[0, 0, 1:4, 2:5].numpy(), total[0, :, 1:4, 2:5].numpy()
    background = t.sum((1, 2)) / s.sum()
    expected = [
        sum((w[c] * (t[c] - background[c] * s)).sum() for c in range(2)) / s.mean() for w in weight
    ]
    assert np.allclose(found, expected, atol=1e-5)


def test_sizes_of_the_networks():
    compact = build_network("compact", 1, difference=True, seed=0)
    assert sum(part.numel() for part in compact.parameters()) < 1_000_000
    assert sum(part.numel() for part in AlexNet(3).parameters()) == 61_100_840 - 998 * 4097


def test_weights_follow_from_the_seed_alone():
    before = torch.random.get_rng_state()
    one, same, other = (
        build_network("compact", 1, difference=True, seed=seed).head.weight for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


def test_unknown_network_is_refused():
    with pytest.raises(InputError, match="alexnet_masked"):
        build_network("resnet", 1, difference=False, seed=0)
