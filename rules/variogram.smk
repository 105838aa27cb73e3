rule fit_variogram:
    """Fit the variogram of one look."""
    input:
        points="results/points/{scene}/{look}.parquet",
    output:
        variogram="results/variogram/{scene}/{look}.json",
    log:
        "logs/fit_variogram/{scene}/{look}.log",
    benchmark:
        "logs/benchmarks/fit_variogram/{scene}/{look}.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code("fit_variogram"),
        bounds=scene_setting("bounds"),
        pixel_m=scene_setting("pixel_m"),
        settings=config["variogram"],
    message:
        "Fitting the variogram of {wildcards.scene}, {wildcards.look}"
    script:
        "../scripts/fit_variogram.py"
