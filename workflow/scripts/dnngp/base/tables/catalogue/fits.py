"""Tables of a dataset, its traits and its fits."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.schema import number, table, text

FIT = "{dataset}/{trait}/{scheme}/{variant}/r{repeat}b{block}"

TABLES = {
    "predictions": table(
        "{dataset}/predictions.tsv",
        "Predictions of every sample while it was out of training",
        "trait, scheme, model, repeat and sample",
        "trait scheme variant repeat sample",
        *(c.TRAIT, c.SCHEME, c.MODEL, *c.PLACE, c.SAMPLE, c.OBSERVED, c.PREDICTED),
        *(*c.PREDICTION_INTERVAL, c.RELIABILITY, c.SPREAD),
    ),
    "clusters": table(
        "{dataset}/clusters.tsv",
        "The cluster of each sample that `cluster_out` keeps whole",
        "sample",
        "sample",
        c.SAMPLE,
        text("cluster", "its cluster"),
    ),
    "measured_controls": table(
        "{dataset}/controls.tsv",
        "The controls of the dataset, measured",
        "control and model",
        "control variant",
        text("control", "what is checked"),
        *(c.DATASET, c.TRAIT, c.MODEL),
        number("value", "what came out"),
        number("se", "standard error, where the bound depends on it"),
        c.MESSAGE,
    ),
    "phenotype": table(
        "{dataset}/{trait}/phenotype.tsv",
        "The trait, joined by id",
        "sample",
        "sample",
        c.SAMPLE,
        number("value", "phenotype", "trait"),
        text("group", "group of the sample"),
        number("time", "time of the sample"),
        further="covariates, as the configuration names them",
    ),
    "splits": table(
        "{dataset}/{trait}/{scheme}/splits.tsv",
        "The folds",
        "repeat, fold and sample",
        "repeat fold sample",
        *(*c.PLACE, c.SAMPLE),
        text("role", "`train` or `test`"),
        text("group", "what is kept whole"),
    ),
    "windows": table(
        "{dataset}/{trait}/markers/{variant}.windows.tsv",
        "The markers of the picture: the most important of every hundredth of a chromosome",
        "marker",
        "chrom pos id",
        *(c.CHROMOSOME, c.POSITION, c.MARKER),
        number("place", "place along the genome"),
        number("importance", "mean size of what the marker adds to the prediction of a sample", "trait"),
        text("parity", "`odd` or `even` chromosome"),
        number("middle", "middle of the chromosome along the genome"),
        *(c.TRAIT, c.MODEL),
        needs="importance",
    ),
    "importance": table(
        "{dataset}/{trait}/markers/{variant}.tsv",
        "What each marker adds to the predictions of a model",
        "marker",
        "chrom pos id",
        *(c.CHROMOSOME, c.POSITION, c.MARKER, c.REF, c.ALT),
        number("importance", "mean size of what the marker adds to the prediction of a sample", "trait"),
        number("effect", "effect of one more ALT allele", "trait"),
        number("gain", "trees: share of what splits saved"),
        number(
            "permutation",
            "trees: mean change of a prediction when the marker is exchanged among samples",
            "trait",
        ),
        number("rank", "rank of the importance, 1 is largest"),
        needs="importance",
    ),
    "fit_predictions": table(
        f"{FIT}.predictions.tsv",
        "Predictions of one fit",
        "fold and sample",
        "repeat fold sample",
        *(*c.PLACE, c.SAMPLE, c.OBSERVED, c.PREDICTED, c.RELIABILITY, c.SPREAD),
    ),
    "fit_folds": table(
        f"{FIT}.folds.tsv",
        "Scores of the folds of one fit",
        "fold",
        "repeat fold",
        *(*c.PLACE, *c.FIT_STATUS, *c.FOLD_SIZE, c.FEATURES, c.SEED, c.SPLIT, *c.SCORES, *c.TUNING),
        further=c.FIT_NOTES,
    ),
    "fit_history": table(
        f"{FIT}.history.tsv",
        "Training history of one fit",
        "epoch",
        "repeat fold phase member epoch",
        *(*c.HISTORY, *c.PLACE),
    ),
}
