# Find ground deformation in sparse InSAR velocity maps.
#
#   points → grid → filled map → wrapped patches → probability map → areas → tables, figures, report
#
# `snakemake --cores 8` makes everything; every file of the method and each short name below is a
# target by itself. Numbers are in config.yaml, functions in rules/functions/.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


configfile: Path(workflow.basedir, "config.yaml")


include: "rules/common.smk"
include: "rules/points.smk"
include: "rules/scenes.smk"
include: "rules/variogram.smk"
include: "rules/datasets.smk"
include: "rules/pretraining.smk"
include: "rules/training.smk"
include: "rules/kinds.smk"
include: "rules/two_looks.smk"
include: "rules/robustness.smk"
include: "rules/detectability.smk"
include: "rules/detection.smk"
include: "rules/areas.smk"
include: "rules/tiled.smk"
include: "rules/interpolation.smk"
include: "rules/figures.smk"
include: "rules/supplement.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        every_artefact(),
        "results/manifest.json",
        "results/ro-crate-metadata.json",
        "results/report.html",
    localrule: True
    message:
        "Everything is made; open results/report.html"


rule table1:
    input:
        "results/tables/table1.csv",
        "results/tables/table1.md",
        multiext("results/figures/table1", ".png", ".pdf", ".csv"),
    localrule: True


rule case_studies:
    input:
        [scene_results(scene) for scene in CASE_STUDIES],
        "results/figures/fig5.png",
    localrule: True


rule uk:
    input:
        [scene_results(scene) for scene in NATIONAL_SCENES],
        "results/figures/fig6.png",
        "results/figures/fig7.png",
    localrule: True


rule nation:
    input:
        [path for scene in TILED_SCENES for path in tiled_results(scene)],
    localrule: True


rule report:
    input:
        "results/report.html",
    localrule: True


# fig1 … fig8, s1 … s7, interpolation, reliability, robustness, detectability
for figure in FIGURES:

    rule:
        name:
            figure
        input:
            multiext(f"results/figures/{figure}", ".png", ".pdf", ".csv"),
        localrule: True


# A cluster kills what takes more memory than it asked for.
grow_memory(workflow.rules)
