rule train_model:
    input:
        examples=example_tables("train", "validation"),
        filled=example_maps("train", "validation"),
        negatives=lambda wildcards: negative_maps(wildcards, filled=True),
        negative_points=lambda wildcards: negative_maps(wildcards, filled=False),
        start=start_weights,
    output:
        weights=f"{MODEL}/weights.safetensors",
        model=f"{MODEL}/model.json",
        history=f"{MODEL}/history.csv",
    log:
        "logs/train_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/train_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
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
        "Training {wildcards.network} on {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, {wildcards.input}, seed {wildcards.seed}"
    script:
        "../scripts/train_model.py"


rule calibrate_model:
    input:
        examples=f"{dataset_of('validation')}/examples.parquet",
        filled=example_maps("validation"),
        weights=f"{MODEL}/weights.safetensors",
        model=f"{MODEL}/model.json",
    output:
        calibration=f"{MODEL}/calibration.json",
        views=f"{MODEL}/views.parquet",
    log:
        "logs/calibrate_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/calibrate_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    wildcard_constraints:
        source="point|line",
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
        "Calibrating {wildcards.network} on {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, {wildcards.input}, seed {wildcards.seed}"
    script:
        "../scripts/calibrate_model.py"


rule evaluate_model:
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
        "logs/evaluate_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/evaluate_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    wildcard_constraints:
        source="point|line",
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
        "Testing {wildcards.network} on {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, {wildcards.input}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate_model.py"


rule tabulate_table1:
    input:
        models=[f"{folder}/model.json" for folder in table1_models()],
        evaluations=[f"{folder}/evaluation.json" for folder in table1_models()],
        examples=of_arms(f"{DATASET}/examples.parquet", TABLE1_ARMS),
        tuned=of_arms(f"{DATASET}/observed.parquet", TABLE1_ARMS, "validation"),
        observed=of_arms(f"{DATASET}/observed.parquet", TABLE1_ARMS),
        other_tables=config["other_runs"]["table1"],
        other_observers=config["other_runs"]["observers"],
    output:
        table="results/tables/table1.csv",
        observer_table="results/tables/observers.csv",
    log:
        "logs/tabulate_table1.log",
    benchmark:
        "logs/benchmarks/tabulate_table1.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_table1"),
        limit_errors=config["observers"]["warn_above_errors"],
    message:
        "Writing Table I"
    script:
        "../scripts/tabulate_table1.py"


rule tabulate_wraps:
    input:
        models=[f"{folder}/model.json" for folder in wrapped_models()],
        scores=[f"{folder}/views.parquet" for folder in wrapped_models()],
    output:
        table="results/tables/wraps.csv",
    log:
        "logs/tabulate_wraps.log",
    benchmark:
        "logs/benchmarks/tabulate_wraps.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_wraps"),
    message:
        "Comparing the views of wrapped windows"
    script:
        "../scripts/tabulate_wraps.py"
