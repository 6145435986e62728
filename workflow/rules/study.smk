# Studies: how accuracy, time and memory depend on the numbers of lines and markers, on the form of the
# input and on the parts of the network.
#
# takes  genotypes, phenotype, covariates and random folds of each dataset and trait; `study` of the configuration
# gives  <results>/{dataset}/study/r{repeat}.markers.tsv   the order that markers are taken in
#        <results>/{dataset}/{trait}/study/n{samples}_p{markers}/{model}/r{repeat}.*   one variant at one size
#        <results>/study/surface.tsv, curves.tsv           all sizes; learning curves
#        <results>/study/inputs.tsv, ablation.tsv          choices compared in pairs
#        <results>/pareto.tsv, costs.tsv                   time against accuracy; what fits of a size cost


SIZES = CONFIG.study.size
# Rules whose jobs are over before the tables are made, and so can be compared with their estimates.
PRICED = [
    *("simulate", "genotypes", "structure", "clusters", "phenotypes", "splits"),
    *("heritability", "controls", "fit", "study_markers", "study_fit", "accuracy"),
]


rule study_markers:
    # The order in which a size study takes the markers of a dataset; no phenotype is looked at.
    input:
        genotypes=rules.genotypes.output.genotypes,
    output:
        markers="<results>/{dataset}/study/r{repeat}.markers.tsv",
    log:
        "<logs>/{dataset}/study/r{repeat}.markers.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=4),
        runtime=runtime(),
    params:
        choose=SIZES.choose if SIZES else None,
        code=code("study_markers"),
    message:
        "{wildcards.dataset}: ordering markers for the size study"
    script:
        "../scripts/study_markers.py"


rule study_fit:
    # One variant with so many training lines and markers, on the folds of one repeat; single-threaded.
    input:
        genotypes=rules.genotypes.output.genotypes,
        markers=rules.study_markers.output.markers,
        phenotype=rules.phenotypes.output.phenotype,
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
        variant=lambda wildcards: model_of(wildcards).settings,
        covariates=lambda wildcards: dataset_of(wildcards).covariates,
        filters=lambda wildcards: dataset_of(wildcards).filters,
        seed=CONFIG.seed,
        folds=SIZES.folds if SIZES else None,
        code=lambda wildcards: code("study_fit", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.model} on {wildcards.samples} lines, {wildcards.markers} markers"
    script:
        "../scripts/study_fit.py"


rule study_size:
    # All sizes side by side, and a learning curve through them.
    input:
        folds=lambda wildcards: paths(PLAN.sized_fits(), "folds.tsv"),
    output:
        surface="<results>/study/surface.tsv",
        curves="<results>/study/curves.tsv",
    log:
        "<logs>/study/size.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        choose=SIZES.choose if SIZES else None,
        seed=CONFIG.seed,
        code=code("study_size"),
    message:
        "Gathering the size study"
    script:
        "../scripts/study_size.py"


rule study_contrasts:
    # Choices compared in pairs on the folds of the comparison; their fits are made by the rule fit.
    input:
        folds=lambda wildcards: paths(
            PLAN.paired_fits(wildcards.experiment), "folds.tsv"
        ),
        meta=lambda wildcards: paths(
            PLAN.paired_fits(wildcards.experiment), "meta.json"
        ),
    output:
        table="<results>/study/{experiment}.tsv",
    log:
        "<logs>/study/{experiment}.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        contrasts=lambda wildcards: getattr(
            CONFIG.study, wildcards.experiment
        ).contrasts,
        species={name: dataset.species for name, dataset in DATASETS.items()},
        margin=CONFIG.compare["margin"],
        code=code("study_contrasts"),
    message:
        "Gathering the study of {wildcards.experiment}"
    script:
        "../scripts/study_contrasts.py"


rule tradeoffs:
    # Time against accuracy, and cost models of every variant from the timing of this run.
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
        variants=list(MODELS),
        methods={name: variant.method for name, variant in PLAN.models.items()},
        code=code("tradeoffs"),
    message:
        "Time against accuracy"
    script:
        "../scripts/tradeoffs.py"


rule study:
    # Every study of the configuration.
    input:
        list(PLAN.experiment_tables.values()),
    localrule: True


rule estimate:
    # What the jobs cost beside what `./run estimate` would have said.
    input:
        summary=rules.summary.output.summary,
        structure=collect("<results>/{dataset}/pca.tsv", dataset=DATASETS),
        study=list(PLAN.experiment_tables.values()),
    output:
        estimate="<results>/estimate.tsv",
    log:
        "<logs>/estimate.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        config=CONFIG.resolved,
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
