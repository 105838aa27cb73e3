rule write_manifest:
    message:
        "Rolling up the stamps and digests of all artefacts"
    input:
        artefacts=every_artefact(),
    output:
        manifest="results/manifest.json",
    params:
        code=code("write_manifest"),
        roots=["results/points", "results/variogram", "results/datasets", "results/models", "results/scenes", "results/tables", "results/figures"],
    log:
        "logs/write_manifest.log",
    benchmark:
        "logs/benchmarks/write_manifest.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    conda:
        "../envs/groundmotion.yaml"
    script:
        "../scripts/write_manifest.py"


rule export_crate:
    message:
        "Exporting the results as an RO-Crate"
    input:
        manifest="results/manifest.json",
    output:
        crate="results/ro-crate-metadata.json",
    params:
        code=code("export_crate"),
    log:
        "logs/export_crate.log",
    benchmark:
        "logs/benchmarks/export_crate.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    conda:
        "../envs/groundmotion.yaml"
    script:
        "../scripts/export_crate.py"


rule write_report:
    message:
        "Writing the report"
    input:
        figures=[f"results/figures/{name}.png" for name in FIGURES],
        tables=[f"results/tables/{name}.csv" for name in ("table1", "interpolation", "detectors")],
    output:
        report="results/report.html",
    params:
        code=code("write_report"),
        snakefile=workflow.main_snakefile,
        config=config,
    log:
        "logs/write_report.log",
    benchmark:
        "logs/benchmarks/write_report.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    localrule: True
    conda:
        "../envs/groundmotion.yaml"
    script:
        "../scripts/write_report.py"


rule verify:
    message:
        "Comparing every artefact with the manifest"
    params:
        code=code("verify"),
        manifest="results/manifest.json",
    log:
        "logs/verify.log",
    benchmark:
        "logs/benchmarks/verify.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=20,
    localrule: True
    conda:
        "../envs/groundmotion.yaml"
    script:
        "../scripts/verify.py"
