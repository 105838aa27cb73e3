rule compare_fills:
    output:
        table="results/tables/interpolation.csv",
    log:
        "logs/compare_fills.log",
    benchmark:
        "logs/benchmarks/compare_fills.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 8
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=code("compare_fills"),
        interpolation=config["interpolation"],
        variogram=config["variogram"],
        settings=config["compare_fills"],
        poisson_ratio=config["examples"]["poisson_ratio"],
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


rule fill_bowl:
    output:
        maps="results/figures/data/fills.safetensors",
    log:
        "logs/fill_bowl.log",
    benchmark:
        "logs/benchmarks/fill_bowl.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("fill_bowl"),
        interpolation=config["interpolation"],
        variogram=config["variogram"],
        settings=config["compare_fills"],
        poisson_ratio=config["examples"]["poisson_ratio"],
        seed=config["seed"],
    message:
        "Filling one SIMULATED bowl in every way"
    script:
        "../scripts/fill_bowl.py"


rule draw_fills:
    input:
        simulated="results/tables/interpolation.csv",
        held_out=["results/tables/interpolation_real.csv"] if REAL_SCENES else [],
    output:
        png=report(
            "results/figures/fills.png",
            caption="../docs/captions/fills.rst",
            category="Figures",
        ),
        pdf="results/figures/fills.pdf",
        csv="results/figures/fills.csv",
    log:
        "logs/draw_fills.log",
    benchmark:
        "logs/benchmarks/draw_fills.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("draw_fills"),
        names=config["compare_fills"]["names"],
        peak_mm_yr=config["compare_fills"]["peak_mm_yr"],
        confidence=config["compare_fills"]["confidence"],
        size_px=config["compare_fills"]["size_px"],
        pixel_m=config["compare_fills"]["pixel_m"],
    message:
        "Drawing how well the fills do"
    script:
        "../scripts/draw_fills.py"


rule draw_fills_map:
    input:
        maps="results/figures/data/fills.safetensors",
    output:
        png=report(
            "results/figures/fills_map.png",
            caption="../docs/captions/fills_map.rst",
            category="Figures",
        ),
        pdf="results/figures/fills_map.pdf",
        csv="results/figures/fills_map.csv",
    log:
        "logs/draw_fills_map.log",
    benchmark:
        "logs/benchmarks/draw_fills_map.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("draw_fills_map"),
        names=config["compare_fills"]["names"],
        settings=config["figures"],
    message:
        "Drawing one SIMULATED bowl, filled in every way"
    script:
        "../scripts/draw_fills_map.py"
