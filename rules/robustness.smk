rule make_robustness_examples:
    input:
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
        background_points=of_backgrounds("results/points/{scene}/{look}.parquet"),
        background_variograms=of_backgrounds("results/variogram/{scene}/{look}.json"),
    output:
        examples=f"{ROBUSTNESS}/examples.parquet",
        observations=f"{ROBUSTNESS}/observations.safetensors",
    log:
        "logs/make_robustness_examples/{source}_{preset}_{pixel_m}.log",
    benchmark:
        "logs/benchmarks/make_robustness_examples/{source}_{preset}_{pixel_m}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=10000,
        runtime=240,
    params:
        code=code("make_robustness_examples"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=(
            scene_grid(config["examples"]["spike_scene"])
            if config["examples"]["spikes"] == "empirical"
            else None
        ),
        background_scenes=BACKGROUNDS,
        law=example_law,
        band=config["examples"]["bands"]["test"],
        shifts=shifts_of(config["robustness"]["shifts"]),
        per_class=config["robustness"]["per_class"],
        seed=config["seed"],
    message:
        "Drawing examples beyond the training: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m"
    script:
        "../scripts/make_robustness_examples.py"


rule score_robustness:
    input:
        examples=f"{ROBUSTNESS}/examples.parquet",
        observations=f"{ROBUSTNESS}/observations.safetensors",
        weights=model_file("weights.safetensors", ROBUSTNESS_ARMS),
        model=model_file("model.json", ROBUSTNESS_ARMS),
        calibration=model_file("calibration.json", ROBUSTNESS_ARMS),
    output:
        scores=f"{ROBUSTNESS_SCORES}/scores.parquet",
    log:
        "logs/score_robustness/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/score_robustness/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code_with_fill("score_robustness"),
        torch_threads=config["torch_threads"],
        fills=config["fills"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "decision_threshold": config["decision_threshold"],
        },
    message:
        "Testing {wildcards.network} beyond its training: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/score_robustness.py"


rule score_robustness_real:
    input:
        points=of_backgrounds("results/points/{scene}/{look}.parquet"),
        variograms=of_backgrounds("results/variogram/{scene}/{look}.json"),
        weights=model_file("weights.safetensors", ROBUSTNESS_ARMS),
        model=model_file("model.json", ROBUSTNESS_ARMS),
        calibration=model_file("calibration.json", ROBUSTNESS_ARMS),
    output:
        alarms=f"{ROBUSTNESS_SCORES}/alarms.parquet",
    log:
        "logs/score_robustness_real/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/score_robustness_real/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=60,
    params:
        code=code_with_fill("score_robustness_real"),
        torch_threads=config["torch_threads"],
        scenes=BACKGROUNDS,
        fills=config["fills"],
        windows=config["windows"],
        detection=config["detection"],
        device=config["device"],
        levels=config["areas"]["levels"],
    message:
        "Counting what {wildcards.network} finds in real scenes: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/score_robustness_real.py"


rule tabulate_robustness:
    input:
        scores=of_robustness("scores.parquet"),
        alarms=of_robustness("alarms.parquet"),
    output:
        table="results/tables/robustness.csv",
        real_table="results/tables/robustness_real.csv",
    log:
        "logs/tabulate_robustness.log",
    benchmark:
        "logs/benchmarks/tabulate_robustness.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_robustness"),
        arms=ROBUSTNESS_ARMS,
        threshold=config["decision_threshold"],
        bins=config["calibration_bins"],
    message:
        "Writing how models do where they were not trained"
    script:
        "../scripts/tabulate_robustness.py"
