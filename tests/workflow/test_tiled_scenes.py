"""A scene too large for memory, made tiny: killed at random moments, and with a damaged file."""

import random
import time

import pytest
from tiny import Workflow

from groundmotion.artefacts.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]

TARGET, SCENE = "nation", "scenes/great_britain_nation"
#: The weights that ship, so that nothing is trained.
OVERLAY = {"models": {"compact": {"published": True}}}
#: No lock, since a killed run leaves one behind.
RESUMED = ("--nolock", "--rerun-incomplete")
KILLS = 3


@pytest.fixture(scope="module")
def undisturbed(fresh: Workflow) -> tuple[Workflow, float]:
    """One run of the tiny nation, and how many seconds it took."""
    workflow, began = fresh.elsewhere(fresh.folder.with_name("nation")), time.monotonic()
    done = workflow(TARGET, overlay=OVERLAY)
    assert done.code == 0, done.text[-4000:]
    return workflow, time.monotonic() - began


@pytest.fixture(scope="module")
def killed(fresh: Workflow) -> Workflow:
    """Return the same workflow with another folder to run in."""
    return fresh.elsewhere(fresh.folder.with_name("nation_killed"))


def test_the_sea_is_never_listed_and_nothing_stays_behind(
    undisturbed: tuple[Workflow, float],
) -> None:
    made = undisturbed[0].digests()
    tiles = read_table(undisturbed[0].folder / "results" / SCENE / "tiles.csv")
    assert 1 < len(tiles) < 12
    names = ("probability_point.tif", "areas_point.gpkg", "noise.json", "sources.gpkg",
             "significance.tif", "asc/significance.tif")  # fmt: skip
    assert {f"{SCENE}/{name}" for name in names} <= set(made)
    assert not [name for name in made if "/." in name]


def test_runs_killed_at_random_moments_end_with_the_same_bytes(
    undisturbed: tuple[Workflow, float], killed: Workflow
) -> None:
    moments = random.Random(time.time_ns())
    for _ in range(KILLS):
        after = moments.uniform(0.2, 0.7) * undisturbed[1]
        print(f"killed after {after:.2f} s")  # what a failure has to be repeated with
        killed.killed(TARGET, after=after, overlay=OVERLAY, flags=RESUMED)
    done = killed(TARGET, overlay=OVERLAY, flags=RESUMED)
    assert done.code == 0, done.text[-4000:]
    assert killed.digests() == undisturbed[0].digests()


def test_a_truncated_batch_is_named_with_what_to_do(undisturbed: tuple[Workflow, float]) -> None:
    workflow = undisturbed[0]
    batch = workflow.folder / "results" / SCENE / "asc/scores_point/batch_0.safetensors"
    batch.write_bytes(batch.read_bytes()[:-100])
    done = workflow(f"results/{SCENE}/probability_point.tif", overlay=OVERLAY)
    assert done.code == 1
    assert "asc/scores_point/batch_0.safetensors: cannot be read" in done.text
    assert "run again to have it made anew" in done.text
