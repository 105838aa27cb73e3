# Detectability: what models see of sources of any brightness, visible or not.

#: Models that are tested, trained here or published, and their examples.
DETECTABILITY_ARMS = arms_of(config, config["detectability"]["models"])
DETECTABILITY_EXAMPLES = "results/datasets/{source}/detectability/{pixel_m}/test"
DETECTABILITY_SCORES = f"results/detectability/{ARM}"


rule score_detectability:
    """Test a network on sources of any brightness, visible or not."""
    input:
        examples=f"{DETECTABILITY_EXAMPLES}/examples.parquet",
        filled=[f"{DETECTABILITY_EXAMPLES}/filled_{{fill}}.safetensors"],
        weights=model_file("weights.safetensors", DETECTABILITY_ARMS),
        model=model_file("model.json", DETECTABILITY_ARMS),
        calibration=model_file("calibration.json", DETECTABILITY_ARMS),
    output:
        scores=f"{DETECTABILITY_SCORES}/scores.parquet",
    log:
        f"logs/score_detectability/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/score_detectability/{ARM_LOG}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("score_detectability"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
        },
    message:
        f"Testing detectability: {in_words(ARM)}"
    script:
        "../scripts/score_detectability.py"


rule tabulate_detectability:
    """Tables of detectability: recall by velocity, and the velocity it takes."""
    input:
        examples=of_each(
            f"{DETECTABILITY_EXAMPLES}/examples.parquet", DETECTABILITY_ARMS
        ),
        observed=of_each(
            f"{DETECTABILITY_EXAMPLES}/observed.parquet", DETECTABILITY_ARMS
        ),
        scores=of_each(f"{DETECTABILITY_SCORES}/scores.parquet", DETECTABILITY_ARMS),
    output:
        table="results/tables/detectability.csv",
        recalls="results/tables/detectability_recall.csv",
    log:
        "logs/tabulate_detectability.log",
    benchmark:
        "logs/benchmarks/tabulate_detectability.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=code("tabulate_detectability"),
        arms=DETECTABILITY_ARMS,
        radius_fraction=config["presets"]["detectability"]["point"]["radius_fraction"],
        settings={
            **{
                key: config["detectability"][key]
                for key in (
                    "false_alarms",
                    "recall",
                    "density",
                    "size_m",
                    "peak_mm_yr",
                )
            },
            "confidence": config["calibration_confidence"],
            "seed": config["seed"],
        },
    message:
        "Tabulating detectability"
    script:
        "../scripts/tabulate_detectability.py"


rule draw_detectability:
    """Detectability: what networks see, and the limit, by velocity, size and density."""
    input:
        table="results/tables/detectability.csv",
        recalls="results/tables/detectability_recall.csv",
    output:
        **figure_files("detectability"),
    log:
        "logs/draw_detectability.log",
    benchmark:
        "logs/benchmarks/draw_detectability.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_detectability"),
        dataset={key: DETECTABILITY_ARMS[0][key] for key in ("source", "pixel_m")},
        confidence=config["calibration_confidence"],
        recall=config["detectability"]["recall"],
        false_alarms=config["detectability"]["false_alarms"],
    message:
        "Drawing detectability"
    script:
        "../scripts/draw_detectability.py"
