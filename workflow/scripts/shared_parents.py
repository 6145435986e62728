"""Count the tested crosses of a scheme by how many of their parents are in training."""

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.crosses import pairs_of, stored_crosses
from dnngp.validation.hybrids import never_tested, parents_in_training


def main(snakemake):
    splits = read_table(snakemake.input.splits)
    crosses = pairs_of(stored_crosses(snakemake.input.genotypes))
    both, one, none = parents_in_training(splits, crosses)
    used = [crosses[sample] for sample in splits["sample"].unique()]
    row = {
        "dataset": snakemake.wildcards.dataset,
        "trait": snakemake.params.trait,
        "scheme": snakemake.wildcards.scheme,
        "crosses": len(used),
        "females": len({female for female, _ in used}),
        "males": len({male for _, male in used}),
        "both": both,
        "one": one,
        "none": none,
        "never_tested": never_tested(splits),
    }
    write_table(pd.DataFrame([row]), snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
