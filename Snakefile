# Genotypes and phenotypes of many datasets go in; per-fold predictions of many
# methods come out; everything after that only reads tables.

from snakemake.utils import min_version

min_version("9.25")


# A configuration named on the command line replaces the demo; the two are never mixed.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/genotypes.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/summary.smk"
include: "workflow/rules/report.smk"


rule all:
    # Everything: tables, figures, the report, and the verdict on the run.
    default_target: True
    input:
        "<results>/verdict.json",
    localrule: True


rule qc:
    # Genotypes only: quality control and population structure of every dataset.
    input:
        collect("<results>/{dataset}/qc/waterfall.tsv", dataset=DATASETS),
        collect("<results>/{dataset}/pca.tsv", dataset=DATASETS),
    localrule: True


onerror:
    report_errors()
