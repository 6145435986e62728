"""What parts of the genome add to predictions of single candidates."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import integer, number, table, text

ORDER = 70
BESIDE = "prediction"

TABLES = {
    "explanations": table(
        "predict/{prediction}/explanations.tsv",
        "What windows of the chromosomes add to the predictions of single candidates",
        "trait, sample and window",
        "trait sample window",
        *(c.TRAIT, c.SAMPLE),
        number("predicted", "the prediction that is explained", "trait"),
        number("mean", "mean prediction of the training samples", "trait"),
        number("remainder", "predicted minus mean minus all contributions", "trait"),
        integer("window", "number of the window along the genome"),
        text("chrom", "chromosome"),
        integer("start", "position of the first marker of the window", "base pairs"),
        integer("end", "position of the last one", "base pairs"),
        integer("markers", "markers of the model in the window"),
        number("contribution", "what its markers add to the prediction, less their mean", "trait"),
        number("spread", "standard deviation of the contribution over the training samples", "trait"),
        needs="predict",
    ),
}
