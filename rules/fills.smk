rule compare_fills:
    output:
        table="results/tables/interpolation.csv",
    log:
        "logs/compare_fills.log",
    benchmark:
        "logs/benchmarks/compare_fills.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("compare_fills"),
        interpolation=config["interpolation"],
        variogram=config["variogram"],
        settings=config["compare_fills"],
        seed=config["seed"],
    message:
        "Comparing fills on SIMULATED maps"
    script:
        "../scripts/compare_fills.py"


rule cross_validate_fills:
    input:
        velocities=[
            f"results/scenes/{scene}/{look}/velocity.tif"
            for scene in REAL_SCENES
            for look in looks(scene)
        ],
    output:
        table="results/tables/interpolation_real.csv",
    log:
        "logs/cross_validate_fills.log",
    benchmark:
        "logs/benchmarks/cross_validate_fills.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        code=code("cross_validate_fills"),
        interpolation=config["interpolation"],
        variogram=config["variogram"],
        settings=config["compare_fills"],
        seed=config["seed"],
    message:
        "Predicting held-out points of real scenes by every fill"
    script:
        "../scripts/cross_validate_fills.py"
