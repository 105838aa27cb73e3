rule tabulate_kinds:
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
        "logs/tabulate_kinds.log",
    benchmark:
        "logs/benchmarks/tabulate_kinds.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("tabulate_kinds"),
        torch_threads=config["torch_threads"],
        device=config["device"],
        batch_windows=config["detection"]["batch_windows"],
    message:
        "Telling points, lines and nothing apart"
    script:
        "../scripts/tabulate_kinds.py"
