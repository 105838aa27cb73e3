# The dense network: where the ground moves, cell by cell.

DENSE = "results/models/dense/{seed}"


rule train_dense:
    """Train and calibrate the dense network on examples that are drawn as it goes."""
    output:
        weights=f"{DENSE}/weights.safetensors",
        model=f"{DENSE}/model.json",
        history=f"{DENSE}/history.csv",
        calibration=f"{DENSE}/calibration.json",
    log:
        "logs/train_dense/{seed}.log",
    benchmark:
        "logs/benchmarks/train_dense/{seed}.tsv"
    wildcard_constraints:
        seed=r"\d+",
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("train_dense"),
        torch_threads=config["torch_threads"],
        settings={key: config["dense"][key] for key in ("training", "law")},
        device=config["device"],
        bins=config["calibration_bins"],
    message:
        "Training the dense network: seed {wildcards.seed}"
    script:
        "../scripts/train_dense.py"
