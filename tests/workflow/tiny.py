"""Run Snakemake on the tiny configuration, in a copy of the checkout."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: What the workflow needs of a checkout.
PARTS = (
    "Snakefile",
    "config.yaml",
    "rules",
    "scripts",
    "envs",
    "profiles",
    "docs/captions",
    "tests/config.yaml",
)
#: Variables of the caller that must not reach a run.
UNSET = ("GROUNDMOTION_DATA", "PYTHONPATH", "SNAKEMAKE_PROFILE")
FULL_RUN_SECONDS = 1500
SHORT_RUN_SECONDS = 300


@dataclass(frozen=True)
class Done:
    """How a call of Snakemake ended."""

    code: int
    text: str

    def planned(self) -> Counter[str]:
        """Jobs by rule, from the table of a dry run; empty if there is nothing to do."""
        table = re.search(r"^Job stats:\n.*?\n-[- ]+\n(.*?)^total\b", self.text, flags=re.M | re.S)
        lines = table.group(1).splitlines() if table else []
        return Counter({line.split()[0]: int(line.split()[1]) for line in lines})

    def files(self) -> set[str]:
        """Files that a summary lists: all that the targets need made, whether or not they are."""
        rows = [line.split("\t") for line in self.text.splitlines() if line.count("\t") >= 5]
        return {row[0] for row in rows} - {"output_file"}

    def changed(self) -> set[str]:
        """Rules whose files a detailed summary calls outdated by their parameters (or code)."""
        rows = [line.split("\t") for line in self.text.splitlines() if line.count("\t") >= 7]
        return {row[2] for row in rows if row[6] == "params changed"}

    @property
    def idle(self) -> bool:
        return self.code == 0 and "Nothing to be done" in self.text


@dataclass(frozen=True)
class Workflow:
    """A copy of the checkout and a folder to run it in."""

    checkout: Path
    folder: Path

    def __call__(
        self, *targets: str, flags: Sequence[str] = (), cores: int = 2,
        overlay: dict[str, Any] | None = None, data: Path | None = None,
        seconds: float = SHORT_RUN_SECONDS,
    ) -> Done:  # fmt: skip
        """Run ``snakemake`` on the tiny configuration, with ``overlay`` on top of it."""
        command, environment = self._call(targets, flags, cores, overlay, data)
        ended = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=seconds, check=False, cwd=self.folder,
        )  # fmt: skip
        return Done(ended.returncode, ended.stdout)

    def killed(
        self, *targets: str, after: float, flags: Sequence[str] = (),
        overlay: dict[str, Any] | None = None,
    ) -> bool:  # fmt: skip
        """Run, and kill it with all its jobs after so many seconds; False if it ended before."""
        command, environment = self._call(targets, flags, 2, overlay, None)
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            command, env=environment, stdout=quiet, stderr=quiet, cwd=self.folder,
            start_new_session=True,
        ) as running:  # fmt: skip
            try:
                running.wait(after)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                return True
        return False

    def _call(
        self, targets: Sequence[str], flags: Sequence[str], cores: int,
        overlay: dict[str, Any] | None, data: Path | None,
    ) -> tuple[list[str], dict[str, str]]:  # fmt: skip
        """Put the command and its environment together, and the overlay on disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        configs = [self.checkout / "tests/config.yaml"]
        if overlay is not None:
            configs.append(self.folder / "overlay.yaml")
            configs[-1].write_text(yaml.safe_dump(overlay), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if name not in UNSET}
        if data is not None:
            environment["GROUNDMOTION_DATA"] = str(data)
        command = [
            sys.executable, "-m", "snakemake", "--nocolor", "--cores", str(cores), "--scheduler", "greedy",
            "--snakefile", str(self.checkout / "Snakefile"), "--directory", str(self.folder),
            "--configfile", *map(str, configs), *flags, "--", *targets,
        ]  # fmt: skip
        return command, environment

    def elsewhere(self, folder: Path) -> "Workflow":
        """Return the same checkout with another folder to run in."""
        return Workflow(self.checkout, folder)

    @property
    def config(self) -> dict[str, Any]:
        """The tiny configuration, as Snakemake merges it."""
        merged = yaml.safe_load((self.checkout / "config.yaml").read_text(encoding="utf-8"))
        over = yaml.safe_load((self.checkout / "tests/config.yaml").read_text(encoding="utf-8"))
        return merge(merged, over)

    def digests(self) -> dict[str, str]:
        """SHA-256 of every finished file below ``results``, by its path there."""
        root = self.folder / "results"
        return {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Overlay nested dictionaries; anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def copy_checkout(target: Path) -> Path:
    for part in PARTS:
        source, place = ROOT / part, target / part
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, place)
    published = ROOT / "results/published"
    if published.is_dir():
        (target / "results").mkdir(exist_ok=True)
        (target / "results/published").symlink_to(published)
    return target
