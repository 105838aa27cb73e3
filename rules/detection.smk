rule detect_look:
    """Score the windows of one look by the network of its scene."""
    input:
        velocity="results/scenes/{scene}/{look}/velocity.tif",
        filled=filled_for_network,
        variogram=variogram_for_network,
        weights=scene_model_file("weights.safetensors"),
        model=scene_model_file("model.json"),
        calibration=scene_model_file("calibration.json"),
    output:
        probability="results/scenes/{scene}/{look}/probability_{source}.tif",
    log:
        "logs/detect_look/{scene}/{look}_{source}.log",
    benchmark:
        "logs/benchmarks/detect_look/{scene}/{look}_{source}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=3000,
        runtime=120,
    params:
        code=code_with_fill("detect_look", network_fill),
        torch_threads=config["torch_threads"],
        fills=config["fills"],
        density=config["examples"]["density"],
        windows=config["windows"],
        detection=config["detection"],
        device=config["device"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Looking for {wildcards.source} sources in {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/detect_look.py"


rule merge_looks:
    """Merge the probabilities of the looks of a scene."""
    input:
        looks=of_each_look("results/scenes/{scene}/{look}/probability_{source}.tif"),
    output:
        probability="results/scenes/{scene}/probability_{source}.tif",
    log:
        "logs/merge_looks/{scene}_{source}.log",
    benchmark:
        "logs/benchmarks/merge_looks/{scene}_{source}.tsv"
    wildcard_constraints:
        scene="|".join(UNTILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("merge_looks"),
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Merging the looks of {wildcards.scene}, {wildcards.source}"
    script:
        "../scripts/merge_looks.py"
