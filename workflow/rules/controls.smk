# Controls: what must come out whatever the data, on a small part of each dataset.
#
# takes  genotypes, layers that variants read and the phenotype of the first trait of a dataset
# gives  <results>/{dataset}/controls.tsv  measured values; summary.smk judges those of all datasets

# Layers beside the markers that any variant of the comparison reads.
LAYERS_READ = list(
    dict.fromkeys(layer for variant in VARIANTS.values() for layer in variant.layers)
)


rule controls:
    # Every variant on a permuted phenotype; GBLUP against RR-BLUP; the mean.
    input:
        genotypes=rules.genotypes.output.genotypes,
        layers=lambda wildcards: layer_stores(wildcards.dataset, LAYERS_READ),
        phenotype=lambda wildcards: (
            f"<results>/{wildcards.dataset}/{first_trait(wildcards.dataset)}/phenotype.tsv"
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
        runtime=runtime(60 + 10 * len(VARIANTS)),
    params:
        variants={name: variant.settings for name, variant in VARIANTS.items()},
        trait=lambda wildcards: DATASETS[wildcards.dataset].traits[
            first_trait(wildcards.dataset)
        ],
        filters=lambda wildcards: DATASETS[wildcards.dataset].filters,
        layers=lambda wildcards: layer_limits(wildcards.dataset, LAYERS_READ),
        seed=CONFIG.seed,
        code=code(
            "controls",
            *modules_of(*VARIANTS.values()),
            *modules("gblup", {}),
            *modules("rrblup", {}),
            *modules("mean", {}),
        ),
    message:
        "{wildcards.dataset}: controls"
    script:
        "../scripts/controls.py"
