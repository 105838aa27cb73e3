#: Fills of the comparison, without other models of kriging.
COMPARED_FILLS = [name for name in config["interpolation"]["fills"] if name in FILLS]


rule tabulate_interpolation:
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
        fills=config["fills"],
        variogram=config["variogram"],
        settings=config["interpolation"],
        poisson_ratio=config["examples"]["poisson_ratio"],
        seed=config["seed"],
    message:
        "Comparing fills on SIMULATED maps"
    script:
        "../scripts/tabulate_interpolation.py"


rule tabulate_interpolation_real:
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
        fills=config["fills"],
        variogram=config["variogram"],
        settings=config["interpolation"],
        seed=config["seed"],
    message:
        "Predicting held-out points of real scenes by every fill"
    script:
        "../scripts/tabulate_interpolation_real.py"


rule fill_interpolation_map:
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
        fills=config["fills"],
        variogram=config["variogram"],
        settings=config["interpolation"],
        poisson_ratio=config["examples"]["poisson_ratio"],
        seed=config["seed"],
    message:
        "Filling one SIMULATED bowl in every way"
    script:
        "../scripts/fill_interpolation_map.py"


rule draw_interpolation:
    input:
        simulated="results/tables/interpolation.csv",
        held_out=["results/tables/interpolation_real.csv"] if REAL_SCENES else [],
    output:
        png=report(
            "results/figures/interpolation.png",
            caption="../docs/captions/interpolation.rst",
            category="Figures",
        ),
        pdf="results/figures/interpolation.pdf",
        csv="results/figures/interpolation.csv",
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
        names=names.FILL_LABELS,
        peak_mm_yr=config["interpolation"]["peak_mm_yr"],
        confidence=config["interpolation"]["confidence"],
        size_px=config["interpolation"]["size_px"],
        pixel_m=config["interpolation"]["pixel_m"],
    message:
        "Drawing how well the fills do"
    script:
        "../scripts/draw_interpolation.py"


rule draw_interpolation_map:
    input:
        maps="results/figures/data/interpolation_map.safetensors",
    output:
        png=report(
            "results/figures/interpolation_map.png",
            caption="../docs/captions/interpolation_map.rst",
            category="Figures",
        ),
        pdf="results/figures/interpolation_map.pdf",
        csv="results/figures/interpolation_map.csv",
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
        settings=config["figures"],
    message:
        "Drawing one SIMULATED bowl, filled in every way"
    script:
        "../scripts/draw_interpolation_map.py"
