"""Tables of a prediction."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import flag, integer, number, table, text

ORDER = 60

TABLES = {
    "bundle_markers": table(
        "{dataset}/{trait}/{scheme}/{model}/bundle/markers.tsv",
        "Markers that a fitted model reads",
        "marker",
        "chrom pos id",
        *(c.CHROMOSOME, c.POSITION, c.MARKER, c.REF, c.ALT),
        needs="predict",
    ),
    "candidate_predictions": table(
        "predict/{prediction}/predictions.tsv",
        "Candidates ranked by trait, and environment where there are several",
        "trait, environment and sample",
        "trait environment sample",
        c.TRAIT,
        text("environment", "where it is predicted, of datasets with environments; `overall` is the mean"),
        flag("new_environment", "no record of training is from there"),
        integer("rank", "1 is the largest prediction, or the lowest where lower is better"),
        *(c.SAMPLE, c.PREDICTED, *c.PREDICTION_INTERVAL, c.RELIABILITY, c.SPREAD),
        number("markers_found", "share of the markers of the model that the candidate has"),
        flag("trained_on", "the sample was in training: its own phenotype is in its prediction"),
        *c.NEAREST,
        *c.OF_CLASSES,
        number("true_value", "simulated data: the true genetic value, less its mean", "trait"),
        further=c.CHANCES,
        needs="predict",
    ),
    "candidate_markers": table(
        "predict/{prediction}/markers.tsv",
        "Markers of the training samples by what the file of candidates has of them",
        "trait",
        "trait",
        c.TRAIT,
        *c.MATCH,
        number("coverage", "share of the markers of the model that are in the file"),
        needs="predict",
    ),
    "prediction_models": table(
        "predict/{prediction}/models.tsv",
        "Models of a prediction",
        "trait",
        "trait",
        *(c.TRAIT, c.MODEL, c.SCHEME),
        integer("samples", "training samples"),
        integer("markers", "markers of the model"),
        number("predictive_ability", "mean r of prediction and phenotype over the folds of the scheme"),
        needs="predict",
    ),
    "selected": table(
        "predict/{prediction}/selected.tsv",
        "Candidates selected by an index over traits",
        "sample",
        "sample",
        integer("rank", "1 is the largest index"),
        c.SAMPLE,
        number("index", "weighted sum of the predictions"),
        number("kinship", "mean genomic relationship with the other selected samples"),
        further="predictions, a column a trait",
        needs="predict",
    ),
    "response": table(
        "predict/{prediction}/response.tsv",
        "Response to selection to expect",
        "trait, and the index",
        "trait",
        c.TRAIT,
        text(
            "quantity", "what classes and counts are selected by: a probability, an expected class or count"
        ),
        number("weight", "weight of the trait in the index, per unit of that"),
        number("mean", "mean prediction of all candidates", "trait"),
        number("selected", "mean prediction of those selected", "trait"),
        number("difference", "selected minus mean", "trait"),
        number("slope", "slope of phenotype on prediction among the samples held out"),
        number("expected", "difference times slope", "trait"),
        number("lower", "lower end of its interval", "trait"),
        number("upper", "upper end of its interval", "trait"),
        number("kinship", "mean genomic relationship among those selected"),
        number("kinship_without_limit", "the same without the limit of kinship"),
        number("selected_without_limit", "mean index of those selected without the limit"),
        needs="predict",
    ),
}
