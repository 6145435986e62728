# The report: tables in, one self-contained page out.
#
# takes  the tables of summary.smk and of the studies, quality control, components and important markers of each
#        dataset
# gives  <results>/report/index.html, answer.tsv, facts.tsv, figures/*.svg


rule report:
    # One HTML file that needs no network, and its figures as SVG for Snakemake's own report.
    input:
        accuracy=rules.summary.output.accuracy,
        summary=rules.summary.output.summary,
        species=rules.summary.output.species,
        history=rules.summary.output.history,
        heritability=rules.summary.output.heritability,
        ids=rules.summary.output.ids,
        comparisons=rules.summary.output.comparisons,
        ranks=rules.summary.output.ranks,
        gain_curves=rules.summary.output.gain_curves,
        controls=rules.summary.output.controls,
        ledger=rules.summary.output.ledger,
        provenance=rules.summary.output.provenance,
        intervals=rules.summary.output.intervals,
        run=rules.summary.output.run,
        predictions=collect("<results>/{dataset}/predictions.tsv", dataset=DATASETS),
        waterfall=collect("<results>/{dataset}/qc/waterfall.tsv", dataset=DATASETS),
        pca=collect("<results>/{dataset}/pca.tsv", dataset=DATASETS),
        qc=collect(
            "<results>/{dataset}/qc/{table}.tsv",
            dataset=DATASETS,
            table=[
                *("defects", "near_duplicates"),
                *("distributions", "marker_density", "ld_decay", "relationships"),
            ],
        ),
        pareto=rules.tradeoffs.output.pareto,
        costs=rules.tradeoffs.output.costs,
        estimate=rules.estimate.output.estimate,
        experiments=list(PLAN.experiment_tables.values()),
        trials=list(PLAN.TRIAL_TABLES.values()) if TRIALS else [],
        importance=PLAN.importances("windows.tsv"),
    output:
        report=report(REPORT, caption="../report/index.rst", category="Report"),
        answer="<results>/report/answer.tsv",
        facts="<results>/report/facts.tsv",
        figures=report(
            directory("<results>/report/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figures.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        "<logs>/report.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        title=CONFIG.title,
        config=CONFIG.resolved,
        code=code("report"),
        templates=folder_digest(WORKFLOW / "report"),
    message:
        "Writing the report"
    script:
        "../scripts/report.py"
