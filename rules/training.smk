rule train_model:
    """Train a network on the examples of a data set."""
    input:
        examples=example_tables(*names.TRAINING_SPLITS),
        filled=example_maps(*names.TRAINING_SPLITS),
        negatives=lambda wildcards: negative_maps(wildcards, filled=True),
        negative_points=lambda wildcards: negative_maps(wildcards, filled=False),
        start=start_weights,
    output:
        weights=f"{MODEL}/weights.safetensors",
        model=f"{MODEL}/model.json",
        history=f"{MODEL}/history.csv",
    log:
        f"logs/train_model/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/train_model/{ARM_LOG}.tsv"
    # what takes longest from end to end begins first
    priority: 1
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=6000,
        runtime=1440,
    params:
        code=code("train_model"),
        torch_threads=config["torch_threads"],
        arm=arm_of_model,
        settings=training_settings,
        imagenet_sha256=lambda wildcards: (
            config["imagenet_weights"]["sha256"]
            if wildcards.pretraining == "imagenet"
            else ""
        ),
    message:
        f"Training a network: {in_words(ARM)}"
    script:
        "../scripts/train_model.py"


rule calibrate_model:
    """Calibrate the probabilities of a network on the validation examples."""
    input:
        examples=f"{dataset_of('validation')}/examples.parquet",
        filled=example_maps("validation"),
        weights=f"{MODEL}/weights.safetensors",
        model=f"{MODEL}/model.json",
    output:
        calibration=f"{MODEL}/calibration.json",
        views=f"{MODEL}/views.parquet",
    log:
        f"logs/calibrate_model/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/calibrate_model/{ARM_LOG}.tsv"
    wildcard_constraints:
        source="|".join(names.SOURCES),
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=120,
    params:
        code=code("calibrate_model"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "temperature": config["calibration_temperature"],
            "bins": config["calibration_bins"],
            "combination": config["wrap_combination"],
        },
    message:
        f"Calibrating a network: {in_words(ARM)}"
    script:
        "../scripts/calibrate_model.py"


rule evaluate_model:
    """Test a network on the test examples."""
    input:
        examples=f"{dataset_of('test')}/examples.parquet",
        filled=example_maps("test"),
        weights=f"{MODEL}/weights.safetensors",
        model=f"{MODEL}/model.json",
        calibration=f"{MODEL}/calibration.json",
    output:
        scores=f"{MODEL}/scores.parquet",
        evaluation=f"{MODEL}/evaluation.json",
    log:
        f"logs/evaluate_model/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/evaluate_model/{ARM_LOG}.tsv"
    wildcard_constraints:
        source="|".join(names.SOURCES),
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("evaluate_model"),
        torch_threads=config["torch_threads"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "calibration_bins": config["calibration_bins"],
            "decision_threshold": config["decision_threshold"],
        },
    message:
        f"Testing a network: {in_words(ARM)}"
    script:
        "../scripts/evaluate_model.py"
