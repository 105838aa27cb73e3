# Detectors: networks and baselines against the truth of simulated scenes.


rule tabulate_detectors:
    """Table of networks and baselines against the truth of simulated scenes."""
    input:
        **{
            name: [
                f"results/scenes/{scene}/{name}.gpkg"
                for scene in SCENES
                if is_simulated(scene)
            ]
            for name in ("sources", "thresholds", "clusters")
        },
        truths=scene_truth(*SCENES),
        areas=[
            f"results/scenes/{scene}/areas_{source}.gpkg"
            for scene in SCENES
            if is_simulated(scene)
            for source in scene_sources(scene)
        ],
        filled=[
            f"results/scenes/{scene}/{look}/filled.tif"
            for scene in SCENES
            if is_simulated(scene)
            for look in looks(scene)
        ],
        trials="results/tables/trials.csv",
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
        "Comparing networks and baselines with the truth"
    script:
        "../scripts/tabulate_detectors.py"
