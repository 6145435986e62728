"""What windows of the chromosomes add to predictions of single candidates: a table and its picture."""

from pathlib import Path

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, whole_file, write_table
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.candidates import read_candidates
from dnngp.prediction.explanations import chosen_candidates, explained
from dnngp.report.charts.explanation_charts import explanations_svg


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path = Path(data.candidates[0])
    candidates, genotypes = read_candidates(path, params.reading), Genotypes.load(data.training)
    predictions = read_table(data.predictions)
    tables = []
    for one in data.bundles:
        bundle = load_bundle(Path(one).parent)
        trait = bundle.about["trait"]
        of_trait = predictions[predictions["trait"] == trait]
        if len(of_trait):
            wanted = chosen_candidates(of_trait, params.explain["candidates"], trait in params.lower)
            match = bundle.match(candidates, params.min_markers, path, params.min_agreement)
            training = bundle.training_among(genotypes)
            table = explained(bundle, training, candidates, match, wanted, params.explain["windows"])
            table.insert(0, "trait", trait)
            tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    write_table(table, snakemake.output.table)
    with whole_file(snakemake.output.figure) as temporary:
        temporary.write_text(explanations_svg(table))


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
