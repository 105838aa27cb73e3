# Figures of the supplement.

#: Folder of the model of Fig. S3: the last AlexNet of Table I, else its last network.
FEATURE_MODEL = MODEL.format(
    **sorted(
        TABLE1_ARMS,
        key=lambda arm: (
            arm["pixel_m"] == config["figures"]["example"]["pixel_m"],
            arm["network"] == "alexnet",
        ),
    )[-1]
)


rule draw_s1:
    """Fig. S1: the same place at two resolutions."""
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
    output:
        **figure_files("s1"),
    log:
        "logs/draw_s1.log",
    benchmark:
        "logs/benchmarks/draw_s1.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("draw_s1"),
        simulated=is_simulated(CLOSE_SCENE),
        settings=figure_settings("velocity_share", "zoom_m"),
    message:
        "Drawing Fig. S1: two resolutions"
    script:
        "../scripts/draw_s1.py"


rule draw_s2:
    """Fig. S2: filled and raw maps, wrapped at every interval."""
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
        filled=scene_map(CLOSE_SCENE, "filled"),
    output:
        **figure_files("s2"),
    log:
        "logs/draw_s2.log",
    benchmark:
        "logs/benchmarks/draw_s2.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("draw_s2"),
        intervals=config["wrapping"]["intervals_mm_yr"],
        simulated=is_simulated(CLOSE_SCENE),
        settings=figure_settings("zoom_m", "zoom_cells"),
    message:
        "Drawing Fig. S2: filled and raw maps, wrapped"
    script:
        "../scripts/draw_s2.py"


rule activate_features:
    """Pass one example through the first layers of a network, for Fig. S3."""
    input:
        weights=f"{FEATURE_MODEL}/weights.safetensors",
        model=f"{FEATURE_MODEL}/model.json",
        stages="results/figures/data/stages.safetensors",
    output:
        features="results/figures/data/features.safetensors",
    log:
        "logs/activate_features.log",
    benchmark:
        "logs/benchmarks/activate_features.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("activate_features"),
        settings=figure_settings("wrap_interval_mm_yr"),
        torch_threads=config["torch_threads"],
    message:
        "Passing one example through the first layers of a network, for Fig. S3"
    script:
        "../scripts/activate_features.py"


rule draw_s3:
    """Fig. S3: features activated by the first layers of a network."""
    input:
        features="results/figures/data/features.safetensors",
    output:
        **figure_files("s3"),
    log:
        "logs/draw_s3.log",
    benchmark:
        "logs/benchmarks/draw_s3.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("draw_s3"),
        settings=figure_settings("features", "wrap_interval_mm_yr"),
    message:
        "Drawing Fig. S3: activated features"
    script:
        "../scripts/draw_s3.py"


rule draw_area_gallery:
    """Figs S4, S5: areas outlined for point and for line sources, from near."""
    input:
        unpack(
            lambda wildcards: overview_files(
                GALLERIES[wildcards.figure],
                "velocity",
                "probability",
                "areas",
                "truth",
            )
        ),
    output:
        **figure_files("{figure}", caption="area_gallery"),
    log:
        "logs/draw_area_gallery/{figure}.log",
    benchmark:
        "logs/benchmarks/draw_area_gallery/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(GALLERIES),
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_area_gallery"),
        levels=config["areas"]["levels"],
        settings=figure_settings("velocity_share", "zoom_m", "zoom_cells"),
        source=lambda wildcards: overview_of(GALLERIES[wildcards.figure])[1],
    message:
        "Drawing {wildcards.figure}: areas found by a network, from near"
    script:
        "../scripts/draw_area_gallery.py"


rule draw_s6:
    """Fig. S6: horizontal motion in two lines of sight."""
    input:
        **overview_files("point", "probability", "truth"),
        velocities=[
            f"results/scenes/{overview_of('point')[0]}/{look}/velocity.tif"
            for look in looks(overview_of("point")[0])[:4]
        ],
    output:
        **figure_files("s6"),
    log:
        "logs/draw_s6.log",
    benchmark:
        "logs/benchmarks/draw_s6.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_s6"),
        levels=config["areas"]["levels"],
        settings=figure_settings("velocity_share", "zoom_m", "zoom_cells"),
    message:
        "Drawing Fig. S6: horizontal motion in two lines of sight"
    script:
        "../scripts/draw_s6.py"


rule draw_s7:
    """Fig. S7: areas over thresholds, beside those of the network."""
    input:
        **overview_files(
            "point", "thresholds", "velocity", "probability", "areas", "truth"
        ),
    output:
        **figure_files("s7"),
    log:
        "logs/draw_s7.log",
    benchmark:
        "logs/benchmarks/draw_s7.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_s7"),
        limits=THRESHOLDS,
        levels=config["areas"]["levels"],
        settings=figure_settings("max_cells"),
    message:
        "Drawing Fig. S7: areas over thresholds"
    script:
        "../scripts/draw_s7.py"
