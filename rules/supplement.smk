rule draw_s1:
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
    output:
        png=report(
            "results/figures/s1.png",
            caption="../docs/captions/s1.rst",
            category="Figures",
        ),
        pdf="results/figures/s1.pdf",
        csv="results/figures/s1.csv",
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
        settings=config["figures"],
    message:
        "Drawing Fig. S1: two resolutions"
    script:
        "../scripts/draw_s1.py"


rule draw_s2:
    input:
        velocity=scene_map(CLOSE_SCENE, "velocity"),
        filled=scene_map(CLOSE_SCENE, "filled"),
    output:
        png=report(
            "results/figures/s2.png",
            caption="../docs/captions/s2.rst",
            category="Figures",
        ),
        pdf="results/figures/s2.pdf",
        csv="results/figures/s2.csv",
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
        settings=config["figures"],
    message:
        "Drawing Fig. S2: filled and raw maps, wrapped"
    script:
        "../scripts/draw_s2.py"


rule activate_features:
    input:
        weights=f"{figure_model()}/weights.safetensors",
        model=f"{figure_model()}/model.json",
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
        settings=config["figures"],
        torch_threads=config["torch_threads"],
    message:
        "Passing one example through the first layers of a network, for Fig. S3"
    script:
        "../scripts/activate_features.py"


rule draw_s3:
    input:
        features="results/figures/data/features.safetensors",
    output:
        png=report(
            "results/figures/s3.png",
            caption="../docs/captions/s3.rst",
            category="Figures",
        ),
        pdf="results/figures/s3.pdf",
        csv="results/figures/s3.csv",
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
        settings=config["figures"],
    message:
        "Drawing Fig. S3: activated features"
    script:
        "../scripts/draw_s3.py"


rule draw_found_areas:
    input:
        velocity=lambda wildcards: scene_map(
            overview_of(GALLERIES[wildcards.figure])[0], "velocity"
        ),
        probability=lambda wildcards: overview_file(
            GALLERIES[wildcards.figure], "probability_{source}.tif"
        ),
        areas=lambda wildcards: overview_file(
            GALLERIES[wildcards.figure], "areas_{source}.gpkg"
        ),
        truth=lambda wildcards: scene_truth(overview_of(GALLERIES[wildcards.figure])[0]),
    output:
        png=report(
            "results/figures/{figure}.png",
            caption="../docs/captions/found_areas.rst",
            category="Figures",
        ),
        pdf="results/figures/{figure}.pdf",
        csv="results/figures/{figure}.csv",
    log:
        "logs/draw_found_areas/{figure}.log",
    benchmark:
        "logs/benchmarks/draw_found_areas/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(GALLERIES),
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("draw_found_areas"),
        levels=config["areas"]["levels"],
        settings=config["figures"],
        source=lambda wildcards: overview_of(GALLERIES[wildcards.figure])[1],
    message:
        "Drawing {wildcards.figure}: areas found by a network, from near"
    script:
        "../scripts/draw_found_areas.py"


rule draw_s6:
    input:
        velocities=[
            f"results/scenes/{overview_of('point')[0]}/{look}/velocity.tif"
            for look in looks(overview_of("point")[0])[:4]
        ],
        probability=overview_file("point", "probability_{source}.tif"),
        truth=scene_truth(overview_of("point")[0]),
    output:
        png=report(
            "results/figures/s6.png",
            caption="../docs/captions/s6.rst",
            category="Figures",
        ),
        pdf="results/figures/s6.pdf",
        csv="results/figures/s6.csv",
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
        settings=config["figures"],
    message:
        "Drawing Fig. S6: horizontal motion in two lines of sight"
    script:
        "../scripts/draw_s6.py"


rule draw_s7:
    input:
        thresholds=overview_file("point", "thresholds.gpkg"),
        velocity=scene_map(overview_of("point")[0], "velocity"),
        probability=overview_file("point", "probability_{source}.tif"),
        areas=overview_file("point", "areas_{source}.gpkg"),
        truth=scene_truth(overview_of("point")[0]),
    output:
        png=report(
            "results/figures/s7.png",
            caption="../docs/captions/s7.rst",
            category="Figures",
        ),
        pdf="results/figures/s7.pdf",
        csv="results/figures/s7.csv",
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
        limits={
            name.removesuffix("_mm_yr"): value
            for name, value in config["thresholds"].items()
            if name.endswith("_mm_yr")
        },
        levels=config["areas"]["levels"],
        settings=config["figures"],
    message:
        "Drawing Fig. S7: areas over thresholds"
    script:
        "../scripts/draw_s7.py"


rule draw_reliability:
    input:
        scores=[f"{folder}/scores.parquet" for folder in table1_models()],
    output:
        png=report(
            "results/figures/reliability.png",
            caption="../docs/captions/reliability.rst",
            category="Figures",
        ),
        pdf="results/figures/reliability.pdf",
        csv="results/figures/reliability.csv",
    log:
        "logs/draw_reliability.log",
    benchmark:
        "logs/benchmarks/draw_reliability.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_reliability"),
        arms=[without(arm, "seed", "published") for arm in TABLE1_ARMS],
        bins=config["calibration_bins"],
        confidence=config["calibration_confidence"],
    message:
        "Drawing the reliability of every arm of Table I"
    script:
        "../scripts/draw_reliability.py"


rule draw_robustness:
    input:
        table="results/tables/robustness.csv",
    output:
        png=report(
            "results/figures/robustness.png",
            caption="../docs/captions/robustness.rst",
            category="Figures",
        ),
        pdf="results/figures/robustness.pdf",
        csv="results/figures/robustness.csv",
    log:
        "logs/draw_robustness.log",
    benchmark:
        "logs/benchmarks/draw_robustness.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_robustness"),
        confidence=config["calibration_confidence"],
    message:
        "Drawing how models do where they were not trained"
    script:
        "../scripts/draw_robustness.py"


rule draw_table1:
    input:
        table="results/tables/table1.csv",
    output:
        png=report(
            "results/figures/table1.png",
            caption="../docs/captions/table1.rst",
            category="Figures",
        ),
        pdf="results/figures/table1.pdf",
        csv="results/figures/table1.csv",
        markdown="results/tables/table1.md",
    log:
        "logs/draw_table1.log",
    benchmark:
        "logs/benchmarks/draw_table1.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("draw_table1"),
        printed=config["figures"]["printed_table1"],
    message:
        "Drawing Table I"
    script:
        "../scripts/draw_table1.py"
