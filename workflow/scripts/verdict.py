"""End the run in an error when a fit, also of a study, or a control failed; else say where the report is."""

import logging
from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import write_json
from dnngp.evaluation.verdict import in_words, verdict


def main(snakemake):
    data = snakemake.input
    counts = verdict(data.accuracy, data.controls, data.studies, data.report)
    write_json(counts, snakemake.output.verdict)
    logging.info("%s Report: %s", in_words(counts), Path(data.report).resolve())


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
