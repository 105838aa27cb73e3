# Figures of the paper.


rule draw_fig1:
    """Fig. 1: variogram and covariance of velocity."""
    input:
        variograms=list(spatial_looks().values()),
    output:
        **figure_files("fig1"),
    log:
        "logs/draw_fig1.log",
    benchmark:
        "logs/benchmarks/draw_fig1.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_fig1"),
        names=list(spatial_looks()),
    message:
        "Drawing Fig. 1: variogram and covariance"
    script:
        "../scripts/draw_fig1.py"


rule fill_by_delaunay:
    """Fill a scene by Delaunay triangulation, for Fig. 2."""
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
    output:
        filled="results/figures/data/delaunay.tif",
    log:
        "logs/fill_by_delaunay.log",
    benchmark:
        "logs/benchmarks/fill_by_delaunay.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        code=code("fill_by_delaunay", "delaunay"),
        fills=FILL_NUMBERS,
        simulated=is_simulated(CLOSE_SCENE),
    message:
        "Filling a scene by Delaunay triangulation, for Fig. 2"
    script:
        "../scripts/fill_by_delaunay.py"


rule draw_fig2:
    """Fig. 2: a velocity map as points, filled in two ways, and wrapped."""
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
        delaunay="results/figures/data/delaunay.tif",
        filled=scene_map(CLOSE_SCENE, "filled"),
    output:
        **figure_files("fig2"),
    log:
        "logs/draw_fig2.log",
    benchmark:
        "logs/benchmarks/draw_fig2.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("draw_fig2"),
        fill_name=scene_fill(CLOSE_SCENE).replace("_", " "),
        simulated=is_simulated(CLOSE_SCENE),
        settings=figure_settings("max_cells", "velocity_share", "wrap_interval_mm_yr"),
    message:
        "Drawing Fig. 2: a velocity map and its fills"
    script:
        "../scripts/draw_fig2.py"


rule simulate_trough:
    """Simulate the trough of a tunnel, for Fig. 3."""
    output:
        trough="results/figures/data/trough.safetensors",
    log:
        "logs/simulate_trough.log",
    benchmark:
        "logs/benchmarks/simulate_trough.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("simulate_trough"),
        settings=config["figures"]["trough"],
        line=config["presets"]["as_printed"]["line"],
    message:
        "Simulating the trough of a tunnel, for Fig. 3"
    script:
        "../scripts/simulate_trough.py"


rule draw_fig3:
    """Fig. 3: the trough of a tunnel."""
    input:
        trough="results/figures/data/trough.safetensors",
    output:
        **figure_files("fig3"),
    log:
        "logs/draw_fig3.log",
    benchmark:
        "logs/benchmarks/draw_fig3.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_fig3"),
    message:
        "Drawing Fig. 3: the trough of a tunnel"
    script:
        "../scripts/draw_fig3.py"


rule stage_example:
    """Draw one example again in all its stages, for Fig. 4."""
    input:
        masks=points_of(mask_scene(figure_example())),
        spikes=spike_points(figure_example()),
        examples=f"{DATASET.format(split='test', **vars(figure_example()))}/examples.parquet",
        observations=f"{DATASET.format(split='test', **vars(figure_example()))}/observations.safetensors",
    output:
        stages="results/figures/data/stages.safetensors",
    log:
        "logs/stage_example.log",
    benchmark:
        "logs/benchmarks/stage_example.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        code=code("stage_example", "delaunay", "matrix_completion"),
        mask_scene=scene_grid(mask_scene(figure_example())),
        spike_scene=SPIKE_SCENE,
        split="test",
        law=example_law(figure_example()),
        band=config["examples"]["bands"]["test"],
        seed=config["seed"],
        fills=FILL_NUMBERS,
    message:
        "Drawing one example again in all its stages, for Fig. 4"
    script:
        "../scripts/stage_example.py"


rule draw_fig4:
    """Fig. 4: one synthetic example in all its stages."""
    input:
        stages="results/figures/data/stages.safetensors",
    output:
        **figure_files("fig4"),
    log:
        "logs/draw_fig4.log",
    benchmark:
        "logs/benchmarks/draw_fig4.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("draw_fig4"),
        settings=figure_settings("wrap_interval_mm_yr", "zoom_cells"),
    message:
        "Drawing Fig. 4: one synthetic example"
    script:
        "../scripts/draw_fig4.py"


rule draw_fig5:
    """Fig. 5: the case studies, from points to probability."""
    input:
        velocities=[scene_map(s, "velocity") for s in FIGURE_SCENES],
        fills=[scene_map(s, "filled") for s in FIGURE_SCENES],
        probabilities=[
            f"results/scenes/{s}/probability_{scene_sources(s)[0]}.tif"
            for s in FIGURE_SCENES
        ],
        sources=[f"results/scenes/{s}/sources.gpkg" for s in FIGURE_SCENES],
        truths=scene_truth(*FIGURE_SCENES),
    output:
        **figure_files("fig5"),
    log:
        "logs/draw_fig5.log",
    benchmark:
        "logs/benchmarks/draw_fig5.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_fig5"),
        titles=[scene_title(s) for s in FIGURE_SCENES],
        levels=config["areas"]["levels"],
        settings=figure_settings("max_cells", "velocity_share", "wrap_interval_mm_yr"),
    message:
        "Drawing Fig. 5: the case studies"
    script:
        "../scripts/draw_fig5.py"


rule draw_fig6:
    """Fig. 6: areas outlined by the network for point sources."""
    input:
        **overview_files("point", "velocity", "probability", "areas", "truth"),
    output:
        **figure_files("fig6"),
    log:
        "logs/draw_fig6.log",
    benchmark:
        "logs/benchmarks/draw_fig6.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_fig6"),
        levels=config["areas"]["levels"],
        settings=figure_settings(
            "max_cells", "velocity_share", "zoom_m", "zoom_cells", "area_split_km2"
        ),
    message:
        "Drawing Fig. 6: areas found by the network for point sources"
    script:
        "../scripts/draw_fig6.py"


rule draw_fig7:
    """Fig. 7: areas outlined by the network for line sources."""
    input:
        **overview_files("line", "velocity", "probability", "areas", "truth"),
    output:
        **figure_files("fig7"),
    log:
        "logs/draw_fig7.log",
    benchmark:
        "logs/benchmarks/draw_fig7.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_fig7"),
        levels=config["areas"]["levels"],
        settings=figure_settings("max_cells", "velocity_share", "zoom_m", "zoom_cells"),
    message:
        "Drawing Fig. 7: areas found by the network for line sources"
    script:
        "../scripts/draw_fig7.py"


rule draw_fig8:
    """Fig. 8: speed against probability, and places where they differ."""
    input:
        **overview_files("point", "velocity", "probability"),
    output:
        **figure_files("fig8"),
    log:
        "logs/draw_fig8.log",
    benchmark:
        "logs/benchmarks/draw_fig8.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        code=code("draw_fig8"),
        simulated=is_simulated(overview_of("point")[0]),
        levels=config["areas"]["levels"],
        limits=THRESHOLDS,
        settings=figure_settings("velocity_share", "zoom_m", "zoom_cells"),
    message:
        "Drawing Fig. 8: speed against probability"
    script:
        "../scripts/draw_fig8.py"
