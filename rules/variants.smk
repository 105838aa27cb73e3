rule confuse_kinds:
    input:
        examples=[
            path.format(**{**arm, "source": source}, split="test")
            for path in [f"{DATASET}/examples.parquet"]
            for arm in KINDS_ARMS
            for source in KINDS
        ],
        filled=[
            path.format(**{**arm, "source": source}, split="test")
            for path in [f"{DATASET}/filled_{{fill}}.safetensors"]
            for arm in KINDS_ARMS
            for source in KINDS
        ],
        weights=of_arms(f"{MODEL}/weights.safetensors", KINDS_ARMS),
        models=of_arms(f"{MODEL}/model.json", KINDS_ARMS),
    output:
        table="results/tables/kinds.csv",
    log:
        "logs/confuse_kinds.log",
    benchmark:
        "logs/benchmarks/confuse_kinds.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("confuse_kinds"),
        torch_threads=config["torch_threads"],
        device=config["device"],
        batch_windows=config["detection"]["batch_windows"],
    message:
        "Telling points, lines and nothing apart"
    script:
        "../scripts/confuse_kinds.py"


rule compare_looks:
    input:
        examples=of_arms(f"{DATASET}/examples.parquet", TWO_LOOKS_ARMS),
        first=of_arms(f"{DATASET}/filled_{{fill}}.safetensors", TWO_LOOKS_ARMS),
        second=of_arms(f"{DATASET}_second/filled_{{fill}}.safetensors", TWO_LOOKS_ARMS),
        one_weights=of_arms(f"{MODEL}/weights.safetensors", ONE_LOOK_ARMS),
        one_models=of_arms(f"{MODEL}/model.json", ONE_LOOK_ARMS),
        one_calibrations=of_arms(f"{MODEL}/calibration.json", ONE_LOOK_ARMS),
        both_weights=of_arms(f"{MODEL}/weights.safetensors", TWO_LOOKS_ARMS),
        both_models=of_arms(f"{MODEL}/model.json", TWO_LOOKS_ARMS),
        both_calibrations=of_arms(f"{MODEL}/calibration.json", TWO_LOOKS_ARMS),
    output:
        table="results/tables/looks.csv",
    log:
        "logs/compare_looks.log",
    benchmark:
        "logs/benchmarks/compare_looks.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("compare_looks"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "threshold": config["decision_threshold"],
            "bins": config["calibration_bins"],
        },
    message:
        "Comparing one look, the average of two, and both at once"
    script:
        "../scripts/compare_looks.py"
