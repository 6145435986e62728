# Controls: what must come out whatever the data, cheap methods on all of it, others on a small part.
#
# takes  genotypes, layers that models read and the phenotypes of a dataset
# gives  <results>/{dataset}/controls.tsv  measured values; summary.smk judges those of all datasets


rule controls:
    # Every model on a permuted phenotype; GBLUP against RR-BLUP; the mean.
    input:
        genotypes=rules.genotypes.output.genotypes,
        layers=lambda wildcards: PLAN.layers(wildcards.dataset, PLAN.compared_layers),
        phenotypes=lambda wildcards: [
            f"<results>/{wildcards.dataset}/{trait}/phenotype.tsv"
            for trait in dataset_of(wildcards).traits
        ],
        environments=lambda wildcards: environment_table(
            wildcards, dataset_of(wildcards).first_trait
        ),
    output:
        controls="<results>/{dataset}/controls.tsv",
    log:
        "<logs>/{dataset}/controls.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=runtime(60 + 10 * len(MODELS), per_input=0.5 * len(MODELS)),
    params:
        models=lambda wildcards: {
            name: MODELS[name].settings for name in PLAN.usable(wildcards.dataset)
        },
        dataset=rules.fit.params.dataset,
        traits=lambda wildcards: list(dataset_of(wildcards).traits.values()),
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
