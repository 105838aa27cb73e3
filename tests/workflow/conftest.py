"""One run of the tiny workflow, shared by the tests."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import FULL_RUN_SECONDS, Workflow, copy_checkout
from xdist.scheduler import LoadScopeScheduling

#: Modules whose tests ask for the full run, which one worker makes and shares: it takes them all.
OF_FULL_RUN = tuple(
    path.name
    for path in Path(__file__).parent.glob("test_*.py")
    if re.search(r"\bfinished\b", path.read_text())
)


class OneFullRun(LoadScopeScheduling):  # type: ignore[misc]
    """Give each module to one worker, and the modules of the full run to the same.

    The scope with most tests, which is theirs, begins first.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", 1)[0]
        return "full run" if module.endswith(OF_FULL_RUN) else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneFullRun:
    """Return what shares the tests out to workers."""
    return OneFullRun(config, log)


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
