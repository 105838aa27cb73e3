"""How the tests are shared out to workers."""

import re
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Modules whose tests ask for the one full run, which one worker makes and shares: it takes all.
OF_FULL_RUN = tuple(
    path.name
    for path in (Path(__file__).parent / "workflow").glob("test_*.py")
    if re.search(r"\bfinished\b", path.read_text())
)


def _is_of_full_run(nodeid: str) -> bool:
    return nodeid.split("::", 1)[0].endswith(OF_FULL_RUN)


class OneFullRun(LoadScopeScheduling):  # type: ignore[misc]
    """Give each module to one worker, and the modules of the full run to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return "full run" if _is_of_full_run(nodeid) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneFullRun:
    """Return what shares the tests out to workers, in the order of `pytest_collection_modifyitems`."""
    config.option.loadscopereorder = False
    return OneFullRun(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first: the full run, then what else runs Snakemake."""
    items.sort(
        key=lambda item: (
            not _is_of_full_run(item.nodeid),
            item.get_closest_marker("workflow") is None,
        )
    )
