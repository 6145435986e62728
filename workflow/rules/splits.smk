# Folds: drawn once, by hashing ids, groups, clusters or time, or as a file has them; the one truth that
# every method reads.
#
# takes  <results>/{dataset}/{trait}/phenotype.tsv, near-duplicate lines where they are to stay together,
#        clusters or the dataset's `folds_file` for a scheme that reads them
# gives  <results>/{dataset}/clusters.tsv                 (sample, cluster), for cluster_out
#        <results>/{dataset}/{trait}/{scheme}/splits.tsv  (repeat, fold, sample, role, group)
#        <results>/{dataset}/{trait}/{scheme}/fold_warnings.tsv  (step, message)


rule clusters:
    # Clusters of all lines from their genotypes; no phenotype is seen.
    input:
        genotypes=rules.genotypes.output.genotypes,
    output:
        clusters="<results>/{dataset}/clusters.tsv",
    log:
        "<logs>/{dataset}/clusters.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=24),
        runtime=runtime(),
    params:
        number=CONFIG.cv["clusters"] or 2 * CONFIG.cv["folds"],
        code=code("clusters"),
    message:
        "{wildcards.dataset}: clusters of lines"
    script:
        "../scripts/clusters.py"


FOLD_WARNINGS = "<results>/{dataset}/{trait}/{scheme}/fold_warnings.tsv"


rule splits:
    # The table of folds of one scheme.
    input:
        phenotype=rules.phenotypes.output.phenotype,
        near_duplicates=lambda wildcards: (
            rules.genotypes.output.near_duplicates
            if dataset_of(wildcards).qc["near_duplicates"] == "together"
            else []
        ),
        clusters=lambda wildcards: (
            rules.clusters.output.clusters
            if SCHEMES[wildcards.scheme].reads_clusters
            else []
        ),
        environments=environment_table,
        # Who the parents are, where the samples are crosses.
        crosses=lambda wildcards: (
            rules.genotypes.output.genotypes if dataset_of(wildcards).crosses else []
        ),
        folds=lambda wildcards: (
            own(dataset_of(wildcards).folds_file)
            if SCHEMES[wildcards.scheme].needs == "folds_file"
            else []
        ),
    output:
        splits="<results>/{dataset}/{trait}/{scheme}/splits.tsv",
        warnings=FOLD_WARNINGS,
    log:
        "<logs>/{dataset}/{trait}/{scheme}/splits.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        folds=CONFIG.cv["folds"],
        trait_type=trait_type,
        ids=lambda wildcards: dataset_of(wildcards).table.ids,
        environment_group=lambda wildcards: (
            dataset_of(wildcards).environments.group
            if dataset_of(wildcards).environments
            else None
        ),
        repeats=lambda wildcards: PLAN.repeats(wildcards.dataset, wildcards.scheme),
        code=code("splits"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: drawing folds ({wildcards.scheme})"
    script:
        "../scripts/splits.py"
