rule make_examples:
    """Draw the labelled examples of one split of a data set."""
    input:
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
    output:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    log:
        f"logs/make_examples/{EXAMPLES_LOG}.log",
    benchmark:
        f"logs/benchmarks/make_examples/{EXAMPLES_LOG}.tsv"
    wildcard_constraints:
        source="|".join(names.SOURCES),
        split="|".join(names.SPLITS),
    # what takes longest from end to end begins first
    priority: 1
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code("make_examples"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=SPIKE_SCENE,
        law=example_law,
        band=lambda wildcards: config["examples"]["bands"][wildcards.split],
        per_class=examples_per_class,
        mixture=mixture_of,
        seed=config["seed"],
    message:
        f"Drawing examples: {in_words(EXAMPLES)}"
    script:
        "../scripts/make_examples.py"


rule make_second_looks:
    """Draw what the other pass sees of the same examples."""
    input:
        first=f"{DATASET}/examples.parquet",
        masks=lambda wildcards: points_of(mask_scene(wildcards)),
        spikes=spike_points,
    output:
        examples=f"{DATASET}_second/examples.parquet",
        observations=f"{DATASET}_second/observations.safetensors",
    log:
        f"logs/make_second_looks/{EXAMPLES_LOG}.log",
    benchmark:
        f"logs/benchmarks/make_second_looks/{EXAMPLES_LOG}.tsv"
    wildcard_constraints:
        source="|".join(names.SOURCES),
        split="|".join(names.SPLITS),
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code("make_second_looks"),
        mask_scene=lambda wildcards: scene_grid(mask_scene(wildcards)),
        spike_scene=SPIKE_SCENE,
        law=example_law,
        band=lambda wildcards: config["examples"]["bands"][wildcards.split],
        seed=config["seed"],
    message:
        f"Drawing second looks: {in_words(EXAMPLES)}"
    script:
        "../scripts/make_second_looks.py"


rule fill_examples:
    """Fill the maps of examples in one way."""
    input:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    output:
        filled=f"{DATASET}/filled_{{fill}}.safetensors",
    log:
        f"logs/fill_examples/{EXAMPLES_LOG}_{{fill}}.log",
    benchmark:
        f"logs/benchmarks/fill_examples/{EXAMPLES_LOG}_{{fill}}.tsv"
    # what takes longest from end to end begins first
    priority: 1
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=6000,
        runtime=240,
    params:
        code=code_with_fill("fill_examples"),
        fills=FILL_NUMBERS,
        device=config["device"],
    message:
        f"Filling examples by {{wildcards.fill}}: {in_words(EXAMPLES)}"
    script:
        "../scripts/fill_examples.py"


rule observe_examples:
    """Judge examples by ideal observers: the limit of every network."""
    input:
        examples=f"{DATASET}/examples.parquet",
        observations=f"{DATASET}/observations.safetensors",
    output:
        observed=f"{DATASET}/observed.parquet",
    log:
        f"logs/observe_examples/{EXAMPLES_LOG}.log",
    benchmark:
        f"logs/benchmarks/observe_examples/{EXAMPLES_LOG}.tsv"
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
        f"Judging examples by ideal observers: {in_words(EXAMPLES)}"
    script:
        "../scripts/observe_examples.py"
