# Training sets: whether chosen ones predict better than random ones, and what lines and markers to buy.
#
# takes  genotypes, phenotype, covariates and random folds of each dataset and trait; the surface of the learning
#        curve; `experiments.training_sets` and `prices` of the configuration
# gives  <results>/{dataset}/{trait}/experiments/training_sets/r{repeat}.folds.tsv, .ledger.tsv   one repeat
#        <results>/experiments/training_sets.tsv                 designs against random sets
#        <results>/experiments/iso_costs.tsv, iso_cost_curves.tsv   the best numbers of lines and markers


SETS = CONFIG.experiments.training_sets


rule training_set_fits:
    # Sets of every design and size on the folds of one repeat: chosen by genotypes, then gblup trained on each.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
        splits="<results>/{dataset}/{trait}/random/splits.tsv",
    output:
        folds=DesignedFit.pattern("folds.tsv"),
        ledger=DesignedFit.pattern("ledger.tsv"),
    log:
        DesignedFit.log(),
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(1000, per_input=12),
        runtime=runtime(60, per_input=1),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        dataset=rules.fit.params.dataset,
        seed=CONFIG.seed,
        sets=(
            {
                "numbers": SETS.samples,
                "designs": SETS.designs,
                "clusters": SETS.clusters,
            }
            if SETS
            else None
        ),
        most_folds=SETS.folds if SETS else None,
        code=code("training_set_fits", *modules("gblup", {})),
    message:
        "{wildcards.dataset}, {wildcards.trait}: choosing training sets (repeat {wildcards.repeat})"
    script:
        "../scripts/training_set_fits.py"


rule training_sets:
    # Every design against random sets of its size.
    input:
        folds=paths(PLAN.designed_fits(), "folds.tsv"),
    output:
        table="<results>/experiments/training_sets.tsv",
    log:
        "<logs>/experiments/training_sets.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        margin=CONFIG.compare["equivalence_margin"],
        code=code("training_sets"),
    message:
        "Comparing training sets"
    script:
        "../scripts/training_sets.py"


rule iso_costs:
    # The best numbers of lines and markers for the money, on the surface of the learning curve.
    input:
        surface=rules.learning_curve.output.surface,
    output:
        best="<results>/experiments/iso_costs.tsv",
        curves="<results>/experiments/iso_cost_curves.tsv",
    log:
        "<logs>/experiments/iso_costs.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        prices=CONFIG.prices,
        seed=CONFIG.seed,
        code=code("iso_costs"),
    message:
        "Lines against markers at a price"
    script:
        "../scripts/iso_costs.py"
