"""Matrix completion in batches on a device of torch: the numpy form's values, map by map."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.errors import InputError
from groundmotion.interpolation import diffusion_torch
from groundmotion.interpolation.diffusion_torch import (
    LARGEST_PX,
    BatchDiffusion,
    fill_batch,
    gpu_for,
)
from groundmotion.interpolation.filler import Filler
from groundmotion.interpolation.settings import FillSettings, MatrixCompletionSettings

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SETTINGS = FillSettings.from_config(CONFIG["fills"])
MATRIX = SETTINGS.matrix_completion
#: Rounding grows as the iteration goes on, and may decide which iteration is the last: two right
#: answers are then one iteration apart, which is more than rounding and less than the accuracy's
#: order. So forms are compared at an accuracy where that is little, and maps in different batches
#: at one that is reached before rounding has grown.
TIGHT = replace(MATRIX, accuracy_mm_yr=1e-4)
EARLY = replace(MATRIX, accuracy_mm_yr=0.05)
CPU = torch.device("cpu")
ROUNDING = 2e-5


def filler(settings: MatrixCompletionSettings) -> Filler:
    """Fills by the numpy form."""
    return Filler("matrix_completion", replace(SETTINGS, matrix_completion=settings))


def clustered(shape: tuple[int, int], density: float, seed: int) -> NDArray[np.float32]:
    """Waves and spikes about -4 mm/yr, at clustered points and in one corner."""
    rng = np.random.default_rng(seed)
    field, settled = (ndimage.gaussian_filter(rng.normal(size=shape), s) for s in (9, 6))
    share = np.exp(1.2 * settled / settled.std())
    sampled = rng.random(shape) < share * density / share.mean()
    sampled[0, 0] = True
    values = 3 * field / field.std() - 4 + rng.normal(0, 0.9, shape)
    return np.where(sampled, values, np.nan).astype(np.float32)


def mixed_batch(shape: tuple[int, int]) -> NDArray[np.float32]:
    densities = (0.01, 0.4, 0.05, 0.25, 0.02, 0.1)
    return np.stack([clustered(shape, density, seed) for seed, density in enumerate(densities)])


@pytest.mark.parametrize("density", [0.01, 0.05, 0.25])
@pytest.mark.parametrize("shape", [(224, 224), (101, 67), (64, 130)])
def test_equals_the_numpy_form(density: float, shape: tuple[int, int]) -> None:
    batch = np.stack([clustered(shape, density, seed) for seed in (1, 2, 3)])
    for settings, tolerance in ((TIGHT, 1e-3), (MATRIX, 5e-3)):
        filled = fill_batch(batch, settings, CPU)
        assert filled.dtype == np.float32
        expected = filler(settings)(batch)
        np.testing.assert_allclose(filled, expected, atol=tolerance)


def test_solves_the_linear_system() -> None:
    """A dense solve of (I − G(I − M/λ)) x = G Mᵀy/λ, G from the filter of unit pixels."""
    batch = np.stack([clustered((23, 31), density, 4) for density in (0.03, 0.3)])
    unit = np.eye(23 * 31).reshape(-1, 23, 31)
    g = ndimage.gaussian_filter(unit, MATRIX.sigma_px, mode="reflect", axes=(1, 2))
    g = g.reshape(len(unit), -1).T
    filled = fill_batch(batch, replace(MATRIX, accuracy_mm_yr=1e-5), CPU)
    for values, found in zip(batch, filled, strict=True):
        pull = ~np.isnan(values).ravel() / MATRIX.step_factor
        right = g @ (pull * np.nan_to_num(values).ravel())
        expected = np.linalg.solve(np.eye(values.size) - g * (1 - pull), right)
        np.testing.assert_allclose(found.ravel(), expected, atol=1e-3)


def test_points_at_the_borders_only() -> None:
    values = np.full((75, 90), np.nan, np.float32)
    values[0, ::7], values[-1, ::9], values[::5, 0], values[::11, -1] = 1.0, -3.0, 4.0, 0.5
    filled = fill_batch(values, TIGHT, CPU)
    assert filled.shape == values.shape
    np.testing.assert_allclose(filled, filler(TIGHT)(values), atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2), (20, 33)])
@pytest.mark.parametrize("place", [(0, 0), (-1, -1)])
def test_one_point_fills_the_map_with_its_value(
    shape: tuple[int, int], place: tuple[int, int]
) -> None:
    values = np.full(shape, np.nan)
    values[place] = -2.5
    np.testing.assert_allclose(fill_batch(values, MATRIX, CPU), -2.5, atol=1e-5)


def test_a_map_hardly_depends_on_the_others_or_on_its_place() -> None:
    batch = mixed_batch((90, 77))
    for settings, tolerance in ((EARLY, ROUNDING), (TIGHT, 1e-3)):
        filled = fill_batch(batch, settings, CPU)
        alone = np.stack([fill_batch(values, settings, CPU) for values in batch])
        np.testing.assert_allclose(filled, alone, atol=tolerance)
        turned = fill_batch(batch[::-1], settings, CPU)[::-1]
        np.testing.assert_allclose(turned, alone, atol=tolerance)
    # another map's outliers reach nobody
    others = [0, 1, 3, 4, 5]
    expected = fill_batch(batch[others], EARLY, CPU)
    batch[2] *= 100
    np.testing.assert_allclose(fill_batch(batch, EARLY, CPU)[others], expected, atol=ROUNDING)


@pytest.mark.parametrize("leaving_share", [1e-9, 1.0])
def test_what_has_converged_is_not_moved(
    leaving_share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving at once or waiting for the last gives the values of going alone."""
    batch = mixed_batch((60, 83))
    alone = np.stack([fill_batch(values, EARLY, CPU) for values in batch])
    # more iterations would show: converged maps do go on moving when they are let
    assert np.abs(fill_batch(batch, MATRIX, CPU) - alone).max((1, 2)).min() > 10 * ROUNDING
    monkeypatch.setattr(diffusion_torch, "_LEAVING_SHARE", leaving_share)
    np.testing.assert_allclose(fill_batch(batch, EARLY, CPU), alone, atol=ROUNDING)


