# Tables: the fits of each dataset gathered, then all datasets.
#
# takes  the outputs of all fits
# gives  <results>/{dataset}/{accuracy,predictions,intervals,timing,history,ledger,provenance,variance_components}.tsv
#        <results>/{accuracy,summary,species,timing,history,heritability,ids,variance_components}.tsv
#        <results>/{comparisons,ranks,gain_curves,controls,intervals,ledger,provenance}.tsv
#        <results>/run.json, config.yaml   versions and the configuration with every default
#        <results>/verdict.json            written only when every fit, those of experiments and every control succeeded


SIMULATED = [name for name, dataset in DATASETS.items() if dataset.simulate]


rule accuracy:
    # The fits of one dataset, gathered.
    input:
        folds=lambda wildcards: paths(PLAN.fits(dataset=wildcards.dataset), "folds.tsv"),
        predictions=lambda wildcards: paths(
            PLAN.fits(dataset=wildcards.dataset), "predictions.tsv"
        ),
        history=lambda wildcards: paths(
            PLAN.fits(dataset=wildcards.dataset), "history.tsv"
        ),
        meta=lambda wildcards: paths(PLAN.fits(dataset=wildcards.dataset), "meta.json"),
    output:
        accuracy="<results>/{dataset}/accuracy.tsv",
        predictions="<results>/{dataset}/predictions.tsv",
        intervals="<results>/{dataset}/intervals.tsv",
        timing="<results>/{dataset}/timing.tsv",
        history="<results>/{dataset}/history.tsv",
        ledger="<results>/{dataset}/ledger.tsv",
        components="<results>/{dataset}/variance_components.tsv",
        provenance="<results>/{dataset}/provenance.tsv",
    log:
        "<logs>/{dataset}/accuracy.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        species=lambda wildcards: dataset_of(wildcards).species,
        labels=lambda wildcards: dataset_of(wildcards).labels_text,
        selected_fraction=CONFIG.cv["selected_fraction"],
        lower=lambda wildcards: dataset_of(wildcards).lower,
        models=lambda wildcards: PLAN.descriptions(wildcards.dataset),
        code=code("accuracy"),
    message:
        "{wildcards.dataset}: gathering fits"
    script:
        "../scripts/accuracy.py"


rule summary:
    # All datasets, species, traits and models side by side.
    input:
        accuracy=collect("<results>/{dataset}/accuracy.tsv", dataset=DATASETS),
        predictions=collect("<results>/{dataset}/predictions.tsv", dataset=DATASETS),
        intervals=collect("<results>/{dataset}/intervals.tsv", dataset=DATASETS),
        timing=collect("<results>/{dataset}/timing.tsv", dataset=DATASETS),
        history=collect("<results>/{dataset}/history.tsv", dataset=DATASETS),
        ledger=collect("<results>/{dataset}/ledger.tsv", dataset=DATASETS),
        designs=paths(PLAN.designed_fits(), "ledger.tsv"),
        components=collect(
            "<results>/{dataset}/variance_components.tsv", dataset=DATASETS
        ),
        provenance=collect("<results>/{dataset}/provenance.tsv", dataset=DATASETS),
        filter_summary=collect(
            "<results>/{dataset}/qc/filter_summary.tsv", dataset=DATASETS
        ),
        clusters=(
            collect("<results>/{dataset}/clusters.tsv", dataset=DATASETS)
            if any(SCHEMES[scheme].reads_clusters for scheme in CONFIG.cv["schemes"])
            else []
        ),
        heritability=PLAN.of_traits("heritability.json"),
        ids=PLAN.of_traits("ids.json"),
        means=PLAN.means_before_folds,
        controls=(
            collect("<results>/{dataset}/controls.tsv", dataset=DATASETS)
            if CONFIG.controls
            else []
        ),
        truth=collect("<resources>/{dataset}/truth.json", dataset=SIMULATED),
    output:
        accuracy="<results>/accuracy.tsv",
        summary="<results>/summary.tsv",
        species="<results>/species.tsv",
        timing="<results>/timing.tsv",
        history="<results>/history.tsv",
        comparisons="<results>/comparisons.tsv",
        ranks="<results>/ranks.tsv",
        intervals="<results>/intervals.tsv",
        gain_curves="<results>/gain_curves.tsv",
        controls="<results>/controls.tsv",
        ledger="<results>/ledger.tsv",
        components="<results>/variance_components.tsv",
        provenance="<results>/provenance.tsv",
        heritability="<results>/heritability.tsv",
        ids="<results>/ids.tsv",
        run="<results>/run.json",
        config="<results>/config.yaml",
    log:
        "<logs>/summary.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        species=lambda wildcards: {
            name: dataset.species for name, dataset in DATASETS.items()
        },
        beagle=[
            name for name, dataset in DATASETS.items() if dataset.impute == "beagle"
        ],
        of_traits=[
            name
            for name, dataset in DATASETS.items()
            if dataset.environments and dataset.environments.are_traits
        ],
        lower={name: dataset.lower for name, dataset in DATASETS.items()},
        compare=CONFIG.compare,
        config=lambda wildcards: CONFIG.resolved,
        lock=file_sha256(source("../../envs/requirements.lock")),
        code=code("summary"),
    message:
        "Summarising all datasets"
    script:
        "../scripts/summary.py"


rule verdict:
    # The last word: a run with a failed fit or control ends in an error, after its report was written.
    input:
        accuracy=rules.summary.output.accuracy,
        controls=rules.summary.output.controls,
        studies=[
            *(
                path
                for name, path in PLAN.experiment_tables.items()
                if name not in ("curves", "iso_costs", "iso_cost_curves")
            ),
            *(path for path in PLAN.transfer_tables if path.endswith("scores.tsv")),
        ],
        report=REPORT,
    output:
        verdict="<results>/verdict.json",
    log:
        "<logs>/verdict.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        code=code("verdict"),
    message:
        "Verdict"
    script:
        "../scripts/verdict.py"
