"""What jobs that search tiles take from the configuration and the model."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from groundmotion.errors import InputError
from groundmotion.workflow.nation.searching import tile_search

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
MODELS = ROOT / "results/published/models/point/mining/10"
FILLED = MODELS / "matrix_completion/unwrapped/none/compact/1"
UNFILLED = MODELS / "none/unwrapped/none/multiscale/1"


def _search(model, **changes):
    files = (model / name for name in ("weights.safetensors", "model.json", "calibration.json"))
    named = {key: CONFIG[key] for key in ("fills", "windows", "detection")}
    place = {"pixel_m": 10.0, "halo_px": 252, "device": "cpu"}
    return tile_search(*files, {**named, **place, **changes}, 1)


@pytest.mark.parametrize("precision", ["trained", "bfloat16"])
def test_tiles_are_scored_as_the_configuration_says(precision):
    detection = {**CONFIG["detection"], "precision": precision}
    search = _search(FILLED, detection=detection)
    assert search.settings.precision == precision
    assert search.settings.block_windows == detection["block_windows"]
    assert search.settings.lattice.size_px == CONFIG["windows"]["size_px"]
    assert search.filler.method == "matrix_completion"
    assert search.max_gap_px == search.filler.max_gap_px == 50.0


def test_tiles_are_filled_as_the_model_says():
    assert _search(UNFILLED).filler.method == "none"


def test_a_model_whose_fill_needs_a_covariance_is_refused(tmp_path):
    model = shutil.copytree(FILLED, tmp_path / "kriged")
    description = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**description, "fill": "kriging"}))
    with pytest.raises(InputError, match="kriging needs a covariance"):
        _search(model)
