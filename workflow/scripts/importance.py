"""What one model makes of each marker: a table and its picture."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import whole_file, write_table
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.importance import along_genome, marker_importance
from dnngp.report.charts.genotype_charts import manhattan_svg


def main(snakemake):
    data, output, names = snakemake.input, snakemake.output, snakemake.wildcards
    trait = snakemake.params.trait
    bundle = load_bundle(Path(data.bundle).parent)
    table = marker_importance(bundle, bundle.training_among(Genotypes.load(data.genotypes)))
    windows = along_genome(table).assign(trait=trait, model=names.model)
    write_table(table, output.table)
    write_table(windows, output.windows)
    with whole_file(output.figure) as temporary:
        temporary.write_text(manhattan_svg(windows, f"{names.dataset} · {trait}", names.model))


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
