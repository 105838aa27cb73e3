rule outline_areas:
    """Outline what moves in a scene, and where a network finds deformation probable."""
    input:
        sources="results/scenes/{scene}/sources.gpkg",
        probability="results/scenes/{scene}/probability_{source}.tif",
        points=of_each_look("results/points/{scene}/{look}.parquet"),
    output:
        areas="results/scenes/{scene}/areas_{source}.gpkg",
    log:
        "logs/outline_areas/{scene}_{source}.log",
    benchmark:
        "logs/benchmarks/outline_areas/{scene}_{source}.tsv"
    wildcard_constraints:
        scene="|".join(UNTILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("outline_areas"),
        settings=config["areas"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Outlining the areas found in {wildcards.scene}, {wildcards.source}"
    script:
        "../scripts/outline_areas.py"


rule outline_thresholds:
    """Outline where velocity exceeds a threshold: the baseline."""
    input:
        velocity=of_each_look("results/scenes/{scene}/{look}/velocity.tif"),
    output:
        thresholds="results/scenes/{scene}/thresholds.gpkg",
    log:
        "logs/outline_thresholds/{scene}.log",
    benchmark:
        "logs/benchmarks/outline_thresholds/{scene}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("outline_thresholds"),
        settings=config["thresholds"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Outlining what is faster than the thresholds in {wildcards.scene}"
    script:
        "../scripts/outline_thresholds.py"


rule outline_clusters:
    """Outline where fast points lie close together: the baseline of ground-motion services."""
    input:
        points=of_each_look("results/points/{scene}/{look}.parquet"),
    output:
        clusters="results/scenes/{scene}/clusters.gpkg",
    log:
        "logs/outline_clusters/{scene}.log",
    benchmark:
        "logs/benchmarks/outline_clusters/{scene}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("outline_clusters"),
        settings=config["clustering"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Outlining clusters of fast points in {wildcards.scene}"
    script:
        "../scripts/outline_clusters.py"
