"""The configuration, checked before any job starts; the functions of the rules are in functions/."""

import csv
import os
import re
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

DATA_DIR = Path(os.environ.get("GROUNDMOTION_DATA") or config["data_dir"])


include: "functions/jobs.smk"
include: "functions/scenes.smk"
include: "functions/models.smk"
include: "functions/examples.smk"
include: "functions/sources.smk"
include: "functions/trials.smk"
include: "functions/figures.smk"
include: "functions/targets.smk"
