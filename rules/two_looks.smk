# Two looks: networks of both passes at once, beside those of one.

TWO_LOOKS_ARMS = [
    {**arm, "input": "unwrapped_looks"} for arm in arms_of(config, config["two_looks"])
]
ONE_LOOK_ARMS = [{**arm, "input": "unwrapped"} for arm in TWO_LOOKS_ARMS]


rule tabulate_two_looks:
    """Table of one look, the average of two, and a network of both at once."""
    input:
        examples=of_each(f"{DATASET}/examples.parquet", TWO_LOOKS_ARMS),
        first=of_each(f"{DATASET}/filled_{{fill}}.safetensors", TWO_LOOKS_ARMS),
        second=of_each(f"{DATASET}_second/filled_{{fill}}.safetensors", TWO_LOOKS_ARMS),
        one_weights=of_each(f"{MODEL}/weights.safetensors", ONE_LOOK_ARMS),
        one_models=of_each(f"{MODEL}/model.json", ONE_LOOK_ARMS),
        one_calibrations=of_each(f"{MODEL}/calibration.json", ONE_LOOK_ARMS),
        both_weights=of_each(f"{MODEL}/weights.safetensors", TWO_LOOKS_ARMS),
        both_models=of_each(f"{MODEL}/model.json", TWO_LOOKS_ARMS),
        both_calibrations=of_each(f"{MODEL}/calibration.json", TWO_LOOKS_ARMS),
    output:
        table="results/tables/two_looks.csv",
    log:
        "logs/tabulate_two_looks.log",
    benchmark:
        "logs/benchmarks/tabulate_two_looks.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("tabulate_two_looks"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "threshold": config["decision_threshold"],
            "bins": config["calibration_bins"],
        },
    message:
        "Tabulating one look, the average of two, and both at once"
    script:
        "../scripts/tabulate_two_looks.py"
