"""The script that fills examples: on the processor, and on a GPU where there is one."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from groundmotion.artefacts.arrays import read_arrays, write_arrays
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.tables import write_frame
from groundmotion.errors import InputError
from groundmotion.interpolation import diffusion_torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from fill_examples import fill_examples  # noqa: E402

SETTINGS = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["fills"]
SETTINGS["max_gap_m"] = 100.0
SIZE_PX, N_POINTS, N_MAPS = 48, 120, 70  # more maps than are filled at a time


@pytest.fixture
def filled(tmp_path):
    """A function that fills the same examples in a way and on a device."""
    rng = np.random.default_rng(1)
    cells = [np.sort(rng.choice(SIZE_PX * 12, N_POINTS, replace=False)) for _ in range(N_MAPS)]
    arrays = {
        "values": rng.normal(2, 1, N_MAPS * N_POINTS).astype(np.float32),
        "cell": np.concatenate(cells).astype(np.int32),
        "start": np.arange(N_MAPS + 1, dtype=np.int64) * N_POINTS,
    }
    stamp = make_stamp("a_rule", "c0de", {}, [], tmp_path)
    observations, examples = tmp_path / "observations.safetensors", tmp_path / "examples.parquet"
    write_arrays(observations, arrays, stamp, {"size_px": SIZE_PX, "pixel_m": 10})
    table = pd.DataFrame({"nugget": [0.9], "a": [1.0], "b_per_km": [1.2]}, range(N_MAPS))
    table.loc[N_MAPS - 1, "nugget"] = 0.045
    write_frame(examples, table, stamp)

    def run(fill, device):
        out = tmp_path / f"{fill}_{device}.safetensors"
        fill_examples(
            examples=examples, observations=observations, fill=fill, fills=SETTINGS,
            device=device, filled=out, threads=1, stamp=stamp,
        )  # fmt: skip
        return read_arrays(out)["filled"]

    return run


def test_on_a_gpu_the_same_maps_in_large_batches(filled, monkeypatch):
    expected = filled("matrix_completion", "cpu")
    assert expected.shape == (N_MAPS, SIZE_PX, SIZE_PX)
    assert np.isnan(expected[:, -20:]).all()  # points fill the upper quarter
    batches = []

    def fill_batch(maps, settings, device):
        batches.append((len(maps), device.type))
        return diffusion_torch.BatchDiffusion(maps.shape[1:], settings, torch.device("cpu")).fill(
            torch.from_numpy(maps)
        ).numpy()  # fmt: skip

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(diffusion_torch, "fill_batch", fill_batch)
    for device in ("auto", "cuda"):
        np.testing.assert_allclose(filled("matrix_completion", device), expected, atol=0.01)
    assert batches == [(N_MAPS, "cuda")] * 2
    filled("normalised_convolution", "cuda")
    filled("matrix_completion", "cpu")
    assert len(batches) == 2


def test_without_a_gpu(filled, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(diffusion_torch, "fill_batch", None)
    expected = filled("matrix_completion", "cpu")
    np.testing.assert_array_equal(filled("matrix_completion", "auto"), expected)
    with pytest.raises(InputError, match="cuda is asked for"):
        filled("matrix_completion", "cuda")
    assert np.isfinite(filled("delaunay", "cuda")[:, 0]).all()


def test_kriging_knows_the_covariance_of_each_example(filled):
    for fill in ("kriging", "kriging_std"):
        maps = filled(fill, "cpu")
        assert maps.shape == (N_MAPS, SIZE_PX, SIZE_PX)
        assert np.isnan(maps[:, -20:]).all()
    # a twentieth of the nugget at the end: less is smoothed, and less is unsure
    smooth, sure = filled("kriging", "cpu"), filled("kriging_std", "cpu")
    assert np.nanstd(smooth[-1]) > 1.5 * np.nanstd(smooth[0])
    assert np.nanmean(sure[-1]) < 0.9 * np.nanmean(sure[0])
