"""What jobs that search tiles take from the configuration and the model."""

from pathlib import Path

import pytest
import yaml

from groundmotion.errors import InputError
from groundmotion.workflow.nation.searching import tile_search

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
MODEL = ROOT / "results/published/models/point/mining/10/matrix_completion/unwrapped/none/compact/1"
FILES = (MODEL / "weights.safetensors", MODEL / "model.json", MODEL / "calibration.json")


def _settings(**changes):
    named = {key: CONFIG[key] for key in ("scene_fill", "fills", "windows", "detection")}
    place = {"pixel_m": 10.0, "halo_px": 252, "max_gap_m": 500.0, "device": "cpu"}
    return {**named, **place, **changes}


@pytest.mark.parametrize("precision", ["trained", "bfloat16"])
def test_tiles_are_scored_as_the_configuration_says(precision):
    detection = {**CONFIG["detection"], "precision": precision}
    search = tile_search(*FILES, _settings(detection=detection), 1)
    assert search.settings.precision == precision
    assert search.settings.block_windows == detection["block_windows"]
    assert search.settings.lattice.size_px == CONFIG["windows"]["size_px"]
    assert search.max_gap_px == 50.0


def test_a_model_of_another_fill_is_refused():
    with pytest.raises(InputError, match="scene_fill"):
        tile_search(*FILES, _settings(scene_fill="kriging"), 1)
