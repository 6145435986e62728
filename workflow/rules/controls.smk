# Controls: what must come out whatever the data, on a small part of each dataset.
#
# takes  genotypes, layers that models read and the phenotype of the first trait of a dataset
# gives  <results>/{dataset}/controls.tsv  measured values; summary.smk judges those of all datasets


rule controls:
    # Every model on a permuted phenotype; GBLUP against RR-BLUP; the mean.
    input:
        genotypes=rules.genotypes.output.genotypes,
        layers=lambda wildcards: PLAN.layers(wildcards.dataset, PLAN.compared_layers),
        phenotype=lambda wildcards: (
            f"<results>/{wildcards.dataset}/{dataset_of(wildcards).first_trait}/phenotype.tsv"
        ),
    output:
        controls="<results>/{dataset}/controls.tsv",
    log:
        "<logs>/{dataset}/controls.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=2),
        runtime=runtime(60 + 10 * len(MODELS)),
    params:
        models={
            name: model.settings
            for name, model in MODELS.items()
            if METHODS[model.method].alone
        },
        trait=lambda wildcards: dataset_of(wildcards).traits[
            dataset_of(wildcards).first_trait
        ],
        filters=lambda wildcards: dataset_of(wildcards).filters,
        layers=lambda wildcards: dataset_of(wildcards).layer_filters(
            PLAN.compared_layers
        ),
        seed=CONFIG.seed,
        code=code(
            "controls",
            *modules_of(*MODELS.values()),
            *modules("gblup", {}),
            *modules("rrblup", {}),
            *modules("mean", {}),
        ),
    message:
        "{wildcards.dataset}: controls"
    script:
        "../scripts/controls.py"
