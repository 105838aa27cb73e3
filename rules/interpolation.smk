#: Fills of the comparison, without other models of kriging.
COMPARED_FILLS = [name for name in config["interpolation"]["fills"] if name in FILLS]


rule tabulate_interpolation:
    """Table of the fills: their errors on simulated maps."""
    output:
        table="results/tables/interpolation.csv",
    log:
        "logs/tabulate_interpolation.log",
    benchmark:
        "logs/benchmarks/tabulate_interpolation.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("tabulate_interpolation", *COMPARED_FILLS),
        fills=FILL_NUMBERS,
        variogram=config["variogram"],
        settings=config["interpolation"],
        poisson_ratio=config["examples"]["poisson_ratio"],
        seed=config["seed"],
    message:
        "Tabulating the fills on SIMULATED maps"
    script:
        "../scripts/tabulate_interpolation.py"


rule tabulate_interpolation_real:
    """Table of the fills: their errors at held-out points of real scenes."""
    input:
        velocities=[
            f"results/scenes/{scene}/{look}/velocity.tif"
            for scene in REAL_SCENES
            for look in looks(scene)
        ],
    output:
        table="results/tables/interpolation_real.csv",
    log:
        "logs/tabulate_interpolation_real.log",
    benchmark:
        "logs/benchmarks/tabulate_interpolation_real.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        code=code("tabulate_interpolation_real", *COMPARED_FILLS),
        fills=FILL_NUMBERS,
        variogram=config["variogram"],
        settings=config["interpolation"],
        seed=config["seed"],
    message:
        "Tabulating the fills at held-out points of real scenes"
    script:
        "../scripts/tabulate_interpolation_real.py"


rule fill_interpolation_map:
    """Fill one simulated bowl in every way."""
    output:
        maps="results/figures/data/interpolation_map.safetensors",
    log:
        "logs/fill_interpolation_map.log",
    benchmark:
        "logs/benchmarks/fill_interpolation_map.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code(
            "fill_interpolation_map",
            "kriging",
            *config["interpolation"]["shown"]["fills"],
        ),
        fills=FILL_NUMBERS,
        variogram=config["variogram"],
        settings=config["interpolation"],
        poisson_ratio=config["examples"]["poisson_ratio"],
        seed=config["seed"],
    message:
        "Filling one SIMULATED bowl in every way"
    script:
        "../scripts/fill_interpolation_map.py"


rule draw_interpolation:
    """Interpolation: errors of the fills by density and size of a bowl."""
    input:
        simulated="results/tables/interpolation.csv",
        measured=["results/tables/interpolation_real.csv"] if REAL_SCENES else [],
    output:
        **figure_files("interpolation"),
    log:
        "logs/draw_interpolation.log",
    benchmark:
        "logs/benchmarks/draw_interpolation.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("draw_interpolation"),
        names={
            fill: names.FILL_LABELS[fill] for fill in config["interpolation"]["fills"]
        },
        peak_mm_yr=config["interpolation"]["peak_mm_yr"],
        confidence=config["interpolation"]["confidence"],
        size_px=config["interpolation"]["size_px"],
        pixel_m=config["interpolation"]["pixel_m"],
    message:
        "Drawing the errors of the fills"
    script:
        "../scripts/draw_interpolation.py"


rule draw_interpolation_map:
    """Interpolation: one simulated bowl, filled in every way."""
    input:
        maps="results/figures/data/interpolation_map.safetensors",
    output:
        **figure_files("interpolation_map"),
    log:
        "logs/draw_interpolation_map.log",
    benchmark:
        "logs/benchmarks/draw_interpolation_map.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("draw_interpolation_map"),
        names=names.FILL_LABELS,
        settings=figure_settings("velocity_share"),
    message:
        "Drawing one SIMULATED bowl, filled in every way"
    script:
        "../scripts/draw_interpolation_map.py"
