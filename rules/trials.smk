# Trials: detectors of whole scenes on many small simulated ones, of one source or none.


rule score_trials:
    """Search simulated trials by every detector, and compare what it outlines with the truth."""
    input:
        model_files=trial_model,
        dense_files=trial_dense,
    output:
        scores=TRIAL_SCORES,
    log:
        "logs/score_trials/{noise}_{case}.log",
    benchmark:
        "logs/benchmarks/score_trials/{noise}_{case}.tsv"
    wildcard_constraints:
        noise="|".join(names.TRIAL_NOISES),
        case="|".join(map(re.escape, TRIAL_CASES)),
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=3000,
        runtime=240,
    params:
        code=code("score_trials", TRIAL_ARM["fill"]),
        torch_threads=config["torch_threads"],
        trials={
            key: TRIALS[key]
            for key in (
                "size_m",
                "pixel_m",
                "radius_m",
                "radius_fraction",
                "gaussian_share",
                "density",
                "settled_share",
            )
        },
        law=lambda wildcards: TRIALS["noise"][wildcards.noise],
        number=lambda wildcards: TRIAL_CASES[wildcards.case],
        seeds=[config["seed"], TRIALS["seed"]],
        simulation=config["simulation"],
        detectors=TRIALS["detectors"],
        sections=DETECTOR_SECTIONS,
        matching={
            key: config["detectors"][key] for key in ("overlaps", "min_truth_covered")
        },
    message:
        "Searching SIMULATED trials: {wildcards.noise}, {wildcards.case}"
    script:
        "../scripts/score_trials.py"


rule tabulate_trials:
    """Table of detectors on simulated trials: recall, outlines, directions, false ground."""
    input:
        scores=expand(TRIAL_SCORES, noise=names.TRIAL_NOISES, case=TRIAL_CASES),
    output:
        table="results/tables/trials.csv",
    log:
        "logs/tabulate_trials.log",
    benchmark:
        "logs/benchmarks/tabulate_trials.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_trials"),
        classes={
            "radius_m": TRIALS["radius_classes_m"],
            "density": TRIALS["density_classes"],
            "min_points": config["detectors"]["min_points"],
            "confidence": config["calibration_confidence"],
        },
    message:
        "Tabulating trials"
    script:
        "../scripts/tabulate_trials.py"


rule draw_trials:
    """Trials: recall of detectors by peak, and false ground by the level of the noise."""
    input:
        table="results/tables/trials.csv",
    output:
        **figure_files("trials"),
    log:
        "logs/draw_trials.log",
    benchmark:
        "logs/benchmarks/draw_trials.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_trials"),
        overlap=TRIALS["shown_overlap"],
        min_truth_covered=config["detectors"]["min_truth_covered"],
        size_m=TRIALS["size_m"],
        confidence=config["calibration_confidence"],
    message:
        "Drawing trials"
    script:
        "../scripts/draw_trials.py"
