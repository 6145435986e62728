# Plots of field trials: means of entries and their errors, environment by environment (stage one).
#
# takes  the table of plots of a dataset with `plots`
# gives  <results>/{dataset}/{trait}/field_trials/means.tsv, the phenotypes that all else reads
#        <results>/{dataset}/{trait}/field_trials/{trials,variances,trends,residuals}.tsv
#        <results>/{dataset}/{trait}/{scheme}/fold_means.tsv, with `stage_one: within_folds`


rule means:
    # Stage one: a mixed model of each environment. It sees the plots of all entries.
    input:
        plots=lambda wildcards: own(dataset_of(wildcards).phenotypes),
    output:
        means=PLAN.MEANS,
        trials="<results>/{dataset}/{trait}/field_trials/trials.tsv",
        variances="<results>/{dataset}/{trait}/field_trials/variances.tsv",
        trends="<results>/{dataset}/{trait}/field_trials/trends.tsv",
        residuals="<results>/{dataset}/{trait}/field_trials/residuals.tsv",
    log:
        "<logs>/{dataset}/{trait}/means.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=40),
        runtime=runtime(),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        table=lambda wildcards: dataset_of(wildcards).table_options,
        plots=lambda wildcards: dataset_of(wildcards).plot_options,
        fitting=lambda wildcards: dataset_of(wildcards).plots.fitting,
        code=code("plots"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: from plots to means"
    script:
        "../scripts/plots.py"


rule fold_means:
    # Stage one anew in each fold, on the plots of its training entries, where a dataset asks for it.
    input:
        plots=lambda wildcards: own(dataset_of(wildcards).phenotypes),
        phenotype="<results>/{dataset}/{trait}/phenotype.tsv",
        splits="<results>/{dataset}/{trait}/{scheme}/splits.tsv",
    output:
        means=PLAN.FOLD_MEANS,
    log:
        "<logs>/{dataset}/{trait}/{scheme}/fold_means.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=40),
        runtime=runtime(),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        table=lambda wildcards: dataset_of(wildcards).table_options,
        plots=lambda wildcards: dataset_of(wildcards).plot_options,
        fitting=lambda wildcards: dataset_of(wildcards).plots.fitting,
        code=code("fold_means"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: means within the folds of {wildcards.scheme}"
    script:
        "../scripts/fold_means.py"
