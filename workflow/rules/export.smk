# Export: what other programs need to find the same. Off unless asked for.
#
# takes  genotypes, phenotype, covariates and folds of a trait; what the workflow's own GBLUP found on its first repeat
# gives  <results>/{dataset}/{trait}/{scheme}/check_in_r/  folds, relationships and phenotypes as CSV, and check.R


rule export_r:
    # GBLUP of one trait and scheme, to be fitted again in R.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
        splits=rules.splits.output.splits,
        folds=lambda wildcards: paths(PLAN.checked_fits(**wildcards), "folds.tsv"),
    output:
        folder=directory(PLAN.CHECK_IN_R),
    log:
        "<logs>/{dataset}/{trait}/{scheme}/check_in_r.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=24),
        runtime=runtime(),
    params:
        dataset=lambda wildcards: dataset_of(wildcards).fit_options,
        script=file_sha256(source("../resources/check_gblup.R")),
        code=code("export_r"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: GBLUP to be checked in R ({wildcards.scheme})"
    script:
        "../scripts/export_r.py"
