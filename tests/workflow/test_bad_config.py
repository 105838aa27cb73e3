"""A wrong configuration ends with the key's name before any job starts."""

from pathlib import Path
from typing import Any

import pytest
from tiny import Workflow

pytestmark = pytest.mark.workflow

WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "typo at the top": ({"tresholds": {}}, ("unknown key tresholds",)),
    "typo below": ({"windows": {"stride": 28}}, ("windows", "stride")),
    "out of range": ({"decision_threshold": 1.5}, ("decision_threshold", "1.5")),
    "text for a number": ({"seed": "one"}, ("seed", "'one'")),
    "range upside down": (
        {"examples": {"density": [0.3, 0.01]}}, ("examples.density", "[0.3, 0.01]"),
    ),
    "unknown scene": ({"active_scenes": ["atlantis"]}, ("active_scenes", "atlantis")),
    "unknown model": ({"scenes": {"london": {"model": "large"}}}, ("scenes.london.model", "large")),
    "scene inside out": (
        {"scenes": {"london": {"bounds": [534000, 175000, 526500, 180000]}}},
        ("scenes.london.bounds", "left < right"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_the_wrong_key_is_named_before_any_job(fresh: Workflow, tmp_path: Path, case: str) -> None:
    overlay, words = WRONG[case]
    workflow = fresh.elsewhere(tmp_path)
    done = workflow(overlay=overlay)
    assert done.code != 0
    for word in words:
        assert word in done.text, done.text
    assert "Traceback" not in done.text
    assert not (tmp_path / "results").exists()


def test_a_published_model_that_is_not_there_is_not_made_up(
    fresh: Workflow, tmp_path: Path
) -> None:
    overlay = {"models": {"compact": {"published": True, "seed": 99}}}
    target = "results/scenes/london/probability_line.tif"
    done = fresh.elsewhere(tmp_path)(target, overlay=overlay)
    assert done.code != 0
    assert "compact/99/weights.safetensors: missing" in done.text, done.text
    assert "set published: false for compact" in done.text
