# Fits: for every fold, everything fitted on the training lines, predictions of the test lines.
#
# takes  genotypes, phenotype, covariates and folds of one dataset, trait and scheme; layers that the model reads;
#        what other jobs made of parts of the markers
# gives  <results>/{dataset}/{trait}/{scheme}/{model}/r{repeat}b{block}.*
#        predictions.tsv  a row per test line
#        folds.tsv        a row per fold: scores, epochs, status
#        history.tsv      a row per epoch (networks)
#        meta.json        parameters, seeds, versions, checksums; timing of each fold and stage; ledger: which
#                         lines each fitted step saw
#
# One job holds all folds of a repeat (importing TensorFlow costs more than a
# fold of most methods); `cv.folds_per_job` cuts it finer without changing a number.
# Every file of a fit costs some kilobytes of memory, and time, while a plan is made: few are left by each.


rule fit:
    # One model on one repeat (or a block of its folds), single-threaded.
    input:
        unpack(lambda wildcards: PLAN.beside_markers(**wildcards)),
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
        splits=rules.splits.output.splits,
    output:
        predictions=Fit.pattern("predictions.tsv"),
        folds=Fit.pattern("folds.tsv"),
        history=Fit.pattern("history.tsv"),
        meta=Fit.pattern("meta.json"),
    log:
        Fit.log(),
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=fit_memory(PLAN),
        runtime=fit_runtime(PLAN),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        model=lambda wildcards: model_of(wildcards).settings,
        dataset=lambda wildcards: dataset_of(wildcards).fit_options,
        layers=lambda wildcards: dataset_of(wildcards).layer_filters(
            model_of(wildcards).omics
        ),
        seed=CONFIG.seed,
        folds_per_job=CONFIG.cv["folds_per_job"],
        code=lambda wildcards: code("fit", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.model} ({wildcards.scheme}, repeat {wildcards.repeat})"
    script:
        "../scripts/fit.py"


rule heritability:
    # Genomic heritability by REML on all phenotyped lines; described, never used in a fit.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
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
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        errors_known=lambda wildcards: dataset_of(wildcards).fit_options["errors_known"],
        trait_type=trait_type,
        code=code("heritability"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: heritability"
    script:
        "../scripts/heritability.py"
