"""Draw the folds of one scheme."""

from dnngp.jobs import job
from dnngp.splits import split_table
from dnngp.tables import read_table, write_table


def main(snakemake):
    phenotype = read_table(snakemake.input.phenotype, text=("sample", "group"))
    splits = split_table(
        phenotype["sample"].tolist(),
        phenotype["value"].notna().to_numpy(),
        scheme=snakemake.wildcards.scheme,
        key=snakemake.wildcards.dataset,
        folds=snakemake.params.folds,
        repeats=snakemake.params.repeats,
        groups=phenotype["group"].tolist() if phenotype["group"].notna().any() else None,
    )
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
