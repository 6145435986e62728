"""All datasets side by side: accuracy, cost, heritability, provenance."""

import platform

import numpy as np
import pandas as pd
import yaml

from dnngp import __version__
from dnngp.base.code_digest import library_versions, revision
from dnngp.base.host import host_facts
from dnngp.base.jobs import job
from dnngp.base.ledger import COLUMNS as LEDGER
from dnngp.base.ledger import labelled
from dnngp.base.provenance import LIBRARIES
from dnngp.base.seeds import digest, file_sha256
from dnngp.base.tables import read_json, whole_file, write_json, write_table
from dnngp.evaluation.controls import judge, leak_control
from dnngp.evaluation.summaries import (
    GAIN_CURVES,
    by_species,
    gain_curves,
    ledger_of_genotypes,
    stack,
    summarise,
    true_accuracy,
)
from dnngp.validation.comparison import comparisons, ranks

#: How heritabilities are estimated (:func:`dnngp.methods.mixed.blup.heritability`).
HERITABILITY = "REML, additive relationships of all lines"


def main(snakemake):
    data, params, output = snakemake.input, snakemake.params, snakemake.output
    cells = params.cells  # (dataset, trait) of each heritability.json and ids.json
    predictions_of = dict(zip(params.species, data.predictions, strict=True))
    truth = {name: read_json(path)["traits"] for name, path in zip(params.simulated, data.truth, strict=True)}

    accuracy, timing = stack(data.accuracy), stack(data.timing)
    heritability = pd.DataFrame(
        [
            {
                "dataset": dataset,
                "species": params.species[dataset],
                "trait": trait,
                **read_json(path),
                "h2_method": HERITABILITY,
                "true_h2": truth[dataset][trait]["h2"] if dataset in truth else np.nan,
            }
            for (dataset, trait), path in zip(cells, data.heritability, strict=True)
        ]
    )
    true = pd.DataFrame(columns=["dataset", "trait", "scheme", "variant", "true_accuracy"])
    for dataset, traits in truth.items():
        predictions = stack([predictions_of[dataset]])
        values = {trait: traits[trait]["genetic_values"] for trait in traits}
        true = pd.concat([true, true_accuracy(predictions, values).assign(dataset=dataset)])
    true["true_accuracy"] = true["true_accuracy"].astype(float)
    summary = summarise(accuracy, timing, heritability, true)

    write_table(accuracy, output.accuracy)
    write_table(timing, output.timing)
    write_table(stack(data.history), output.history)
    write_table(stack(data.intervals), output.intervals)
    write_table(heritability, output.heritability)
    write_table(summary, output.summary)
    write_table(by_species(summary), output.species)
    curves = [
        gain_curves(stack([predictions_of[name]])).assign(dataset=name)[["dataset", *GAIN_CURVES]]
        for name in params.species
    ]
    write_table(pd.concat(curves), output.gain_curves)
    declared = (params.compare["reference"], params.compare["answer"])
    compared = comparisons(accuracy, declared, params.compare["margin"])
    write_table(compared, output.comparisons)
    ledger = pd.concat(
        [
            *(
                ledger_of_genotypes(
                    name,
                    predictions=stack([predictions_of[name]]),
                    waterfall=stack([waterfall]),
                    beagle=name in params.beagle,
                    clustered=bool(data.clusters),
                )
                for name, waterfall in zip(params.species, data.waterfall, strict=True)
            ),
            stack(data.ledger),
        ]
    )
    ledger = labelled(ledger)[["dataset", "trait", "scheme", "variant", *LEDGER, "label"]]
    write_table(ledger, output.ledger)
    write_table(stack(data.provenance), output.provenance)
    measured = [judge(stack(data.controls))] if data.controls else []
    write_table(pd.concat([*measured, leak_control(ledger)]), output.controls)
    write_table(ranks(summary, compared, declared[0], declared), output.ranks)
    ids = [
        {"dataset": dataset, "trait": trait, **read_json(path)}
        for (dataset, trait), path in zip(cells, data.ids, strict=True)
    ]
    write_table(pd.DataFrame(ids), output.ids)
    with whole_file(output.config) as temporary:
        temporary.write_text(yaml.safe_dump(params.config, sort_keys=False, allow_unicode=True))
    write_json(
        {
            "workflow": __version__,
            "revision": revision(snakemake.scriptdir),
            "config_sha256": digest(yaml.safe_dump(params.config, sort_keys=True)),
            "lock_sha256": params.lock,
            "python": platform.python_version(),
            "host": host_facts(),
            "versions": library_versions(["snakemake", *LIBRARIES]),
            "tables_sha256": {
                name: file_sha256(output[name]) for name in ("accuracy", "summary", "heritability")
            },
        },
        output.run,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
