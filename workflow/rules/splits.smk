# Folds: drawn once by hashing ids; the one truth that every method reads.
#
# takes  <results>/{dataset}/{trait}/phenotype.tsv, near-duplicate lines where they are to stay together
# gives  <results>/{dataset}/{trait}/{scheme}/splits.tsv  (repeat, fold, sample, role)


rule splits:
    # The table of folds of one scheme.
    input:
        phenotype=rules.phenotypes.output.phenotype,
        near_duplicates=lambda wildcards: (
            rules.genotypes.output.near_duplicates
            if DATASETS[wildcards.dataset].qc["near_duplicates"] == "together"
            else []
        ),
    output:
        splits="<results>/{dataset}/{trait}/{scheme}/splits.tsv",
    log:
        "<logs>/{dataset}/{trait}/{scheme}/splits.log",
    conda:
        "../../envs/dnngp.yaml"
    params:
        folds=CONFIG.cv["folds"],
        repeats=lambda wildcards: repeats(wildcards.scheme),
        code=code("splits"),
    message:
        "{wildcards.dataset}, {wildcards.trait}: drawing folds ({wildcards.scheme})"
    script:
        "../scripts/splits.py"
