# Statistics of the method LR: predictions of partial data, those of the folds, against those of whole data.
#
# takes  genotypes and heritability of a dataset; predictions of all schemes; the bundle of a model
# gives  <results>/{dataset}/{trait}/lr/{model}.tsv   bias, dispersion, ratio of accuracies, accuracy, by scheme


rule lr_statistics:
    # Off unless asked for. The bundle is the one that predictions and importance read: one fit for all schemes.
    input:
        genotypes=rules.genotypes.output.genotypes,
        heritability=rules.heritability.output.heritability,
        bundle=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/bundle.json",
        arrays=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/arrays.npz",
        markers=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/markers.tsv",
        held_out=lambda wildcards: paths(PLAN.fits(**wildcards), "predictions.tsv"),
    output:
        table=PLAN.LR,
    log:
        "<logs>/{dataset}/{trait}/lr/{model}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        code=lambda wildcards: code("lr_statistics", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.model} with and without the records of a sample"
    script:
        "../scripts/lr_statistics.py"
