rule shift_examples:
    input:
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
        background_points=of_backgrounds("results/points/{scene}/{look}.parquet"),
        background_variograms=of_backgrounds("results/variogram/{scene}/{look}.json"),
    output:
        examples=f"{CHALLENGE}/examples.parquet",
        observations=f"{CHALLENGE}/observations.safetensors",
    log:
        "logs/shift_examples/{source}_{preset}_{pixel_m}.log",
    benchmark:
        "logs/benchmarks/shift_examples/{source}_{preset}_{pixel_m}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=10000,
        runtime=240,
    params:
        code=code("shift_examples"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=(
            scene_grid(config["examples"]["spike_scene"])
            if config["examples"]["spikes"] == "empirical"
            else None
        ),
        background_scenes=BACKGROUNDS,
        law=example_law,
        band=config["examples"]["bands"]["test"],
        shifts=shifts_of(config["beyond"]["shifts"]),
        per_class=config["beyond"]["per_class"],
        seed=config["seed"],
    message:
        "Drawing examples beyond the training: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m"
    script:
        "../scripts/shift_examples.py"


rule challenge_model:
    input:
        examples=f"{CHALLENGE}/examples.parquet",
        observations=f"{CHALLENGE}/observations.safetensors",
        weights=model_file("weights.safetensors", CHALLENGED_ARMS),
        model=model_file("model.json", CHALLENGED_ARMS),
        calibration=model_file("calibration.json", CHALLENGED_ARMS),
    output:
        scores=f"{CHALLENGED}/scores.parquet",
    log:
        "logs/challenge_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/challenge_model/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=240,
    params:
        code=code("challenge_model"),
        torch_threads=config["torch_threads"],
        interpolation_settings=config["interpolation"],
        max_gap_m=config["tiles"]["max_gap_m"],
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "decision_threshold": config["decision_threshold"],
        },
    message:
        "Testing {wildcards.network} beyond its training: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/challenge_model.py"


rule count_false_alarms:
    input:
        points=of_backgrounds("results/points/{scene}/{look}.parquet"),
        variograms=of_backgrounds("results/variogram/{scene}/{look}.json"),
        weights=model_file("weights.safetensors", CHALLENGED_ARMS),
        model=model_file("model.json", CHALLENGED_ARMS),
        calibration=model_file("calibration.json", CHALLENGED_ARMS),
    output:
        alarms=f"{CHALLENGED}/alarms.parquet",
    log:
        "logs/count_false_alarms/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/count_false_alarms/{source}_{preset}_{pixel_m}_{fill}_{input}_{pretraining}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=4000,
        runtime=60,
    params:
        code=code("count_false_alarms"),
        torch_threads=config["torch_threads"],
        scenes=BACKGROUNDS,
        interpolation_settings=config["interpolation"],
        tiles=config["tiles"],
        windows=config["windows"],
        detection=config["detection"],
        device=config["device"],
        levels=config["areas"]["levels"],
    message:
        "Counting what {wildcards.network} finds in real scenes: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.fill}, seed {wildcards.seed}"
    script:
        "../scripts/count_false_alarms.py"


rule tabulate_challenges:
    input:
        scores=challenged("scores.parquet"),
        alarms=challenged("alarms.parquet"),
    output:
        table="results/tables/beyond.csv",
        alarm_table="results/tables/false_alarms.csv",
    log:
        "logs/tabulate_challenges.log",
    benchmark:
        "logs/benchmarks/tabulate_challenges.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_challenges"),
        arms=CHALLENGED_ARMS,
        threshold=config["decision_threshold"],
        bins=config["calibration_bins"],
    message:
        "Writing how models do where they were not trained"
    script:
        "../scripts/tabulate_challenges.py"
