# Detectors: networks and thresholds against the truth of simulated scenes.


rule tabulate_detectors:
    """Table of networks and thresholds against the truth of simulated scenes."""
    input:
        truths=scene_truth(*SCENES),
        areas=[
            f"results/scenes/{scene}/areas_{source}.gpkg"
            for scene in SCENES
            if is_simulated(scene)
            for source in scene_sources(scene)
        ],
        thresholds=[
            f"results/scenes/{scene}/thresholds.gpkg"
            for scene in SCENES
            if is_simulated(scene)
        ],
    output:
        detectors="results/tables/detectors.csv",
    log:
        "logs/tabulate_detectors.log",
    benchmark:
        "logs/benchmarks/tabulate_detectors.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_detectors"),
        settings=config["detectors"],
    message:
        "Comparing networks and thresholds with the truth"
    script:
        "../scripts/tabulate_detectors.py"
