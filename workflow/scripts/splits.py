"""Draw the folds of one scheme."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.validation.splits import clusters_of, split_table
from dnngp.validation.user_folds import assigned_folds


def main(snakemake):
    scheme = snakemake.wildcards.scheme
    phenotype = read_table(snakemake.input.phenotype)
    samples, group, together = phenotype["sample"].tolist(), phenotype["group"], None
    if snakemake.input.near_duplicates:
        pairs = read_table(snakemake.input.near_duplicates)
        together = clusters_of(pairs)
    if snakemake.input.clusters:
        found = read_table(snakemake.input.clusters)
        group = found.set_index("sample")["cluster"].reindex(samples)
    splits = split_table(
        samples,
        phenotype["value"].notna().to_numpy(),
        scheme=scheme,
        key=snakemake.wildcards.dataset,
        folds=snakemake.params.folds,
        repeats=snakemake.params.repeats,
        groups=group.tolist() if group.notna().any() else None,
        together=together,
        times=phenotype["time"].to_numpy(float) if "time" in phenotype else None,
        assigned=assigned_folds(snakemake.input.folds) if scheme == "file" else None,
    )
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
