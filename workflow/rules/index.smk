# Selection indices that need covariances of their traits: desired gains, restricted traits, genetic gains.
#
# takes  genotypes and phenotypes of a dataset; predictions of candidates and those that were selected
# gives  <results>/predict/{prediction}/covariances.json        genetic and phenotypic covariances, by REML
#        <results>/predict/{prediction}/index.tsv               coefficients, and the genetic gains to expect
#        <results>/predict/{prediction}/covariances.tsv         covariances of every pair of traits


rule covariances:
    # Of the traits of an index, on all samples with a phenotype.
    input:
        genotypes=lambda wildcards: f"<results>/{prediction_of(wildcards).dataset}/genotypes",
        phenotypes=lambda wildcards: PLAN.index_phenotypes(prediction_of(wildcards)),
    output:
        covariances=PLAN.COVARIANCES,
    log:
        "<logs>/predict/{prediction}.covariances.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=covariance_memory(),
        runtime=runtime(120),
    params:
        traits=lambda wildcards: PLAN.index_traits(prediction_of(wildcards)),
        dataset=lambda wildcards: DATASETS[prediction_of(wildcards).dataset].fit_options,
        code=code("covariances"),
    message:
        "{wildcards.prediction}: covariances of the traits of its index"
    script:
        "../scripts/covariances.py"


rule selection_index:
    # What the index is made of, and the genetic gains of those selected.
    input:
        predictions=rules.predictions.output.predictions,
        covariances=rules.covariances.output.covariances,
        selected=rules.selection.output.selected,
    output:
        index="<results>/predict/{prediction}/index.tsv",
        covariances="<results>/predict/{prediction}/covariances.tsv",
    log:
        "<logs>/predict/{prediction}.index.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        **INDEX,
        select=lambda wildcards: prediction_of(wildcards).options["select"],
        level=lambda wildcards: prediction_of(wildcards).level,
        code=code("selection_index"),
    message:
        "{wildcards.prediction}: gains of its index"
    script:
        "../scripts/selection_index.py"
