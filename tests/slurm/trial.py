"""Runs of the tiny workflow on a cluster, none of which outlives its test."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cluster import ENDS_WITH_US, Cluster
from tiny import UNSET, Done, Workflow

#: All that one look of one scene needs up to its areas; the network is the published one.
OVERLAY = {"models": {"compact": {"published": True}}}
SCENE = "results/scenes/london"
TARGETS = (f"{SCENE}/areas_line.gpkg", f"{SCENE}/thresholds.gpkg")
MAPS = tuple(f"{SCENE}/{look}/velocity.tif" for look in ("asc", "desc"))
RUN_SECONDS = 900


@dataclass
class Trial:
    """One folder in which the tiny workflow runs on a cluster."""

    cluster: Cluster
    workflow: Workflow
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        before = self.cluster.jobs()
        self.before = int(before[-1][0]) if before else 0

    def start(
        self, *targets: str, profile: str = "slurm", flags: tuple[str, ...] = (),
        **variables: str,
    ) -> subprocess.Popen[bytes]:  # fmt: skip
        """Start Snakemake through a profile, with ``variables`` in its environment."""
        folder, checkout = self.workflow.folder, self.workflow.checkout
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            *ENDS_WITH_US, sys.executable, "-m", "snakemake", "--nocolor",
            "--profile", str(checkout / "profiles" / profile),
            "--snakefile", str(checkout / "Snakefile"), "--directory", str(folder),
            "--configfile", str(checkout / "tests/config.yaml"), str(checkout / "overlay.yaml"),
            *flags, "--", *targets,
        ]  # fmt: skip
        inherited = {k: v for k, v in self.cluster.environment.items() if k not in UNSET}
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                command, cwd=folder, env={**inherited, **variables}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.started.append(child)
        return child

    def end(self, child: subprocess.Popen[bytes], seconds: float = RUN_SECONDS) -> Done:
        """Wait for Snakemake to end; kill it if it does not."""
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            pytest.fail(f"no end within {seconds} s:\n{self.text[-4000:]}", pytrace=False)
        return Done(child.returncode, self.text)

    def run(self, *targets: str, **how: object) -> Done:
        return self.end(self.start(*targets, **how))  # type: ignore[arg-type]

    def until(self, happened: Callable[[], object], what: str, seconds: float = 300) -> None:
        """Wait for something to happen while Snakemake runs."""
        stop = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > stop or self.started[-1].poll() is not None:
                pytest.fail(f"did not happen: {what}\n{self.text[-4000:]}", pytrace=False)
            time.sleep(0.1)

    def jobs(self, fields: str = "", state: str = "all") -> list[list[str]]:
        """Return number and ``fields`` of each job that this trial has sent, oldest first."""
        return self.cluster.jobs(fields, state, after=self.before)

    def caught(self, seconds: float = 300) -> str:
        """Wait until a job's script has been started, and return the job's number."""
        self.until(self._steps, "a job runs", seconds)
        return self._steps()[-1]

    def until_idle(self, seconds: float = 60) -> None:
        """Wait until no job of this trial is left, Snakemake being over."""
        stop = time.monotonic() + seconds
        while left := self.jobs(state="pending,running,completing"):
            assert time.monotonic() < stop, f"still there: {left}"
            time.sleep(0.2)

    def _steps(self) -> list[str]:
        shown = self.cluster.ask("squeue", "-h", "--steps", "-o", "%i").split()
        started = [step.partition(".") for step in shown]
        return [job for job, _, step in started if step.isdigit() and int(job) > self.before]

    @property
    def log(self) -> Path:
        return self.workflow.folder / "snakemake.log"

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """Leave no Snakemake and no job behind."""
        for child in self.started:
            if child.poll() is None:
                child.kill()
                child.wait()
        self.cluster.clear()