def test_chunks_bound_the_memory_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = mixed_batch((40, 53))
    whole = fill_batch(batch, EARLY, CPU)
    seen: list[int] = []
    fill_tensor = BatchDiffusion.fill

    def watched(self: BatchDiffusion, values: torch.Tensor, first: int) -> torch.Tensor:
        seen.append(len(values))
        return fill_tensor(self, values, first)

    monkeypatch.setattr(BatchDiffusion, "fill", watched)
    for maps, expected in ((4, [4, 2]), (0.5, [1] * 6)):
        seen.clear()
        room = int(maps * diffusion_torch._ARRAYS_PER_MAP * batch[0].nbytes)
        monkeypatch.setattr(diffusion_torch, "_CHUNK_BYTES", room)
        np.testing.assert_allclose(fill_batch(batch, EARLY, CPU), whole, atol=ROUNDING)
        assert seen == expected


def test_the_same_batch_gives_the_same_bytes_and_stays_as_it_is() -> None:
    batch = mixed_batch((64, 64))
    before = batch.copy()
    assert fill_batch(batch, MATRIX, CPU).tobytes() == fill_batch(batch, MATRIX, CPU).tobytes()
    np.testing.assert_array_equal(batch, before)


def test_products_keep_all_bits_whatever_the_caller_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fill_tensor = BatchDiffusion.fill

    def watched(self: BatchDiffusion, values: torch.Tensor, first: int) -> torch.Tensor:
        seen.append(torch.get_float32_matmul_precision())
        return fill_tensor(self, values, first)

    monkeypatch.setattr(BatchDiffusion, "fill", watched)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        fill_batch(clustered((40, 40), 0.1, 1), MATRIX, CPU)
        assert seen == ["highest"]
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_bad_maps_are_refused() -> None:
    too_large = np.zeros((2, 3, LARGEST_PX + 1), np.float32)
    with pytest.raises(InputError, match=r"at most 512 × 512 pixels, got 3 × 513.*or tiles"):
        fill_batch(too_large, MATRIX, CPU)
    values = clustered((20, 20), 0.2, 1)
    with pytest.raises(InputError, match="map 1 of 2 has no point"):
        fill_batch(np.stack([values, np.full_like(values, np.nan)]), MATRIX, CPU)
    values[7, 11] = -np.inf
    with pytest.raises(InputError, match="-inf at row 7, col 11"):
        fill_batch(values, MATRIX, CPU)


def test_giving_up_names_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusion_torch, "_MAX_ITERATIONS", 3)
    easy = np.full((2, 40, 40), 1.5, np.float32)
    batch = np.concatenate([easy, clustered((40, 40), 0.1, 10)[None]])
    with pytest.raises(InputError, match=r"of map 2 did.*raise matrix_completion.accuracy_mm_yr"):
        fill_batch(batch, MATRIX, CPU)
    monkeypatch.setattr(diffusion_torch, "_CHUNK_BYTES", 1)
    with pytest.raises(InputError, match="of map 2 did not"):
        fill_batch(batch, MATRIX, CPU)
    # what is not a number any more has not converged
    with pytest.raises(InputError, match="of map 0 did not"):
        fill_batch(np.where(np.isnan(batch[2]), np.nan, 1e30 * batch[2]), MATRIX, CPU)


def test_which_device_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gpu_for("cpu") is None
    assert gpu_for("auto") == gpu_for("cuda") == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_for("auto") is None
    with pytest.raises(InputError, match="cuda is asked for, but PyTorch finds none"):
        gpu_for("cuda")


def test_the_package_alone_does_not_load_torch() -> None:
    code = "import sys, groundmotion.interpolation; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "scripts", check=False)
    assert done.returncode == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device here")
def test_cuda_equals_the_numpy_form() -> None:
    cuda = torch.device("cuda")
    batch = mixed_batch((224, 224))
    filled = fill_batch(batch, TIGHT, cuda)
    np.testing.assert_allclose(filled, filler(TIGHT)(batch), atol=1e-3)
    assert filled.tobytes() == fill_batch(batch, TIGHT, cuda).tobytes()
    alone = np.stack([fill_batch(values, TIGHT, cuda) for values in batch])
    np.testing.assert_allclose(filled, alone, atol=1e-3)
