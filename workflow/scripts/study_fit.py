"""Evaluate one variant at one number of lines and markers."""

from pathlib import Path

from dnngp.covariates import read_covariates
from dnngp.genotypes import Genotypes
from dnngp.jobs import job
from dnngp.seeds import file_sha256
from dnngp.sizes import evaluate_size
from dnngp.tables import read_table, write_json, write_table


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(Path(data.dosages).parent)
    phenotype = read_table(data.phenotype, text=("sample", "group")).set_index("sample")
    covariates = read_covariates(data.covariates, params.covariates)
    splits = read_table(data.splits, text=("sample", "group"))
    groups = splits[splits["repeat"] == int(wildcards.repeat)].drop_duplicates("sample").set_index("sample")
    lines, markers = (None if size == "all" else int(size) for size in (wildcards.lines, wildcards.markers))
    result = evaluate_size(
        genotypes,
        phenotype["value"],
        splits,
        int(wildcards.repeat),
        lines=lines,
        markers=markers,
        ranks=read_table(data.markers, text=("marker", "chrom"))["rank"].to_numpy(),
        most_folds=params.folds,
        # As for the fit on all lines and markers, of which the largest size is a repetition.
        names=(params.seed, wildcards.dataset, wildcards.trait, "random"),
        groups=groups["group"] if groups["group"].notna().any() else None,
        covariates=covariates,
        method=params.method,
        encoding=params.encoding,
        params=params.params,
        maf=params.maf,
        mac=params.mac,
        tune=params.tune,
    )
    write_table(result.folds, snakemake.output.folds)
    write_json(
        {
            **dict(wildcards.items()),
            "method": params.method,
            "encoding": params.encoding,
            "params": params.params,
            "tune": params.tune,
            "seeds": result.seeds,
            "code": params.code,
            "genotypes": genotypes.source,
            "phenotype_sha256": file_sha256(data.phenotype),
            "splits_sha256": file_sha256(data.splits),
            "markers_sha256": file_sha256(data.markers),
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
