# Table I: what networks of each input reach on the test examples.

TABLE1_ARMS = arms_of(config, config["table1"])

#: Those that are shown wrapped windows.
WRAPPED_ARMS = [arm for arm in TABLE1_ARMS if arm["input"].startswith("wrapped")]


rule tabulate_table1:
    """Table I: accuracy of each network and input, and the limit."""
    input:
        models=of_each(f"{MODEL}/model.json", TABLE1_ARMS),
        evaluations=of_each(f"{MODEL}/evaluation.json", TABLE1_ARMS),
        examples=of_each(f"{DATASET}/examples.parquet", TABLE1_ARMS),
        tuned=of_each(f"{DATASET}/observed.parquet", TABLE1_ARMS, "validation"),
        observed=of_each(f"{DATASET}/observed.parquet", TABLE1_ARMS),
        other_tables=lambda wildcards: own_or_shipped(config["other_runs"]["table1"]),
        other_observers=lambda wildcards: own_or_shipped(
            config["other_runs"]["observers"]
        ),
    output:
        table="results/tables/table1.csv",
        observer_table="results/tables/observers.csv",
    log:
        "logs/tabulate_table1.log",
    benchmark:
        "logs/benchmarks/tabulate_table1.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_table1"),
        limit_errors=config["observers"]["warn_above_errors"],
    message:
        "Tabulating Table I"
    script:
        "../scripts/tabulate_table1.py"


rule draw_table1:
    """Table I as a figure and in Markdown: errors, the limit, the paper's numbers."""
    input:
        table="results/tables/table1.csv",
    output:
        **figure_files("table1"),
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
        min_d_prime=config["presets"]["mining"]["min_d_prime"],
    message:
        "Drawing Table I"
    script:
        "../scripts/draw_table1.py"


rule draw_reliability:
    """Reliability of the probabilities of each arm of Table I."""
    input:
        scores=of_each(f"{MODEL}/scores.parquet", TABLE1_ARMS),
    output:
        **figure_files("reliability"),
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
        arms=[
            {key: arm[key] for key in arm if key not in ("seed", "published")}
            for arm in TABLE1_ARMS
        ],
        bins=config["calibration_bins"],
        confidence=config["calibration_confidence"],
    message:
        "Drawing the reliability of every arm of Table I"
    script:
        "../scripts/draw_reliability.py"


rule tabulate_wraps:
    """Table of the views of wrapped windows: one by one, and put together."""
    input:
        models=of_each(f"{MODEL}/model.json", WRAPPED_ARMS),
        scores=of_each(f"{MODEL}/views.parquet", WRAPPED_ARMS),
    output:
        table="results/tables/wraps.csv",
    log:
        "logs/tabulate_wraps.log",
    benchmark:
        "logs/benchmarks/tabulate_wraps.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code("tabulate_wraps"),
    message:
        "Tabulating the views of wrapped windows"
    script:
        "../scripts/tabulate_wraps.py"
