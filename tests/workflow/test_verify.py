"""The target ``verify`` notices any change of a finished file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import FULL_RUN_SECONDS, Workflow

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(FULL_RUN_SECONDS + 100)]


def test_a_finished_run_is_verified(finished: Workflow) -> None:
    done = finished("verify")
    assert done.code == 0, done.text


@pytest.mark.parametrize(
    "name",
    [
        "tables/table1.csv",
        "figures/fig5.png",
        "scenes/london/asc/velocity.tif",
        "variogram/london/asc.json",
        "tables/table1.csv.stamp.json",
    ],
)
def test_one_altered_byte_is_named(
    finished: Workflow, altered: Callable[[Path, bytes], None], name: str
) -> None:
    path = finished.folder / "results" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    altered(path, bytes(content))
    done = finished("verify")
    assert done.code != 0
    assert f"altered: results/{name}" in done.text
    assert done.text.count("altered: ") == done.text.count(f"altered: results/{name}")


def test_a_missing_file_is_named(finished: Workflow) -> None:
    path = finished.folder / "results/tables/detectors.csv"
    hidden = path.with_name(".hidden")
    path.rename(hidden)
    try:
        done = finished("verify")
    finally:
        hidden.rename(path)
    assert done.code != 0
    assert "missing: results/tables/detectors.csv" in done.text


def test_without_a_manifest_it_says_so(fresh: Workflow, tmp_path: Path) -> None:
    done = fresh.elsewhere(tmp_path)("verify")
    assert done.code != 0
    assert "there is no manifest yet" in done.text
