"""What the profiles ask of a cluster, seen by an ``sbatch`` that takes no job."""

import os
from pathlib import Path

import pytest
from tiny import Workflow

pytestmark = pytest.mark.workflow


def test_each_attempt_asks_for_more_memory(
    fresh: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbatch = tmp_path / "bin/sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nexit 1\n')
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}{os.pathsep}{os.environ['PATH']}")
    profile = fresh.checkout / "profiles/slurm-generic"
    done = fresh.elsewhere(tmp_path / "run")(
        "results/points/london/asc.parquet", flags=["--profile", str(profile)]
    )
    assert done.code != 0
    calls = [line.split() for line in (tmp_path / "calls").read_text().splitlines()]
    asked = [
        [word for word in call if word.startswith(("--mem=", "--time=", "--gres="))]
        for call in calls
    ]
    assert asked == [
        [f"--mem={memory}", "--time=30", "--gres=none"] for memory in (3000, 6000, 9000)
    ]
