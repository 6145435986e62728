# Fits: for every fold, everything fitted on the training lines, predictions of the test lines.
#
# takes  genotypes, phenotype, covariates and folds of one dataset, trait and scheme; layers that the variant reads
# gives  <results>/{dataset}/{trait}/{scheme}/{variant}/r{repeat}b{block}.*
#        predictions.tsv  a row per test line
#        folds.tsv        a row per fold: scores, epochs, status
#        history.tsv      a row per epoch (networks)
#        timing.tsv       a row per fold and stage
#        ledger.tsv       a row per fitted step: which lines it saw
#        meta.json        parameters, seeds, versions, checksums
#
# One job holds all folds of a repeat (importing TensorFlow costs more than a
# fold of most methods); `cv.folds_per_job` cuts it finer without changing a number.


rule fit:
    # One variant on one repeat (or a block of its folds), single-threaded.
    input:
        dosages=rules.genotypes.output.dosages,
        variants=rules.genotypes.output.variants,
        samples=rules.genotypes.output.samples,
        meta=rules.genotypes.output.meta,
        layers=lambda wildcards: layer_files(
            wildcards.dataset, EVERY_VARIANT[wildcards.variant].layers
        ),
        phenotype=rules.phenotypes.output.phenotype,
        covariates=rules.phenotypes.output.covariates,
        splits=rules.splits.output.splits,
    output:
        predictions=fitted("predictions.tsv"),
        folds=fitted("folds.tsv"),
        history=fitted("history.tsv"),
        timing=fitted("timing.tsv"),
        ledger=fitted("ledger.tsv"),
        meta=fitted("meta.json"),
    log:
        "<logs>/{dataset}/{trait}/{scheme}/{variant}/r{repeat}b{block}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=fit_runtime,
    params:
        method=lambda wildcards: EVERY_VARIANT[wildcards.variant].method,
        encoding=lambda wildcards: EVERY_VARIANT[wildcards.variant].encoding,
        params=lambda wildcards: EVERY_VARIANT[wildcards.variant].params,
        tune=lambda wildcards: EVERY_VARIANT[wildcards.variant].tune,
        covariates=lambda wildcards: DATASETS[wildcards.dataset].covariates,
        maf=lambda wildcards: DATASETS[wildcards.dataset].qc["maf"],
        mac=lambda wildcards: DATASETS[wildcards.dataset].qc["mac"],
        layers=lambda wildcards: layer_limits(
            wildcards.dataset, EVERY_VARIANT[wildcards.variant].layers
        ),
        seed=CONFIG.seed,
        folds_per_job=CONFIG.cv["folds_per_job"],
        code=lambda wildcards: code(
            "fit",
            *modules(
                EVERY_VARIANT[wildcards.variant].method,
                EVERY_VARIANT[wildcards.variant].params,
            ),
        ),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.variant} ({wildcards.scheme}, repeat {wildcards.repeat})"
    script:
        "../scripts/fit.py"


rule heritability:
    # Genomic heritability by REML on all phenotyped lines; described, never used in a fit.
    input:
        dosages=rules.genotypes.output.dosages,
        phenotype=rules.phenotypes.output.phenotype,
        meta=rules.genotypes.output.meta,
    output:
        heritability="<results>/{dataset}/{trait}/heritability.json",
    log:
        "<logs>/{dataset}/{trait}/heritability.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=12),
        runtime=runtime(),
    params:
        code=code("heritability"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: heritability"
    script:
        "../scripts/heritability.py"
