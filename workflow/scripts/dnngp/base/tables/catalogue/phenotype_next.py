"""Tables of candidates to phenotype next."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import integer, number, table, text

BESIDE = "prediction"

TABLES = {
    "phenotype_next": table(
        "predict/{prediction}/phenotype_next.tsv",
        "Candidates to phenotype next",
        "sample",
        "sample",
        integer("rank", "1 is the one without which most would be lost"),
        c.SAMPLE,
        integer("cluster", "cluster of the candidate, 1 the largest"),
        number(
            "determination",
            "expected squared correlation of predicted and true difference from the mean "
            "of the candidates, from the lines that are phenotyped now",
        ),
        number("determination_then", "the same once those chosen are phenotyped"),
        needs="predict",
    ),
    "phenotype_next_designs": table(
        "predict/{prediction}/phenotype_next_designs.tsv",
        "What phenotyping other candidates would give",
        "design",
        "design",
        text("design", "`none` (as it is now), `cdmean`, `pevmean`, `stratified` or `random`"),
        integer("samples", "candidates phenotyped"),
        number("cdmean", "mean coefficient of determination of the targets; of random sets their mean"),
        number("cdmean_low", "random sets: the 2.5th percentile"),
        number("cdmean_high", "random sets: the 97.5th percentile"),
        number("pevmean", "mean prediction error variance of the targets, genetic variance of the lines = 1"),
        number("pevmean_low", "random sets: the 2.5th percentile"),
        number("pevmean_high", "random sets: the 97.5th percentile"),
        number("h2", "heritability of a record that the designs take"),
        text("chosen", "`yes` for the design that the list is of"),
        needs="predict",
    ),
}
