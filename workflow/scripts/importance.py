"""What one model makes of each marker: a table and its picture."""

from pathlib import Path

import vl_convert

from dnngp.base.jobs import job
from dnngp.base.tables import whole_file, write_table
from dnngp.genotypes.harmonise import at_markers, match_markers
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.importance import along_genome, marker_importance
from dnngp.report.charts.genotype_charts import manhattan
from dnngp.report.charts.panel_grid import grid


def main(snakemake):
    data, output = snakemake.input, snakemake.output
    bundle = load_bundle(Path(data.bundle).parent)
    genotypes = Genotypes.load(data.genotypes)
    match = match_markers(bundle.markers, genotypes.variants)
    training = at_markers(
        genotypes.select(genotypes.positions(bundle.samples)), bundle.markers, match, bundle.ploidy
    )
    table = marker_importance(bundle, training)
    write_table(table, output.table)
    markers, names, trait = along_genome(table), snakemake.wildcards, snakemake.params.trait
    write_table(markers.assign(trait=trait, model=names.model), output.windows)
    figure = grid(manhattan("markers", 900), [(f"{names.dataset} · {trait}", names.model, {})], 1)
    figure["datasets"]["markers"] = markers.to_dict("records")
    with whole_file(output.figure) as temporary:
        temporary.write_text(vl_convert.vegalite_to_svg(figure))


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
