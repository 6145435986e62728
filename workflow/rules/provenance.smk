# Provenance: the run described for machines.
#
# takes  the tables, the report, the files of the datasets
# gives  <results>/ro-crate-metadata.json  a Workflow Run RO-Crate of the folder
#        <results>/workflow.smk            the Snakefile that it names

SNAKEFILE = (WORKFLOW / "Snakefile").read_text()


# Files that go in, each with what it is.
INPUTS = {
    **{
        own(path): f"Genotypes of {name}"
        for name, dataset in DATASETS.items()
        for path in dataset.files
    },
    **{
        own(path): f"Values of {name}, omics layer {layer}"
        for name, dataset in DATASETS.items()
        for layer, described in dataset.omics.items()
        for path in described.files
    },
    **{
        own(dataset.phenotypes): f"Phenotypes of {name}"
        for name, dataset in DATASETS.items()
    },
}


rule crate:
    # What went in, what ran and what came out, whether or not a fit failed.
    input:
        results=[
            *rules.summary.output,
            REPORT,
            *collect("<results>/{dataset}/predictions.tsv", dataset=DATASETS),
        ],
        inputs=list(INPUTS),
    output:
        crate="<results>/ro-crate-metadata.json",
        workflow="<results>/workflow.smk",
    log:
        "<logs>/crate.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        # By a function: braces in it are no wildcards.
        title=lambda wildcards: CONFIG.title,
        inputs=lambda wildcards, input: dict(zip(input.inputs, INPUTS.values())),
        snakefile=lambda wildcards: SNAKEFILE,
        sources=files_digest(sorted(SCRIPTS.rglob("*.py"))),
        code=code("crate"),
    message:
        "Describing the run"
    script:
        "../scripts/crate.py"
