"""Tables of transfers: trained in some populations, predicted in another."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import integer, number, table, text

ORDER = 25

NAME = text("transfer", "name of the entry of `transfer`")
TARGET = text("dataset", "dataset of the target")
TRAINING = text(
    "training", "`joined`: sources and the lines of the target that were added; `alone`: these alone"
)
ADDED = integer("added", "lines of the target in the training")
LINE = text("line", "name of the line among all populations: that of its population and its own")
CALIBRATION = (
    number("coverage", "share of the tested phenotypes within their interval"),
    number("width", "mean width of the intervals", "trait"),
    number("relative_width", "the same in standard deviations of the tested phenotypes"),
)
CURVE = (NAME, TARGET, c.TRAIT, c.MODEL)

TABLES = {
    "transfer_curve": table(
        "transfer/curve.tsv",
        "Transfer: accuracy by the number of lines of the target that join the training, means over repeats",
        "transfer, model, training and number of lines added",
        "transfer dataset trait model training added",
        *(*CURVE, TRAINING, ADDED),
        integer("repeats", "draws of the lines that join"),
        number("n_train", "training samples"),
        number("n_test", "test samples"),
        *(column for column in c.SCORES if column.name in ("pearson", "slope", "bias", "rmse")),
        *CALIBRATION,
        number("pearson_sd", "standard deviation of r over repeats, which share lines"),
        number("difference", "mean of r with the sources minus r of the same added lines alone"),
        number("difference_sd", "its standard deviation over repeats"),
        needs="transfer",
    ),
    "transfer_scores": table(
        "transfer/scores.tsv",
        "Transfer: scores of every fit",
        "transfer, model, training, number of lines added and repeat",
        "transfer dataset trait model training added repeat",
        *(*CURVE, TRAINING, ADDED, c.REPEAT, *c.FOLD_SIZE, c.FEATURES, c.SEED, *c.FIT_STATUS),
        *(*c.SCORES, *c.WEIGHTED_SCORES, *CALIBRATION),
        needs="transfer",
    ),
    "transfer_distance": table(
        "transfer/distance.tsv",
        "Transfer: accuracy by the genomic distance of the tested lines to the training lines",
        "transfer, model, number of lines added and bin of distances",
        "transfer dataset trait model added bin",
        *(*CURVE, ADDED),
        integer("bin", "bin of distances, 1 the nearest; the same bins for all numbers added"),
        number("nearest_edge", "smallest distance of the bin"),
        number("farthest_edge", "largest distance of the bin"),
        integer("samples", "tested lines in the bin, all repeats together"),
        number("distance", "their mean distance"),
        integer("repeats", "repeats with ten of them or more, over which the scores are means"),
        *(column for column in c.SCORES if column.name in ("pearson", "rmse")),
        needs="transfer",
    ),
    "transfer_ledger": table(
        "transfer/ledger.tsv",
        "Transfer: what each fitted step saw of the lines that its fit was to predict",
        "transfer, model and step",
        "transfer model step",
        *(NAME, c.MODEL, *c.LEDGER, c.LEDGER_LABEL),
        needs="transfer",
    ),
    "transfer_markers": table(
        "transfer/{transfer}/markers.tsv",
        "Markers of the target by what the datasets of a transfer have of them",
        "dataset",
        "dataset",
        c.DATASET,
        *c.MATCH,
        number("coverage", "share of the markers of the target that are in the dataset"),
        number(
            "disagreement",
            "of markers whose alleles are assumed to be the same: share whose rarer allele is the commoner "
            "one, beyond chance",
        ),
        needs="transfer",
    ),
    "transfer_lines": table(
        "transfer/{transfer}/lines.tsv",
        "Lines of the sources and the target of a transfer",
        "line",
        "line",
        *(LINE, text("population", "`target`, or `source` and its number")),
        *(text("role", "`source` or `target`"), c.DATASET, c.SAMPLE),
        text("unit", "the sample, or its cluster of near-duplicates: never on both sides of a fit"),
        *(number("value", "phenotype", "trait"), c.WEIGHT),
        needs="transfer",
    ),
    "transfer_draws": table(
        "transfer/{transfer}/draws.tsv",
        "Which lines of the target join the training, in their order, and which are tested",
        "repeat and line",
        "repeat line",
        *(c.REPEAT, LINE, text("role", "`joins`, `tested` or `unused`")),
        needs="transfer",
    ),
    "transfer_distances": table(
        "transfer/{transfer}/distances.tsv",
        "Genomic distance of the tested lines to the training lines",
        "repeat, number of lines added and sample",
        "repeat added sample",
        *(c.REPEAT, ADDED, c.SAMPLE, *c.NEAREST[:-1]),
        needs="transfer",
    ),
    "transfer_predictions": table(
        "transfer/{transfer}/{model}/r{repeat}.predictions.tsv",
        "Predictions of the tested lines of one repeat of a transfer",
        "training, number of lines added and sample",
        "repeat training added sample",
        *(*CURVE, c.REPEAT, TRAINING, ADDED, c.SAMPLE, c.OBSERVED, c.PREDICTED, *c.PREDICTION_INTERVAL),
        needs="transfer",
    ),
    "transfer_fit": table(
        "transfer/{transfer}/{model}/r{repeat}.scores.tsv",
        "Scores of one repeat of a transfer",
        "training and number of lines added",
        "repeat training added",
        *(*CURVE, c.REPEAT, TRAINING, ADDED, *c.FOLD_SIZE, c.FEATURES, c.SEED, *c.FIT_STATUS),
        *(*c.SCORES, *c.WEIGHTED_SCORES, *CALIBRATION),
        needs="transfer",
    ),
}
