rule simulate_points:
    """Simulate the points of one look of a scene."""
    input:
        outline=land_outline,
    output:
        points="results/points/{scene}/{look}.parquet",
    log:
        "logs/simulate_points/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/simulate_points/{scene}/{look}.tsv"
    wildcard_constraints:
        scene="|".join(SIMULATED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=code("simulate_points"),
        shared=config["simulation"],
        own=scene_setting("simulation"),
        seed=config["seed"],
        bounds=scene_setting("bounds"),
        pixel_m=scene_setting("pixel_m"),
        crs=scene_setting("crs"),
    message:
        "SIMULATING the points of {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/simulate_points.py"


rule simulate_truth:
    """Outline what moves in a simulated scene, and its land and artefacts."""
    input:
        points=of_each_look("results/points/{scene}/{look}.parquet"),
        outline=land_outline,
    output:
        truth="results/scenes/{scene}/truth.gpkg",
    log:
        "logs/simulate_truth/{scene}.log",
    benchmark:
        "logs/benchmarks/simulate_truth/{scene}.tsv"
    wildcard_constraints:
        scene="|".join(SIMULATED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        code=code("simulate_truth"),
        looks=lambda wildcards: looks(wildcards.scene),
        shared=config["simulation"],
        own=scene_setting("simulation"),
        seed=config["seed"],
        bounds=scene_setting("bounds"),
        pixel_m=scene_setting("pixel_m"),
        crs=scene_setting("crs"),
    message:
        "Outlining what moves in {wildcards.scene}, SIMULATED"
    script:
        "../scripts/simulate_truth.py"


rule grid_scene:
    """Put the points of one look on a grid."""
    input:
        points="results/points/{scene}/{look}.parquet",
    output:
        velocity="results/scenes/{scene}/{look}/velocity.tif",
    log:
        "logs/grid_scene/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/grid_scene/{scene}/{look}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code("grid_scene"),
        bounds=scene_setting("bounds"),
        pixel_m=scene_setting("pixel_m"),
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Putting the points of {wildcards.scene}, {wildcards.look}, on a grid"
    script:
        "../scripts/grid_scene.py"


rule fill_scene:
    """Fill the map of one look."""
    input:
        velocity="results/scenes/{scene}/{look}/velocity.tif",
        variogram=fill_variogram,
    output:
        filled="results/scenes/{scene}/{look}/filled.tif",
    log:
        "logs/fill_scene/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/fill_scene/{scene}/{look}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 2
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        code=code_with_fill("fill_scene", scene_fill),
        method=lambda wildcards: scene_fill(wildcards.scene),
        fills=config["fills"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Filling {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/fill_scene.py"


rule estimate_fill_error:
    """Estimate by kriging how uncertain the fill of one look is."""
    input:
        velocity="results/scenes/{scene}/{look}/velocity.tif",
        variogram="results/variogram/{scene}/{look}.json",
    output:
        filled_std="results/scenes/{scene}/{look}/filled_std.tif",
    log:
        "logs/estimate_fill_error/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/estimate_fill_error/{scene}/{look}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=code("estimate_fill_error", "kriging"),
        fills=config["fills"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Estimating how uncertain the fill of {wildcards.scene}, {wildcards.look}, is"
    script:
        "../scripts/estimate_fill_error.py"
