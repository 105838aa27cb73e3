"""One run of the tiny workflow, shared by the tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny import FULL_RUN_SECONDS, Workflow, copy_checkout


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Return a copy of the checkout that has not run yet."""
    base = tmp_path_factory.mktemp("workflow")
    return Workflow(copy_checkout(base / "checkout"), base / "empty")


@pytest.fixture(scope="session")
def finished(fresh: Workflow) -> Workflow:
    """Return the workflow after one full run on two cores."""
    workflow = fresh.elsewhere(fresh.folder.with_name("run"))
    done = workflow(seconds=FULL_RUN_SECONDS)
    if done.code:
        pytest.fail(f"the tiny workflow failed:\n{done.text[-6000:]}", pytrace=False)
    return workflow


@pytest.fixture
def altered() -> Iterator[Callable[[Path, bytes], None]]:
    """Give a function that changes a file for one test: content and times come back after it."""
    before: list[tuple[Path, bytes, os.stat_result]] = []

    def alter(path: Path, content: bytes) -> None:
        before.append((path, path.read_bytes(), path.stat()))
        path.write_bytes(content)

    yield alter
    for path, content, times in reversed(before):
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
