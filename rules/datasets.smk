rule make_examples:
    input:
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
    output:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    log:
        "logs/make_examples/{source}_{preset}_{pixel_m}_{split}.log",
    benchmark:
        "logs/benchmarks/make_examples/{source}_{preset}_{pixel_m}_{split}.tsv"
    wildcard_constraints:
        source="point|line",
        split="train|validation|test",
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code("make_examples"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=(
            scene_grid(config["examples"]["spike_scene"])
            if config["examples"]["spikes"] == "empirical"
            else None
        ),
        law=example_law,
        band=lambda wildcards: config["examples"]["bands"][wildcards.split],
        per_class=examples_per_class,
        mixture=mixture_of,
        seed=config["seed"],
    message:
        "Drawing examples: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.split}"
    script:
        "../scripts/make_examples.py"


rule make_second_looks:
    input:
        first=f"{DATASET}/examples.parquet",
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
    output:
        examples=f"{DATASET}_second/examples.parquet",
        observations=f"{DATASET}_second/observations.safetensors",
    log:
        "logs/make_second_looks/{source}_{preset}_{pixel_m}_{split}.log",
    benchmark:
        "logs/benchmarks/make_second_looks/{source}_{preset}_{pixel_m}_{split}.tsv"
    wildcard_constraints:
        source="point|line",
        split="train|validation|test",
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code("make_second_looks"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=(
            scene_grid(config["examples"]["spike_scene"])
            if config["examples"]["spikes"] == "empirical"
            else None
        ),
        law=example_law,
        band=lambda wildcards: config["examples"]["bands"][wildcards.split],
        seed=config["seed"],
    message:
        "Looking from the other side: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.split}"
    script:
        "../scripts/make_second_looks.py"


rule fill_examples:
    input:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    output:
        filled=f"{DATASET}/filled_{{fill}}.safetensors",
    log:
        "logs/fill_examples/{source}_{preset}_{pixel_m}_{split}_{fill}.log",
    benchmark:
        "logs/benchmarks/fill_examples/{source}_{preset}_{pixel_m}_{split}_{fill}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=6000,
        runtime=240,
    params:
        code=code_with_fill("fill_examples"),
        fills=config["fills"],
        device=config["device"],
    message:
        "Filling examples by {wildcards.fill}: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.split}"
    script:
        "../scripts/fill_examples.py"


rule observe_examples:
    input:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    output:
        observed=f"{DATASET}/observed.parquet",
    log:
        "logs/observe_examples/{source}_{preset}_{pixel_m}_{split}.log",
    benchmark:
        "logs/benchmarks/observe_examples/{source}_{preset}_{pixel_m}_{split}.tsv"
    wildcard_constraints:
        split="validation|test",
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=6000,
        runtime=720,
    params:
        code=code("observe_examples"),
        law=example_law,
        settings={k: v for k, v in config["observers"].items() if k != "per_class"},
        per_class=observed_per_class,
        seed=config["seed"],
    message:
        "Judging examples by ideal observers: {wildcards.source}, {wildcards.preset}, {wildcards.pixel_m} m, {wildcards.split}"
    script:
        "../scripts/observe_examples.py"
