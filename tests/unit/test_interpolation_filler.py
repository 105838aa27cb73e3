"""A fill with its numbers: made from the configuration, sent to a process, kept near points."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import ndimage

from groundmotion.interpolation.filler import Filler, module_of
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.names import FILLS

ROOT = Path(__file__).parents[2]
FILLS_SECTION = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["fills"]
COVARIANCE = Covariance(nugget=0.9, a=1.0, b_per_km=1.2, pixel_m=10.0)


@pytest.fixture
def sparse() -> np.ndarray:
    rng = np.random.default_rng(3)
    maps = rng.normal(0, 1, (2, 50, 40)).astype(np.float32)
    maps[rng.random(maps.shape) > 0.02] = np.nan
    maps[:, 5, 7] = 1.0
    return maps


def test_its_numbers_are_those_of_the_configuration():
    filler = Filler.from_config("kriging", FILLS_SECTION, 5.0, COVARIANCE, threads=3)
    assert filler.settings == FillSettings.from_config(FILLS_SECTION)
    assert filler.max_gap_px == FILLS_SECTION["max_gap_m"] / 5.0
    assert (filler.covariance, filler.threads) == (COVARIANCE, 3)
    assert Filler.from_config("delaunay", FILLS_SECTION, 10.0).threads == 1


def test_what_lies_far_from_every_point_is_taken_out(sparse):
    filled = np.ones(sparse.shape)
    filler = Filler("delaunay", FillSettings.from_config(FILLS_SECTION), max_gap_px=6.0)
    near = filler.near(sparse, filled)
    away = np.stack([ndimage.distance_transform_edt(np.isnan(values)) for values in sparse])
    assert (away > 6).any() and (away <= 6).any()
    np.testing.assert_array_equal(near, np.where(away <= 6, 1.0, np.nan))
    assert near.dtype == np.float32
    np.testing.assert_array_equal(filler.near(sparse[0], filled[0]), near[0])


def test_without_a_gap_nothing_is_far(sparse):
    filler = Filler("normalised_convolution", FillSettings.from_config(FILLS_SECTION))
    assert np.isfinite(filler.near(sparse, filler(sparse))).all()


def test_a_process_that_gets_it_fills_the_same(sparse):
    filler = Filler.from_config("kriging", FILLS_SECTION, 10.0, COVARIANCE)
    sent = pickle.loads(pickle.dumps(filler))
    np.testing.assert_array_equal(sent(sparse), filler(sparse))
    np.testing.assert_array_equal(sent.std(sparse), filler.std(sparse))


def test_only_the_module_that_fills_is_loaded():
    """Jobs start fast, and a rule's digest, which leaves the other fills out, is right."""
    program = """
import sys, numpy, yaml
from groundmotion.interpolation.filler import Filler
own = lambda: {name for name in sys.modules if name.startswith("groundmotion.interpolation.")}
before = own()
section = yaml.safe_load(open("config.yaml"))["fills"]
Filler.from_config("normalised_convolution", section, 10.0)(numpy.eye(9))
print(*sorted(own() - before))
print("torch" in sys.modules, "groundmotion.interpolation.kriging" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONPATH": "scripts"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded, others = done.stdout.splitlines()
    assert module_of("normalised_convolution") in loaded.split()
    assert others == "False False"


def test_the_module_of_every_fill_is_a_file():
    for name in FILLS:
        path = ROOT.joinpath("scripts", *module_of(name).split(".")).with_suffix(".py")
        assert path.is_file(), name


def test_a_method_that_is_loaded_on_first_use_works_on_one_thread():
    # Its libraries are loaded with it; a limit that was set before does not know of them.
    script = """
import numpy as np
from threadpoolctl import threadpool_info

from groundmotion.interpolation import filler
from groundmotion.interpolation.settings import Covariance

load = filler._function


def spied(name):
    make = load(name)

    def counting(*arguments):
        print(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))
        return make(*arguments)

    return counting


filler._function = spied
section = __import__("yaml").safe_load(open("config.yaml", encoding="utf-8"))["fills"]
known = Covariance(nugget=0.9, a=1.0, b_per_km=1.2, pixel_m=10.0)
sparse = np.full((9, 9), np.nan, np.float32)
sparse[4, 4] = 1.0
filler.Filler.from_config("kriging", section, 10.0, known)(sparse)
"""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT,
        env=environment,
    )  # fmt: skip
    assert set(done.stdout.split()) == {"1"}
