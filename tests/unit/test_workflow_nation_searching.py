"""What jobs that search tiles take from the configuration and the model."""

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
    named = {key: CONFIG[key] for key in ("scene_fill", "fills", "windows", "detection")}
    place = {"pixel_m": 10.0, "halo_px": 252, "device": "cpu"}
    return tile_search(*files, {**named, **place, **changes}, 1)


@pytest.mark.parametrize("precision", ["trained", "bfloat16"])
def test_tiles_are_scored_as_the_configuration_says(precision):
    detection = {**CONFIG["detection"], "precision": precision}
    search = _search(FILLED, detection=detection)
    assert search.settings.precision == precision
    assert search.settings.block_windows == detection["block_windows"]
    assert search.settings.lattice.size_px == CONFIG["windows"]["size_px"]
    assert search.filler.method == CONFIG["scene_fill"] == "matrix_completion"
    assert search.max_gap_px == search.filler.max_gap_px == 50.0


def test_a_model_of_another_fill_is_refused():
    with pytest.raises(InputError, match="scene_fill"):
        _search(FILLED, scene_fill="kriging")


def test_a_model_of_bare_points_needs_no_fill_whatever_fills_the_scene():
    assert _search(UNFILLED, scene_fill="kriging").filler.method == "none"
