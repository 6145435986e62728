# The report: tables in, one self-contained page out.
#
# takes  the tables of summary.smk and of the experiments, quality control, components and important markers of
#        each dataset; predictions of new samples
# gives  <results>/report/index.html, figures/*.svg; advice.tsv, facts.tsv and other tables made of those; <results>/results.xlsx

# Captions of the figures by name.
CAPTIONS = {
    path.stem: path.read_text()
    for path in sorted((SCRIPTS / "dnngp" / "report" / "sections").glob("*/*.rst"))
}
# Tables of every dataset that sections read.
OF_DATASETS = [
    *("predictions", "pca", "qc/warnings", "qc/filter_summary", "qc/defects"),
    "qc/near_duplicates",
    *("qc/distributions", "qc/marker_density", "qc/ld_decay", "qc/relationships"),
]


rule report:
    # One HTML file that needs no network, and its figures as SVG for Snakemake's own report.
    input:
        summary=rules.summary.output.summary,
        run=list(rules.summary.output),
        costs=[*rules.tradeoffs.output, *rules.estimate.output],
        datasets=collect(
            "<results>/{dataset}/{table}.tsv",
            dataset=DATASETS,
            table=OF_DATASETS,
        ),
        trials=[
            path.replace("means.tsv", f"{name}.tsv")
            for path in PLAN.means
            for name in ("trials", "variances", "trends", "residuals")
        ],
        folds=PLAN.of_folds(FOLD_WARNINGS),
        experiments=[*PLAN.experiment_tables.values(), *PLAN.transfer_tables],
        parents=PLAN.of_crosses(SHARED_PARENTS),
        importance=PLAN.importances("windows.tsv"),
        lr_statistics=PLAN.lr_tables(),
        predictions=collect(
            "<results>/predict/{prediction}/predictions.tsv", prediction=PREDICTIONS
        ),
    output:
        report=report(REPORT, caption="../report/index.rst", category="Report"),
        answer="<results>/report/answer.tsv",
        facts="<results>/report/facts.tsv",
        workbook="<results>/results.xlsx",
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
        # By a function: braces in it are no wildcards.
        title=lambda wildcards: CONFIG.title,
        config=lambda wildcards: CONFIG.resolved,
        code=code("report"),
        captions=CAPTIONS,
        sections=folder_digest(SCRIPTS / "dnngp" / "report"),
    message:
        "Writing the report"
    script:
        "../scripts/report.py"
