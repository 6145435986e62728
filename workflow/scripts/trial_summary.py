"""All trials side by side."""

from dnngp.base.jobs import job
from dnngp.base.ledger import combined, labelled
from dnngp.base.tables import write_table
from dnngp.evaluation.gathering import gather
from dnngp.evaluation.trials.summaries import CELL, compared, mean_components, summarise


def main(snakemake):
    data, params, output = snakemake.input, snakemake.params, snakemake.output
    found = {
        name: gather(data[name])
        for name in ("accuracy", "folds", "components", "timing", "history", "ledger")
    }
    predictions = gather(data.predictions)
    parts = (found["folds"], found["accuracy"])
    summary = summarise(params.trials, *parts, predictions, found["timing"])
    for name in ("accuracy", "folds", "timing", "history"):
        write_table(found[name], output[name])
    write_table(summary, output.summary)
    write_table(compared(params.trials, *parts, params.margin), output.comparisons)
    write_table(mean_components(found["components"]), output.components)
    write_table(labelled(combined(found["ledger"], CELL)), output.ledger)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
