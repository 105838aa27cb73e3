rule write_manifest:
    """Roll the stamps and digests of all artefacts up in results/manifest.json."""
    input:
        artefacts=every_artefact(),
    output:
        manifest="results/manifest.json",
    log:
        "logs/write_manifest.log",
    benchmark:
        "logs/benchmarks/write_manifest.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("write_manifest"),
        roots=[
            "results/points",
            "results/variogram",
            "results/datasets",
            "results/models",
            "results/robustness",
            "results/detectability",
            "results/scenes",
            "results/tables",
            "results/figures",
        ],
    message:
        "Rolling up the stamps and digests of all artefacts"
    script:
        "../scripts/write_manifest.py"


rule export_crate:
    """Export the results as an RO-Crate."""
    input:
        manifest="results/manifest.json",
    output:
        crate="results/ro-crate-metadata.json",
    log:
        "logs/export_crate.log",
    benchmark:
        "logs/benchmarks/export_crate.tsv"
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("export_crate"),
    message:
        "Exporting the results as an RO-Crate"
    script:
        "../scripts/export_crate.py"


rule write_report:
    """Write results/report.html: all figures and tables with their captions."""
    input:
        figures=[f"results/figures/{name}.png" for name in FIGURES],
        tables=[f"results/tables/{name}.csv" for name in TABLES],
    output:
        report="results/report.html",
    log:
        "logs/write_report.log",
    benchmark:
        "logs/benchmarks/write_report.tsv"
    localrule: True
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        code=code("write_report"),
        snakefile=workflow.main_snakefile,
        config=config,
    message:
        "Writing the report"
    script:
        "../scripts/write_report.py"


# No benchmark: its file would count as made, and a second call would check nothing.


rule verify:
    """Compare every artefact with the manifest."""
    log:
        "logs/verify.log",
    localrule: True
    conda:
        "../envs/groundmotion.yaml"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    params:
        code=code("verify"),
        manifest="results/manifest.json",
    message:
        "Comparing every artefact with the manifest"
    script:
        "../scripts/verify.py"
