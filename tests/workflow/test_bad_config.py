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
    "unknown model of an arm": (
        {"table1": [{"model": "large", "source": "point", "pixel_m": 10}]},
        ("table1.0.model: large is not among models", "multiscale"),
    ),
    "unknown fill": ({"fills": {"spline": {"knots": 4}}}, ("fills: unknown key spline", "kriging")),
    "number of a fill out of bounds": (
        {"fills": {"kriging": {"tolerance": 2.0}}}, ("kriging.tolerance must be in (0, 1)", "2.0"),
    ),
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


def kriged(workflow: Workflow, model: str) -> dict[str, Any]:
    """Overlay that kriges every scene, for one model."""
    scenes = {
        name: {"model": model} for name, s in workflow.config["scenes"].items() if "model" in s
    }
    return {"scene_fill": "kriging", "scenes": scenes}


def test_a_scene_of_role_tiled_is_not_kriged(fresh: Workflow, tmp_path: Path) -> None:
    """Its tiles have no covariance: said before any job, and only where the scene is asked for."""
    workflow, overlay = fresh.elsewhere(tmp_path), kriged(fresh, "compact_kriging")
    done = workflow("nation", flags=["--dry-run"], overlay=overlay)
    assert done.code != 0
    for words in ("great_britain_nation", "compact_kriging", "kriging, which needs a covariance"):
        assert words in done.text, done.text
    assert "Traceback (most recent call" not in done.text
    assert not (tmp_path / "results").exists()
    plan = workflow("results/scenes/london/probability_line.tif", flags=["--dry-run"],
                    overlay=overlay)  # fmt: skip
    assert plan.code == 0, plan.text[-4000:]
    assert plan.planned()["fit_variogram"] == plan.planned()["fill_scene"] == 2


def test_a_scene_of_role_tiled_for_a_model_of_bare_points_needs_no_covariance(
    fresh: Workflow, tmp_path: Path
) -> None:
    overlay = kriged(fresh, "multiscale")
    done = fresh.elsewhere(tmp_path)("nation", flags=["--dry-run"], overlay=overlay)
    assert done.code == 0, done.text[-4000:]
    assert done.planned()["list_tiles"] == 1


MULTISCALE = {"models": {"multiscale": {"published": True}}}


def test_a_model_that_does_not_ship_for_a_source_is_refused_at_the_start(
    fresh: Workflow, tmp_path: Path
) -> None:
    overlay = {**MULTISCALE, "scenes": {"great_britain": {"model": "multiscale"}}}
    target = "results/scenes/great_britain/probability_point.tif"
    done = fresh.elsewhere(tmp_path)(target, flags=["--dry-run"], overlay=overlay)
    assert done.code != 0
    for words in (
        "scenes.great_britain: its model multiscale does not ship for line sources at 10 m",
        "it ships for point sources at 10 m: write `sources: [point]` there",
    ):
        assert words in done.text, done.text
    assert "InputFunctionException" not in done.text
    overlay["scenes"]["great_britain"]["sources"] = ["point"]
    plan = fresh.elsewhere(tmp_path)(target, flags=["--dry-run"], overlay=overlay)
    assert plan.code == 0, plan.text[-4000:]
    assert "fill_scene" not in plan.planned()  # the network is shown the points alone


def test_what_a_model_of_an_inactive_scene_ships_for_stops_nobody_else(
    fresh: Workflow, tmp_path: Path
) -> None:
    active = [name for name in fresh.config["active_scenes"] if name != "normanton"]
    scenes = {"normanton": {"model": "multiscale"}, "great_britain_nation": {"model": "multiscale"}}
    overlay = {**MULTISCALE, "active_scenes": active, "scenes": scenes}
    workflow = fresh.elsewhere(tmp_path)
    target = "results/scenes/london/probability_line.tif"
    plan = workflow(target, flags=["--dry-run"], overlay=overlay)
    assert plan.code == 0, plan.text[-4000:]
    asked = workflow(
        "results/scenes/normanton/probability_point.tif", flags=["--dry-run"], overlay=overlay
    )
    assert "multiscale does not ship for point sources at 5 m" in asked.text, asked.text


def test_scenes_and_their_networks_may_be_filled_in_different_ways(
    fresh: Workflow, tmp_path: Path
) -> None:
    """A network that knows kriged maps gets the variogram; another scene's fill is not kriged."""
    scenes = {
        "london": {"fill": "delaunay", "model": "compact_kriging"},
        "normanton": {"fill": "matrix_completion"},
    }
    overlay = {"models": {"compact": {"published": True}}, "scenes": scenes}
    workflow = fresh.elsewhere(tmp_path)
    plans = {
        scene: workflow(
            f"results/scenes/{scene}/probability_{source}.tif", flags=["--dry-run"], overlay=overlay
        )
        for scene, source in (
            ("london", "line"),
            ("normanton", "point"),
            ("great_britain", "point"),
        )
    }
    for plan in plans.values():
        assert plan.code == 0, plan.text[-4000:]
        assert plan.planned()["detect_look"] == 2
    jobs = {scene: plan.planned() for scene, plan in plans.items()}
    assert [jobs[scene]["fit_variogram"] for scene in plans] == [2, 0, 0]
    assert [jobs[scene]["fill_scene"] for scene in plans] == [0, 2, 0]


def test_a_published_model_that_is_not_there_is_not_made_up(
    fresh: Workflow, tmp_path: Path
) -> None:
    overlay = {"models": {"compact": {"published": True, "seed": 99}}}
    target = "results/scenes/london/probability_line.tif"
    done = fresh.elsewhere(tmp_path)(target, overlay=overlay)
    assert done.code != 0
    assert "compact/99/weights.safetensors: missing" in done.text, done.text
    assert "set published: false for compact" in done.text
