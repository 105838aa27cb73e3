# Sources: the noise of a scene, what stands above it, and its outlines. Scenes of any size.


rule fit_noise:
    """Fit the noise of every look of a scene, and find the threshold that follows from it."""
    input:
        points=searched_points,
        outline=tiled_outline,
        measured=tiled_points,
    output:
        noise="results/scenes/{scene}/noise.json",
    log:
        "logs/fit_noise/{scene}.log",
    benchmark:
        "logs/benchmarks/fit_noise/{scene}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 2
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        code=code("fit_noise"),
        looks=lambda wildcards: looks(wildcards.scene),
        scene=searched_scene,
        settings=config["significance"],
        seed=config["seed"],
    message:
        "Fitting the noise of {wildcards.scene}"
    script:
        "../scripts/fit_noise.py"


rule find_sources:
    """Find what moves in a scene, by all its looks together, and outline it."""
    input:
        noise="results/scenes/{scene}/noise.json",
        points=searched_points,
        outline=tiled_outline,
        measured=tiled_points,
    output:
        sources="results/scenes/{scene}/sources.gpkg",
        significance="results/scenes/{scene}/significance.tif",
    log:
        "logs/find_sources/{scene}.log",
    benchmark:
        "logs/benchmarks/find_sources/{scene}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=1440,
    params:
        code=code("find_sources"),
        looks=lambda wildcards: looks(wildcards.scene),
        scene=searched_scene,
        settings=config["significance"],
        ends=config["sources"],
        seed=config["seed"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Finding what moves in {wildcards.scene}"
    script:
        "../scripts/find_sources.py"


rule scan_look:
    """Map how significant motion is by one look of a scene alone."""
    input:
        noise="results/scenes/{scene}/noise.json",
        points=searched_points,
        outline=tiled_outline,
        measured=tiled_points,
    output:
        significance="results/scenes/{scene}/{look}/significance.tif",
    log:
        "logs/scan_look/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/scan_look/{scene}/{look}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=480,
    params:
        code=code("scan_look"),
        scene=searched_scene,
        settings=config["significance"],
        seed=config["seed"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Scanning {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/scan_look.py"


rule draw_noise:
    """Noise: the variogram of every look that is searched, and the covariance fitted to it."""
    input:
        noises=[f"results/scenes/{scene}/noise.json" for scene in SCENES],
    output:
        **figure_files("noise"),
    log:
        "logs/draw_noise.log",
    benchmark:
        "logs/benchmarks/draw_noise.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_noise"),
        titles=[scene_title(scene) for scene in SCENES],
        simulated=[is_simulated(scene) for scene in SCENES],
    message:
        "Drawing the noise of scenes"
    script:
        "../scripts/draw_noise.py"


rule draw_sources:
    """Sources: velocities of one scene, significance, and the outlines of what moves."""
    input:
        velocities=of_each_look("results/scenes/{scene}/{look}/velocity.tif"),
        significance="results/scenes/{scene}/significance.tif",
        sources="results/scenes/{scene}/sources.gpkg",
        noise="results/scenes/{scene}/noise.json",
        truth=lambda wildcards: scene_truth(wildcards.scene),
    output:
        **figure_files("sources_{scene}", "sources"),
    log:
        "logs/draw_sources/{scene}.log",
    benchmark:
        "logs/benchmarks/draw_sources/{scene}.tsv"
    wildcard_constraints:
        scene="|".join(UNTILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_sources"),
        title=lambda wildcards: scene_title(wildcards.scene),
        settings=figure_settings("max_cells", "velocity_share"),
    message:
        "Drawing the sources of {wildcards.scene}"
    script:
        "../scripts/draw_sources.py"
