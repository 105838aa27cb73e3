"""Configuration check and the lists that targets are made of; functions stand in functions/."""

import csv
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

SCRIPTS = Path(workflow.basedir, "scripts").resolve()
sys.path.insert(0, str(SCRIPTS))

import groundmotion
from groundmotion import names
from groundmotion.artefacts.provenance import code_digest
from groundmotion.constants import FRINGE_MM
from groundmotion.errors import InputError
from groundmotion.interpolation.filler import module_of
from groundmotion.names import FILLS
from groundmotion.workflow.configuration import arms_of, checked_config

if SCRIPTS not in Path(groundmotion.__file__).resolve().parents:
    raise WorkflowError(
        f"the library groundmotion is installed in this environment ({groundmotion.__file__}) and "
        f"hides the checkout's copy in {SCRIPTS}; run `pip uninstall groundmotion` first"
    )

try:
    config = checked_config(
        config,
        yaml.safe_load(Path(workflow.basedir, "rules/config.schema.yaml").read_text()),
    )
except InputError as error:
    raise WorkflowError(str(error)) from None

# Threads that wait for each other sleep: five times faster on a machine that others use as well.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

DATA_DIR = Path(os.environ.get("GROUNDMOTION_DATA") or config["data_dir"])
FIGURES = [
    *(f"fig{i}" for i in range(1, 9)),
    *(f"s{i}" for i in range(1, 8)),
    "interpolation",
    "interpolation_map",
    "reliability",
    "robustness",
    "detectability",
]
TABLES = [
    "table1",
    "wraps",
    "kinds",
    "two_looks",
    "interpolation",
    "detectors",
    "robustness",
    "robustness_real",
    "detectability",
    "detectability_recall",
]


#: Resources of a rule that runs networks, where SLURM has GPUs to give.
ON_GPU = {
    name: config[key]
    for name, key in (("gres", "gpu_gres"), ("slurm_partition", "gpu_partition"))
    if config[key]
}


def grow_memory(rules) -> None:
    """Let each further attempt of a job ask for its rule's memory once more: m, 2m, 3m."""
    for each in rules:
        memory = each.resources.get("mem_mb")
        if not memory.is_evaluable() and memory.value is not None:
            each.resources["mem_mb"] = lambda wildcards, attempt, base=memory.value: (
                base * attempt
            )


def code(rule_name: str, *fills: str) -> str:
    """Digest of a rule's script and of the library modules it imports: reruns follow content.

    The module of a fill is imported by its name only when it fills; rules say which they use.
    """
    used = {module_of(fill.removesuffix("_std")) for fill in fills}
    return code_digest(SCRIPTS / f"{rule_name}.py", SCRIPTS, tuple(sorted(used)))


def code_with_fill(rule_name: str):
    """Params function: the digest of a rule that fills by the method of its wildcard."""
    return lambda wildcards: code(rule_name, wildcards.fill)


include: "functions/scenes.smk"
include: "functions/models.smk"
include: "functions/examples.smk"
include: "functions/targets.smk"
