# Provenance: the run described for machines.
#
# takes  the tables, the report, the files of the datasets
# gives  <results>/ro-crate-metadata.json  a Workflow Run RO-Crate of the folder
#        <results>/workflow.smk            the Snakefile that it names

SNAKEFILE = (WORKFLOW / "Snakefile").read_text()


rule crate:
    # What went in, what ran and what came out, whether or not a fit failed.
    input:
        **{
            name: rules.summary.output[name]
            for name in (
                *("accuracy", "summary", "timing", "history", "heritability"),
                *("ids", "species", "run", "config"),
            )
        },
        report=REPORT,
        predictions=collect("<results>/{dataset}/predictions.tsv", dataset=DATASETS),
        genotypes=[own(path) for dataset in DATASETS.values() for path in dataset.files],
        layers=[
            own(path)
            for dataset in DATASETS.values()
            for layer in dataset.omics.values()
            for path in layer.files
        ],
        phenotypes=[own(dataset.phenotypes) for dataset in DATASETS.values()],
    output:
        crate="<results>/ro-crate-metadata.json",
        workflow="<results>/workflow.smk",
    log:
        "<logs>/crate.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        title=CONFIG.title,
        datasets=list(DATASETS),
        files=[name for name, dataset in DATASETS.items() for _ in dataset.files],
        layers=[
            f"{name}, layer {layer}"
            for name, dataset in DATASETS.items()
            for layer, described in dataset.omics.items()
            for _ in described.files
        ],
        snakefile=lambda wildcards: SNAKEFILE,
        sources=folder_digest(SCRIPTS),
        code=code("crate"),
    message:
        "Describing the run"
    script:
        "../scripts/crate.py"
