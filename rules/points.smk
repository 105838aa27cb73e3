rule import_points:
    """Read the points of one look of a real scene from its files."""
    input:
        files=lambda wildcards: scene_files(wildcards.scene, wildcards.look),
    output:
        points="results/points/{scene}/{look}.parquet",
    log:
        "logs/import_points/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/import_points/{scene}/{look}.tsv"
    wildcard_constraints:
        scene="|".join(
            name
            for name in config["scenes"]
            if not is_simulated(name) and name not in TILED_SCENES
        )
        or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code("import_points"),
        bounds=scene_setting("bounds"),
        crs=scene_setting("crs"),
        columns=lambda wildcards: config["scenes"][wildcards.scene].get("columns", {}),
        files_crs=lambda wildcards: config["scenes"][wildcards.scene].get("files_crs"),
        min_distance_m=config["points"]["min_distance_m"],
        keep_series=config["points"]["keep_series"],
    message:
        "Reading the points of {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/import_points.py"


rule partition_points:
    """Sort the points of one look of a real scene of role tiled by tile."""
    input:
        files=lambda wildcards: scene_files(wildcards.scene, wildcards.look),
    output:
        index="results/points/{scene}/{look}/index.parquet",
    log:
        "logs/partition_points/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/partition_points/{scene}/{look}.tsv"
    wildcard_constraints:
        scene="|".join(name for name in TILED_SCENES if not is_simulated(name))
        or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        code=code("partition_points"),
        bounds=scene_setting("bounds"),
        crs=scene_setting("crs"),
        columns=lambda wildcards: config["scenes"][wildcards.scene].get("columns", {}),
        files_crs=lambda wildcards: config["scenes"][wildcards.scene].get("files_crs"),
        tile_m=lambda wildcards: config["tiled"]["tile_px"]
        * config["scenes"][wildcards.scene]["pixel_m"],
        min_distance_m=config["points"]["min_distance_m"],
    message:
        "Sorting the points of {wildcards.scene}, {wildcards.look}, by tile"
    script:
        "../scripts/partition_points.py"
