rule score_detectability:
    input:
        examples=f"{DETECTABILITY_EXAMPLES}/examples.parquet",
        filled=[f"{DETECTABILITY_EXAMPLES}/filled_{{fill}}.safetensors"],
        weights=model_file("weights.safetensors", DETECTABILITY_ARMS),
        model=model_file("model.json", DETECTABILITY_ARMS),
        calibration=model_file("calibration.json", DETECTABILITY_ARMS),
    output:
        scores=f"{DETECTABILITY_SCORES}/scores.parquet",
    log:
        "logs/score_detectability/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/score_detectability/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
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
        "Looking for faint sources by {wildcards.network}: {wildcards.source}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/score_detectability.py"


rule tabulate_detectability:
    input:
        examples=of_arms(
            f"{DETECTABILITY_EXAMPLES}/examples.parquet", DETECTABILITY_ARMS
        ),
        observed=of_arms(
            f"{DETECTABILITY_EXAMPLES}/observed.parquet", DETECTABILITY_ARMS
        ),
        scores=of_arms(f"{DETECTABILITY_SCORES}/scores.parquet", DETECTABILITY_ARMS),
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
        "Tabulating what can be seen"
    script:
        "../scripts/tabulate_detectability.py"


rule draw_detectability:
    input:
        table="results/tables/detectability.csv",
        recalls="results/tables/detectability_recall.csv",
    output:
        png=report(
            "results/figures/detectability.png",
            caption="../docs/captions/detectability.rst",
            category="Figures",
        ),
        pdf="results/figures/detectability.pdf",
        csv="results/figures/detectability.csv",
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
        shown={key: DETECTABILITY_ARMS[0][key] for key in ("source", "pixel_m")},
        confidence=config["calibration_confidence"],
        recall=config["detectability"]["recall"],
        false_alarms=config["detectability"]["false_alarms"],
    message:
        "Drawing what can be seen"
    script:
        "../scripts/draw_detectability.py"
