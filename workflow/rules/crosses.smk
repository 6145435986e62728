# Crosses of the genotyped lines: their table where they are simulated, and whose parents the folds share.
#
# takes  <resources>/{dataset}/truth.json of simulated crosses; genotypes and folds of a dataset of crosses
# gives  <resources>/{dataset}/crosses.csv
#        <results>/{dataset}/{trait}/{scheme}/shared_parents.tsv

SHARED_PARENTS = "<results>/{dataset}/{trait}/{scheme}/shared_parents.tsv"


rule simulated_crosses:
    # The table of crosses that a user would bring.
    input:
        truth="<resources>/{dataset}/truth.json",
    output:
        crosses="<resources>/{dataset}/crosses.csv",
    log:
        "<logs>/{dataset}/simulated_crosses.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        code=code("simulated_crosses"),
    message:
        "{wildcards.dataset}: writing its simulated crosses"
    script:
        "../scripts/simulated_crosses.py"


rule shared_parents:
    # How many tested crosses have both, one or none of their parents in training.
    input:
        genotypes=rules.genotypes.output.genotypes,
        splits=rules.splits.output.splits,
    output:
        table=SHARED_PARENTS,
    log:
        "<logs>/{dataset}/{trait}/{scheme}/shared_parents.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        code=code("shared_parents"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: parents that the folds share ({wildcards.scheme})"
    script:
        "../scripts/shared_parents.py"
