import hashlib
import io
import os
from collections import OrderedDict

import numpy as np
import pytest
import safetensors.torch
import torch

from groundmotion.errors import InputError
from groundmotion.networks.building import build_network
from groundmotion.training.starts import (
    IMAGENET_MEAN,
    IMAGENET_SHAPES,
    IMAGENET_STD,
    Start,
    fold_first_layer,
    imagenet_start,
    start_network,
)

torch.set_num_threads(1)


def _pickled(state: object) -> bytes:
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def state() -> OrderedDict:
    """Made-up weights of torchvision's names and shapes; half of the large ones is one number."""
    rng = torch.Generator().manual_seed(0)
    return OrderedDict(
        (name, torch.randn(shape, generator=rng) * 0.02 if len(shape) == 4
         else torch.full(shape, 0.01 * number))
        for number, (name, shape) in enumerate(IMAGENET_SHAPES.items())
    )  # fmt: skip


@pytest.fixture(scope="module")
def content(state) -> bytes:
    return _pickled(state)


def test_names_and_shapes_are_the_networks_but_for_colours_and_classes():
    # That these names and shapes are torchvision's is the business of test_networks.
    own = build_network("alexnet", 3, difference=False, seed=3).state_dict()
    found = {name: tuple(values.shape) for name, values in own.items()}
    classes = {"classifier.6.weight": (1000, 4096), "classifier.6.bias": (1000,)}
    assert {**found, **classes} == IMAGENET_SHAPES


def test_every_layer_but_the_last_comes_from_the_file(state, content):
    start = imagenet_start(content, "alexnet.pth", _digest(content), 1)
    assert start.sha256 == _digest(content)
    network = build_network("alexnet", 1, difference=False, seed=3)
    fresh = network.classifier[6].weight.detach().clone()
    copied = start_network(network, start)
    assert set(network.state_dict()) - copied == {"classifier.6.weight", "classifier.6.bias"}
    for name, values in network.state_dict().items():
        if name in copied and not name.startswith("features.0"):
            assert torch.equal(values, state[name]), name
    assert torch.equal(network.classifier[6].weight, fresh)
    assert network.classifier[6].weight.shape == (2, 4096)


def test_safetensors_give_the_same(state, content):
    packed = safetensors.torch.save(dict(state))
    one = imagenet_start(packed, "alexnet.safetensors", _digest(packed).upper(), 1)
    other = imagenet_start(content, "alexnet.pth", _digest(content), 1)
    assert one.sha256 != other.sha256
    assert all(np.array_equal(one.weights[k], v) for k, v in other.weights.items())


def test_the_folded_layer_answers_as_torchvisions_preprocessing():
    rng = np.random.default_rng(1)
    colour = rng.normal(0, 0.1, (4, 3, 11, 11)).astype(np.float32)
    bias = rng.normal(0, 1, 4).astype(np.float32)
    grey = rng.uniform(-1, 1, (31, 35)).astype(np.float32)  # as network_image gives it
    weight, shift = fold_first_layer(torch.from_numpy(colour), torch.from_numpy(bias))
    layer = torch.nn.functional.conv2d(torch.from_numpy(grey)[None, None], weight, shift, stride=4)
    for out in range(4):
        for row in range(layer.shape[2]):
            for col in range(layer.shape[3]):
                total = float(bias[out])
                window = grey[4 * row : 4 * row + 11, 4 * col : 4 * col + 11]
                for channel in range(3):  # ToTensor: [0, 1]; Normalize: (x − mean) / std
                    seen = ((window + 1) / 2 - IMAGENET_MEAN[channel]) / IMAGENET_STD[channel]
                    total += float((colour[out, channel] * seen).sum())
                assert float(layer[0, out, row, col]) == pytest.approx(total, abs=1e-4)


def test_only_the_outermost_ring_feels_the_border(state):
    name = "features.0"
    weight, shift = fold_first_layer(state[f"{name}.weight"], state[f"{name}.bias"])
    grey = torch.rand(1, 1, 224, 224, generator=torch.Generator().manual_seed(2)) * 2 - 1
    mean, std = (torch.tensor(c)[:, None, None] for c in (IMAGENET_MEAN, IMAGENET_STD))
    normal = ((grey + 1) / 2 - mean) / std
    conv = torch.nn.functional.conv2d
    theirs = conv(normal, state[f"{name}.weight"], state[f"{name}.bias"], stride=4, padding=2)
    ours = conv(grey, weight, shift, stride=4, padding=2)
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    assert torch.allclose(ours[inner], theirs[inner], atol=1e-4)
    assert not torch.allclose(ours, theirs, atol=1e-4)


def test_another_digest_is_refused(content):
    with pytest.raises(InputError, match=r"alexnet\.pth: SHA-256 is .* says 0000"):
        imagenet_start(content, "alexnet.pth", "0" * 64, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features.3.bias": None}, "features.3.bias is missing, expected"),
        ({"features.3.bias": torch.zeros(7)}, r"features.3.bias is \(7,\), expected \(192,\)"),
        ({"features.3.bias": "text"}, "features.3.bias is str"),
        ({"features.4.weight": torch.zeros(7)}, "features.4.weight is not expected"),
    ],
)
def test_another_network_is_refused(change, message):
    small = {name: torch.zeros(1).expand(shape) for name, shape in IMAGENET_SHAPES.items()}
    broken = {k: v for k, v in {**small, **change}.items() if v is not None}
    packed = _pickled(broken)
    with pytest.raises(InputError, match=f"not torchvision's alexnet: {message}"):
        imagenet_start(packed, "alexnet.pth", _digest(packed), 1)


class _Harmful:
    def __reduce__(self):
        return (os.mkdir, ("made_by_a_pickle",))


@pytest.mark.parametrize("name", ["alexnet.pth", "alexnet.safetensors"])
def test_code_is_never_run(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    packed = _pickled({"features.0.weight": _Harmful()})
    with pytest.raises(InputError, match="expected a state dictionary of numbers only"):
        imagenet_start(packed, name, _digest(packed), 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("packed", [b"", b"not weights", _pickled([torch.zeros(3)])])
def test_what_is_no_state_dictionary_is_told(packed):
    with pytest.raises(InputError, match=r"alexnet\.pth: .*state dictionary"):
        imagenet_start(packed, "alexnet.pth", _digest(packed), 1)


def test_two_channels_are_refused(content):
    with pytest.raises(InputError, match="grey images only"):
        imagenet_start(content, "alexnet.pth", _digest(content), 2)


def test_weights_of_which_none_fits_are_refused():
    network = build_network("compact", 1, difference=True, seed=3)
    with pytest.raises(InputError, match="none of the 1 weights"):
        start_network(network, Start({"head.weight": np.zeros((9, 9))}, "a"))
