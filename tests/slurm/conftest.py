"""SLURM clusters for the tests, and a local run to compare with."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, lacking
from tiny import FULL_RUN_SECONDS, Workflow, copy_checkout
from trial import OVERLAY, TARGETS, Trial


def _cluster(accounting: bool) -> Iterator[Cluster]:
    missing = lacking(accounting)
    if missing:
        kind = "SLURM with accounting" if accounting else "SLURM"
        pytest.skip(f"no {kind} here: {missing}")
    cluster = Cluster(accounting)
    # a plain `kill` must not skip the end of this function
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def plain() -> Iterator[Cluster]:
    """Return a cluster without accounting."""
    yield from _cluster(accounting=False)


@pytest.fixture(scope="module")
def accounted() -> Iterator[Cluster]:
    """Return a cluster with an accounting database."""
    yield from _cluster(accounting=True)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Return a local run of the targets, to compare with."""
    base = tmp_path_factory.mktemp("slurm")
    checkout = copy_checkout(base / "checkout")
    workflow = Workflow(checkout, base / "local")
    done = workflow(*TARGETS, overlay=OVERLAY, seconds=FULL_RUN_SECONDS)
    if done.code:
        pytest.fail(f"the local run failed:\n{done.text[-4000:]}", pytrace=False)
    shutil.copy2(workflow.folder / "overlay.yaml", checkout)
    return workflow


def _trial(cluster: Cluster, local: Workflow, folder: Path, points: bool) -> Trial:
    workflow = local.elsewhere(folder)
    if points:
        shutil.copytree(local.folder / "results/points", folder / "results/points")
    return Trial(cluster, workflow)


@pytest.fixture
def trial(plain: Cluster, local: Workflow, tmp_path: Path) -> Iterator[Trial]:
    """Return a folder that holds the points of the scene already: one job makes a map."""
    found = _trial(plain, local, tmp_path / "run", points=True)
    yield found
    found.close()


@pytest.fixture
def empty_trial(plain: Cluster, local: Workflow, tmp_path: Path) -> Iterator[Trial]:
    """Return a folder with nothing in it."""
    found = _trial(plain, local, tmp_path / "run", points=False)
    yield found
    found.close()


@pytest.fixture
def accounted_trial(accounted: Cluster, local: Workflow, tmp_path: Path) -> Iterator[Trial]:
    """Like ``trial``, on the cluster with accounting."""
    found = _trial(accounted, local, tmp_path / "run", points=True)
    yield found
    found.close()
