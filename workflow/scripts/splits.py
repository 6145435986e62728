"""Draw the folds of one scheme."""

from dnngp.jobs import job
from dnngp.splits import split_table
from dnngp.tables import read_table, write_table


def main(snakemake):
    phenotype = read_table(snakemake.input.phenotype, text=("sample", "group"))
    together = None
    if snakemake.input.near_duplicates:
        twins = read_table(snakemake.input.near_duplicates, text=("sample", "twin", "cluster"))
        together = dict(zip(twins["sample"], twins["cluster"], strict=True)) | dict(
            zip(twins["twin"], twins["cluster"], strict=True)
        )
    splits = split_table(
        phenotype["sample"].tolist(),
        phenotype["value"].notna().to_numpy(),
        scheme=snakemake.wildcards.scheme,
        key=snakemake.wildcards.dataset,
        folds=snakemake.params.folds,
        repeats=snakemake.params.repeats,
        groups=phenotype["group"].tolist() if phenotype["group"].notna().any() else None,
        together=together,
    )
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
