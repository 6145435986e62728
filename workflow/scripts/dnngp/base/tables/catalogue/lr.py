"""Tables of the method LR."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import Column, integer, number, table


def _with_interval(name: str, meaning: str, unit: str = "") -> tuple[Column, ...]:
    ends = (number(f"{name}_{end}", f"{end} end of its interval (0.95)", unit) for end in ("lower", "upper"))
    return (number(name, meaning, unit), *ends)


ORDER, BESIDE = 51, "fits"

TABLES = {
    "lr_statistics": table(
        "{dataset}/{trait}/lr/{model}.tsv",
        "Predictions of samples without their records against those with all records (method LR)",
        "scheme",
        "scheme",
        *c.RESULT,
        integer("folds", "folds of all repeats"),
        integer("samples", "focal samples: held out in a fold, with a record"),
        *_with_interval(
            "bias", "mean prediction without less with the records; 0 if the model is right", "trait"
        ),
        *_with_interval("dispersion", "slope of predictions with on those without; below 1, inflated"),
        *_with_interval("ratio", "correlation of both: accuracy without over accuracy with the records"),
        *_with_interval("accuracy", "accuracy without the records, by the genetic variance"),
        number("genetic_variance", "genetic variance among the samples of a fold, by REML and the markers"),
        needs="lr_statistics",
    ),
}
