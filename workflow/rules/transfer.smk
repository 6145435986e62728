# Transfers: trained in some populations, predicted in another, with more and more of its lines in the training.
#
# takes  genotypes and phenotypes of the datasets, their near-duplicates and clusters where they are asked for
# gives  <results>/transfer/{transfer}/genotypes      lines of all populations at the markers they share
#        <results>/transfer/{transfer}/markers.tsv    what each dataset has of the target's markers
#        <results>/transfer/{transfer}/lines.tsv, draws.tsv  the lines, and which join and are tested
#        <results>/transfer/{transfer}/distances.tsv  how far tested lines are from those trained on
#        <results>/transfer/{transfer}/{model}/r{repeat}.*   one model in one repeat
#        <results>/transfer/curve.tsv, scores.tsv, distance.tsv, ledger.tsv  all transfers


TRANSFERS = CONFIG.transfers
# The transfer of a job.
transfer_of = lambda wildcards: TRANSFERS[wildcards.transfer]


rule transfer_lines:
    # The populations joined at the markers they share, and the lines that join and are tested in each repeat.
    input:
        genotypes=lambda wildcards: PLAN.transfer_files(wildcards.transfer, "genotypes"),
        phenotypes=lambda wildcards: PLAN.transfer_phenotypes(wildcards.transfer),
        near_duplicates=lambda wildcards: (
            PLAN.transfer_files(wildcards.transfer, "qc/near_duplicates.tsv")[0]
            if DATASETS[transfer_of(wildcards).target.dataset].qc["near_duplicates"]
            == "together"
            else []
        ),
        clusters=lambda wildcards: PLAN.transfer_files(
            wildcards.transfer,
            "clusters.tsv",
            lambda dataset: any(
                one.clusters and one.dataset == dataset.name
                for one in transfer_of(wildcards).populations.values()
            ),
        ),
    output:
        genotypes=directory(f"{PLAN.TRANSFER}/genotypes"),
        markers=f"{PLAN.TRANSFER}/markers.tsv",
        lines=f"{PLAN.TRANSFER}/lines.tsv",
        draws=f"{PLAN.TRANSFER}/draws.tsv",
        distances=f"{PLAN.TRANSFER}/distances.tsv",
    log:
        "<logs>/transfer/{transfer}/lines.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=runtime(),
    params:
        populations=lambda wildcards: {
            name: {"dataset": one.dataset, "trait": one.trait, **one.chosen}
            for name, one in transfer_of(wildcards).populations.items()
        },
        asked=lambda wildcards: {
            name: getattr(transfer_of(wildcards), name)
            for name in ("added", "tested", "repeats", "min_markers")
        },
        code=code("transfer_lines"),
    message:
        "{wildcards.transfer}: joining the populations"
    script:
        "../scripts/transfer_lines.py"


rule transfer_fit:
    # One model in one repeat, with every number of lines added; single-threaded.
    input:
        genotypes=rules.transfer_lines.output.genotypes,
        lines=rules.transfer_lines.output.lines,
        draws=rules.transfer_lines.output.draws,
    output:
        predictions=TransferFit.pattern("predictions.tsv"),
        scores=TransferFit.pattern("scores.tsv"),
        meta=TransferFit.pattern("meta.json"),
    log:
        TransferFit.log(),
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=fit_runtime(PLAN),
    params:
        target=lambda wildcards: transfer_of(wildcards).target.dataset,
        trait=lambda wildcards: DATASETS[transfer_of(wildcards).target.dataset].traits[
            transfer_of(wildcards).target.trait
        ],
        model=lambda wildcards: model_of(wildcards).settings,
        dataset=lambda wildcards: DATASETS[
            transfer_of(wildcards).target.dataset
        ].fit_options,
        asked=lambda wildcards: {
            name: getattr(transfer_of(wildcards), name)
            for name in ("added", "scale", "level")
        },
        seed=CONFIG.seed,
        code=lambda wildcards: code("transfer_fit", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.transfer}: {wildcards.model} (repeat {wildcards.repeat})"
    script:
        "../scripts/transfer_fit.py"


rule transfer_tables:
    # All transfers: accuracy by the number of lines added, and by distance to the training lines.
    input:
        predictions=paths(PLAN.transfer_fits(), "predictions.tsv"),
        scores=paths(PLAN.transfer_fits(), "scores.tsv"),
        meta=paths(PLAN.transfer_fits(), "meta.json"),
        distances=collect(rules.transfer_lines.output.distances, transfer=TRANSFERS),
    output:
        curve="<results>/transfer/curve.tsv",
        scores="<results>/transfer/scores.tsv",
        distance="<results>/transfer/distance.tsv",
        ledger="<results>/transfer/ledger.tsv",
    log:
        "<logs>/transfer/tables.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        transfers=list(TRANSFERS),
        code=code("transfer_tables"),
    message:
        "Gathering transfers"
    script:
        "../scripts/transfer_tables.py"


rule transfer:
    # Every transfer of the configuration.
    input:
        PLAN.transfer_tables,
    localrule: True
