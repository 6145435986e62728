# Lines with a pedigree and a phenotype that have no genotypes.
#
# takes  the phenotype table, genotypes and the layer of a pedigree of a dataset
# gives  <results>/{dataset}/{trait}/ungenotyped/{layer}.tsv  as phenotype.tsv; trained on by models that read
#        the pedigree, in folds that let them


rule ungenotyped:
    # One trait of the individuals of a pedigree that were never genotyped.
    input:
        phenotypes=lambda wildcards: (
            rules.means.output.means
            if dataset_of(wildcards).plots
            else own(dataset_of(wildcards).phenotypes)
        ),
        beside=samples_file,
        genotypes=rules.genotypes.output.genotypes,
        removed=rules.genotypes.output.removed,
        pedigree=rules.layer.output.genotypes,
    output:
        phenotype=PLAN.UNGENOTYPED,
    log:
        "<logs>/{dataset}/{trait}/ungenotyped/{layer}.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        trait=rules.phenotypes.params.trait,
        means=rules.phenotypes.params.means,
        table=rules.phenotypes.params.table,
        groups=rules.phenotypes.params.groups,
        time=rules.phenotypes.params.time,
        covariates=rules.phenotypes.params.covariates,
        code=code("ungenotyped"),
    message:
        "{wildcards.dataset}: lines without genotypes that have {wildcards.trait}"
    script:
        "../scripts/ungenotyped.py"
