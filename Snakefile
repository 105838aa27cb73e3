# Find ground deformation in sparse InSAR velocity maps.
#
#   points → grid → filled map → wrapped patches → probability map → areas → tables, figures, report
#   points → noise → significance → sources → areas
#
# `snakemake --cores 8` makes everything; every file of the method and each short name below is a
# target by itself, and `snakemake --list` explains them. Numbers are in config.yaml, functions in
# rules/functions/.
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
include: "rules/dense.smk"
include: "rules/table1.smk"
include: "rules/kinds.smk"
include: "rules/two_looks.smk"
include: "rules/robustness.smk"
include: "rules/detectability.smk"
include: "rules/detection.smk"
include: "rules/sources.smk"
include: "rules/areas.smk"
include: "rules/trials.smk"
include: "rules/detectors.smk"
include: "rules/tiled.smk"
include: "rules/interpolation.smk"
include: "rules/figures.smk"
include: "rules/supplement.smk"
include: "rules/report.smk"


rule all:
    """Everything; then open results/report.html."""
    default_target: True
    input:
        every_artefact(),
        "results/manifest.json",
        "results/ro-crate-metadata.json",
        "results/report.html",
    localrule: True
    message:
        "Everything is made; open results/report.html"


rule case_studies:
    """The scenes of Fig. 5 from points to areas, and the figure."""
    input:
        [scene_results(scene) for scene in CASE_STUDIES],
        "results/figures/fig5.png",
    localrule: True


rule uk:
    """The scene of the overviews from points to areas, and Figs 6 and 7."""
    input:
        [
            scene_results(scene)
            for scene in SCENES
            if scene == config["figures"]["overview"]
        ],
        "results/figures/fig6.png",
        "results/figures/fig7.png",
    localrule: True


rule nation:
    """Scenes of role tiled, searched tile by tile: hours; not part of everything."""
    input:
        [path for scene in TILED_SCENES for path in tiled_results(scene)],
    localrule: True


rule dense:
    """The dense network, trained anew in half an hour; not part of everything."""
    input:
        f"{DENSE.format(seed=1)}/calibration.json",
    localrule: True


rule report:
    """The report of all figures and tables: results/report.html."""
    input:
        "results/report.html",
    localrule: True


# fig1 … fig8, s1 … s7 and each study and table; what makes one explains it
for short_name in SHORT_NAMES:

    rule:
        name:
            short_name
        input:
            files_of(short_name),
        localrule: True

    workflow.get_rule(short_name).docstring = explanation_of(short_name, workflow.rules)


# A cluster kills what takes more memory than it asked for.
grow_memory(workflow.rules)
