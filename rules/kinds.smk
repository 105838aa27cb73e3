# Kinds: networks that tell points, lines and nothing apart.

KINDS_ARMS = [{**arm, "source": "kinds"} for arm in arms_of(config, config["kinds"])]

#: One for each of their sources, for the examples of it.
KINDS_EXAMPLES = [{**arm, "source": source} for arm in KINDS_ARMS for source in KINDS]


rule tabulate_kinds:
    """Table of networks that tell points, lines and nothing apart."""
    input:
        examples=of_each(f"{DATASET}/examples.parquet", KINDS_EXAMPLES),
        filled=of_each(f"{DATASET}/filled_{{fill}}.safetensors", KINDS_EXAMPLES),
        weights=of_each(f"{MODEL}/weights.safetensors", KINDS_ARMS),
        models=of_each(f"{MODEL}/model.json", KINDS_ARMS),
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
        "Tabulating how points, lines and nothing are told apart"
    script:
        "../scripts/tabulate_kinds.py"
