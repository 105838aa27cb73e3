# Robustness: models under changes of the law of examples, and in real scenes.

#: Models that are tested, trained here or published.
ROBUSTNESS_ARMS = arms_of(config, config["robustness"]["models"])
ROBUSTNESS = "results/robustness/{source}/{preset}/{pixel_m}"
ROBUSTNESS_SCORES = f"results/robustness/{ARM}"

#: Looks of real scenes, which serve as backgrounds.
BACKGROUNDS = [
    {"scene": scene, "look": look, "bounds": config["scenes"][scene]["bounds"]}
    for scene in REAL_SCENES
    if scene in SCENES
    for look in looks(scene)
]


rule make_robustness_examples:
    """Draw test examples under each change of the law of examples."""
    input:
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
        background_points=of_each("results/points/{scene}/{look}.parquet", BACKGROUNDS),
        background_variograms=of_each(
            "results/variogram/{scene}/{look}.json", BACKGROUNDS
        ),
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
        spike_scene=SPIKE_SCENE,
        background_scenes=BACKGROUNDS,
        law=example_law,
        band=config["examples"]["bands"]["test"],
        shifts=shifts_of(config["robustness"]["shifts"]),
        per_class=config["robustness"]["per_class"],
        seed=config["seed"],
    message:
        f"Drawing examples for robustness: {in_words(ROBUSTNESS)}"
    script:
        "../scripts/make_robustness_examples.py"


rule score_robustness:
    """Test a network under each change of the law of examples."""
    input:
        examples=f"{ROBUSTNESS}/examples.parquet",
        observations=f"{ROBUSTNESS}/observations.safetensors",
        weights=model_file("weights.safetensors", ROBUSTNESS_ARMS),
        model=model_file("model.json", ROBUSTNESS_ARMS),
        calibration=model_file("calibration.json", ROBUSTNESS_ARMS),
    output:
        scores=f"{ROBUSTNESS_SCORES}/scores.parquet",
    log:
        f"logs/score_robustness/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/score_robustness/{ARM_LOG}.tsv"
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
        fills=FILL_NUMBERS,
        settings={
            "device": config["device"],
            "batch_windows": config["detection"]["batch_windows"],
            "decision_threshold": config["decision_threshold"],
        },
    message:
        f"Testing robustness: {in_words(ARM)}"
    script:
        "../scripts/score_robustness.py"


rule score_robustness_real:
    """Count the areas that a network outlines in real scenes."""
    input:
        points=of_each("results/points/{scene}/{look}.parquet", BACKGROUNDS),
        variograms=of_each("results/variogram/{scene}/{look}.json", BACKGROUNDS),
        weights=model_file("weights.safetensors", ROBUSTNESS_ARMS),
        model=model_file("model.json", ROBUSTNESS_ARMS),
        calibration=model_file("calibration.json", ROBUSTNESS_ARMS),
    output:
        alarms=f"{ROBUSTNESS_SCORES}/alarms.parquet",
    log:
        f"logs/score_robustness_real/{ARM_LOG}.log",
    benchmark:
        f"logs/benchmarks/score_robustness_real/{ARM_LOG}.tsv"
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
        f"Testing robustness in real scenes: {in_words(ARM)}"
    script:
        "../scripts/score_robustness_real.py"


rule tabulate_robustness:
    """Tables of robustness: accuracy under each change, and false alarms in real scenes."""
    input:
        scores=of_each(f"{ROBUSTNESS_SCORES}/scores.parquet", ROBUSTNESS_ARMS),
        alarms=of_each(f"{ROBUSTNESS_SCORES}/alarms.parquet", ROBUSTNESS_ARMS),
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
        "Tabulating robustness"
    script:
        "../scripts/tabulate_robustness.py"


rule draw_robustness:
    """Robustness: accuracy of networks under changes of the law of examples."""
    input:
        table="results/tables/robustness.csv",
    output:
        **figure_files("robustness"),
    log:
        "logs/draw_robustness.log",
    benchmark:
        "logs/benchmarks/draw_robustness.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_robustness"),
        confidence=config["calibration_confidence"],
    message:
        "Drawing robustness"
    script:
        "../scripts/draw_robustness.py"
