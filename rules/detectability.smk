rule score_faint:
    input:
        examples=f"{FAINT}/examples.parquet",
        filled=[f"{FAINT}/filled_{{fill}}.safetensors"],
        weights=model_file("weights.safetensors", FAINT_ARMS),
        model=model_file("model.json", FAINT_ARMS),
        calibration=model_file("calibration.json", FAINT_ARMS),
    output:
        scores=f"{SEEN}/scores.parquet",
    log:
        "logs/score_faint/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/score_faint/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("score_faint"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
        },
    message:
        "Looking for faint sources by {wildcards.network}: {wildcards.source}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/score_faint.py"


rule tabulate_detectability:
    input:
        examples=of_arms(f"{FAINT}/examples.parquet", FAINT_ARMS),
        observed=of_arms(f"{FAINT}/observed.parquet", FAINT_ARMS),
        scores=of_arms(f"{SEEN}/scores.parquet", FAINT_ARMS),
    output:
        table="results/tables/detectability.csv",
        recalls="results/tables/recall.csv",
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
        arms=FAINT_ARMS,
        radius_fraction=config["presets"]["faint"]["point"]["radius_fraction"],
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
        recalls="results/tables/recall.csv",
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
        shown={key: FAINT_ARMS[0][key] for key in ("source", "pixel_m")},
        confidence=config["calibration_confidence"],
        recall=config["detectability"]["recall"],
        false_alarms=config["detectability"]["false_alarms"],
    message:
        "Drawing what can be seen"
    script:
        "../scripts/draw_detectability.py"
