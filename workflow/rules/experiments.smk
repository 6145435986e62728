# Studies: how accuracy, time and memory depend on the numbers of lines and markers, on the form of the
# input and on the parts of the network.
#
# takes  genotypes, phenotype, covariates and random folds of each dataset and trait; `experiments` of the configuration
# gives  <results>/{dataset}/experiments/r{repeat}.markers.tsv   the order that markers are taken in
#        <results>/{dataset}/{trait}/experiments/n{samples}_p{markers}/{model}/r{repeat}.*   one model at one size
#        <results>/experiments/surface.tsv, curves.tsv           all sizes; learning curves
#        <results>/experiments/encodings.tsv, ablation.tsv          choices compared in pairs
#        <results>/pareto.tsv, costs.tsv                   time against accuracy; what fits of a size cost


SIZES = CONFIG.experiments.learning_curve
# Rules whose jobs are over before the tables are made, and so can be compared with their estimates.
PRICED = [
    *("simulate", "genotypes", "structure", "clusters", "phenotypes", "splits"),
    "environments",
    *(
        "heritability",
        "controls",
        "fit",
        "experiment_markers",
        "experiment_fit",
        "training_set_fits",
        "transfer_lines",
        "transfer_fit",
        "accuracy",
    ),
]


rule experiment_markers:
    # The order in which a learning curve takes the markers of a dataset; no phenotype is looked at.
    input:
        genotypes=rules.genotypes.output.genotypes,
    output:
        markers="<results>/{dataset}/experiments/r{repeat}.markers.tsv",
    log:
        "<logs>/{dataset}/experiments/r{repeat}.markers.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=4),
        runtime=runtime(),
    params:
        marker_order=SIZES.marker_order if SIZES else None,
        code=code("experiment_markers"),
    message:
        "{wildcards.dataset}: ordering markers for the learning curve"
    script:
        "../scripts/experiment_markers.py"


rule experiment_fit:
    # One model with so many training lines and markers, on the folds of one repeat; single-threaded.
    input:
        genotypes=rules.genotypes.output.genotypes,
        markers=rules.experiment_markers.output.markers,
        phenotype=rules.phenotypes.output.phenotype,
        environments=environment_table,
        splits="<results>/{dataset}/{trait}/random/splits.tsv",
    output:
        folds=SizedFit.pattern("folds.tsv"),
        meta=SizedFit.pattern("meta.json"),
    log:
        SizedFit.log(),
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=fit_runtime(PLAN),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        model=lambda wildcards: model_of(wildcards).settings,
        dataset=rules.fit.params.dataset,
        seed=CONFIG.seed,
        folds=SIZES.folds if SIZES else None,
        code=lambda wildcards: code("experiment_fit", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.model} on {wildcards.samples} lines, {wildcards.markers} markers"
    script:
        "../scripts/experiment_fit.py"


rule learning_curve:
    # All sizes side by side, and a learning curve through them.
    input:
        folds=lambda wildcards: paths(PLAN.sized_fits(), "folds.tsv"),
    output:
        surface="<results>/experiments/surface.tsv",
        curves="<results>/experiments/curves.tsv",
    log:
        "<logs>/experiments/size.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        marker_order=SIZES.marker_order if SIZES else None,
        seed=CONFIG.seed,
        code=code("learning_curve"),
    message:
        "Gathering the learning curve"
    script:
        "../scripts/learning_curve.py"


rule experiment_contrasts:
    # Choices compared in pairs on the folds of the comparison; their fits are made by the rule fit.
    input:
        folds=lambda wildcards: paths(
            PLAN.paired_fits(wildcards.experiment), "folds.tsv"
        ),
        meta=lambda wildcards: paths(
            PLAN.paired_fits(wildcards.experiment), "meta.json"
        ),
    output:
        table="<results>/experiments/{experiment}.tsv",
    log:
        "<logs>/experiments/{experiment}.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        contrasts=lambda wildcards: getattr(
            CONFIG.experiments, wildcards.experiment
        ).contrasts,
        species=lambda wildcards: {
            name: dataset.species for name, dataset in DATASETS.items()
        },
        margin=CONFIG.compare["equivalence_margin"],
        code=code("experiment_contrasts"),
    message:
        "Gathering the experiment on {wildcards.experiment}"
    script:
        "../scripts/experiment_contrasts.py"


rule tradeoffs:
    # Time against accuracy, and cost models of every model from the timing of this run.
    input:
        summary=rules.summary.output.summary,
        accuracy=rules.summary.output.accuracy,
        timing=rules.summary.output.timing,
        genotypes=collect("<results>/{dataset}/genotypes", dataset=DATASETS),
        surface=[PLAN.experiment_tables["surface"]] if SIZES else [],
    output:
        pareto="<results>/pareto.tsv",
        costs="<results>/costs.tsv",
    log:
        "<logs>/tradeoffs.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        models=list(MODELS),
        methods={name: model.method for name, model in PLAN.models.items()},
        code=code("tradeoffs"),
    message:
        "Time against accuracy"
    script:
        "../scripts/tradeoffs.py"


rule experiments:
    # Every experiment of the configuration.
    input:
        list(PLAN.experiment_tables.values()),
    localrule: True


rule estimate:
    # What the jobs cost beside what `./run estimate` would have said.
    input:
        summary=rules.summary.output.summary,
        structure=collect("<results>/{dataset}/pca.tsv", dataset=DATASETS),
        experiments=[*PLAN.experiment_tables.values(), *PLAN.transfer_tables],
    output:
        estimate="<results>/estimate.tsv",
    log:
        "<logs>/estimate.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        config=lambda wildcards: CONFIG.resolved,
        resources=folder_digest(WORKFLOW / "resources"),
        # Below the folder of logs, whatever the prefix of a module.
        patterns=lambda wildcards: {
            name: str(getattr(rules, name).log[0]).removeprefix(
                str(rules.estimate.log[0]).removesuffix("estimate.log")
            )
            for name in PRICED
        },
        code=code("estimate"),
    message:
        "What the run cost beside its estimate"
    script:
        "../scripts/estimate.py"
