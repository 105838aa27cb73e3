rule make_volcanoes:
    """Draw interferograms of volcanoes, to train networks on first."""
    output:
        examples=f"{VOLCANOES}/examples.parquet",
        displacement=f"{VOLCANOES}/displacement.safetensors",
    log:
        "logs/make_volcanoes/{split}.log",
    benchmark:
        "logs/benchmarks/make_volcanoes/{split}.tsv"
    wildcard_constraints:
        split="|".join(names.TRAINING_SPLITS),
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code("make_volcanoes"),
        law={
            key: value
            for key, value in config["volcanoes"].items()
            if key not in ("per_class", "offset_fractions", "unwrapped_scale_mm")
        },
        poisson_ratio=config["examples"]["poisson_ratio"],
        per_class=lambda wildcards: config["volcanoes"]["per_class"][wildcards.split],
        seed=config["seed"],
    message:
        "Drawing interferograms of volcanoes: {wildcards.split}"
    script:
        "../scripts/make_volcanoes.py"


rule pretrain_model:
    """Train a network on interferograms of volcanoes."""
    input:
        examples=[
            f"{VOLCANOES.format(split=split)}/examples.parquet"
            for split in names.TRAINING_SPLITS
        ],
        displacement=[
            f"{VOLCANOES.format(split=split)}/displacement.safetensors"
            for split in names.TRAINING_SPLITS
        ],
    output:
        weights=f"{PRETRAINED}/weights.safetensors",
        model=f"{PRETRAINED}/model.json",
        history=f"{PRETRAINED}/history.csv",
    log:
        "logs/pretrain_model/{input}_{network}_{seed}.log",
    benchmark:
        "logs/benchmarks/pretrain_model/{input}_{network}_{seed}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=6000,
        runtime=1440,
    params:
        code=code("pretrain_model"),
        torch_threads=config["torch_threads"],
        arm=lambda wildcards: {
            "source": "volcano",
            "input": wildcards.input,
            "network": wildcards.network,
            "seed": int(wildcards.seed),
        },
        settings=pretraining_settings,
    message:
        f"Training a network on interferograms of volcanoes: {in_words(PRETRAINED)}"
    script:
        "../scripts/pretrain_model.py"
