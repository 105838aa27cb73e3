# Scenes of role tiled: tile by tile in batches, and only when asked for by name.


checkpoint list_tiles:
    """List the tiles of a scene of role tiled that hold land or points."""
    input:
        outline=land_outline,
        measured=measured_by_tile,
    output:
        tiles="results/scenes/{scene}/tiles.csv",
    log:
        "logs/list_tiles/{scene}.log",
    benchmark:
        "logs/benchmarks/list_tiles/{scene}.tsv"
    wildcard_constraints:
        scene="|".join(TILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("list_tiles"),
        scene=tiled_scene,
        simulation=scene_simulation,
        tiles_per_job=config["tiled"]["tiles_per_job"],
    message:
        "Listing the tiles of {wildcards.scene} that hold land"
    script:
        "../scripts/list_tiles.py"


rule search_batch:
    """Search one batch of tiles of one look."""
    input:
        tiles="results/scenes/{scene}/tiles.csv",
        outline=land_outline,
        measured=measured_by_tile,
        weights=scene_model_file("weights.safetensors"),
        model=scene_model_file("model.json"),
        calibration=scene_model_file("calibration.json"),
    output:
        scores="results/scenes/{scene}/{look}/scores_{source}/batch_{batch}.safetensors",
    log:
        "logs/search_batch/{scene}/{look}_{source}_{batch}.log",
    benchmark:
        "logs/benchmarks/search_batch/{scene}/{look}_{source}_{batch}.tsv"
    wildcard_constraints:
        scene="|".join(TILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: config["torch_threads"]
    resources:
        **ON_GPU,
        mem_mb=3000,
        runtime=120,
    params:
        code=code_with_fill("search_batch", network_fill),
        torch_threads=config["torch_threads"],
        scene=tiled_scene,
        simulation=scene_simulation,
        settings=search_settings(),
    message:
        "Searching tiles of {wildcards.scene}, {wildcards.look}, for {wildcards.source} sources: batch {wildcards.batch}"
    script:
        "../scripts/search_batch.py"


rule mosaic_tiles:
    """Put the probabilities of all tiles together."""
    input:
        tiles="results/scenes/{scene}/tiles.csv",
        scores=batches_of_each_look,
    output:
        probability="results/scenes/{scene}/probability_{source}.tif",
    log:
        "logs/mosaic_tiles/{scene}_{source}.log",
    benchmark:
        "logs/benchmarks/mosaic_tiles/{scene}_{source}.tsv"
    wildcard_constraints:
        scene="|".join(TILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 4
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code("mosaic_tiles"),
        looks=lambda wildcards: looks(wildcards.scene),
        scene=tiled_scene,
        smoothing=[
            config["windows"]["smoothing_size_px"],
            config["windows"]["smoothing_sigma_px"],
        ],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Putting the tiles of {wildcards.scene} together, {wildcards.source}"
    script:
        "../scripts/mosaic_tiles.py"


rule outline_regions:
    """Outline what moves in a scene of role tiled, and where deformation is probable."""
    input:
        sources="results/scenes/{scene}/sources.gpkg",
        probability="results/scenes/{scene}/probability_{source}.tif",
        tiles="results/scenes/{scene}/tiles.csv",
        outline=land_outline,
        measured=measured_by_tile,
    output:
        areas="results/scenes/{scene}/areas_{source}.gpkg",
    log:
        "logs/outline_regions/{scene}_{source}.log",
    benchmark:
        "logs/benchmarks/outline_regions/{scene}_{source}.tsv"
    wildcard_constraints:
        scene="|".join(TILED_SCENES) or "none",
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=code("outline_regions"),
        looks=lambda wildcards: looks(wildcards.scene),
        scene=tiled_scene,
        simulation=scene_simulation,
        settings=config["areas"],
        simulated=lambda wildcards: is_simulated(wildcards.scene),
    message:
        "Outlining the areas found in {wildcards.scene}, {wildcards.source}"
    script:
        "../scripts/outline_regions.py"
