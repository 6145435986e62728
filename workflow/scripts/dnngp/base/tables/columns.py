"""Columns that several result tables share."""

from __future__ import annotations

from importlib import import_module

from dnngp.base.tables.table_declaration import Column, flag, integer, number, text

DATASET = text("dataset", "name of the dataset")
SPECIES = text("species", "species of the dataset")
TRAIT = text("trait", "name of the trait, as in the phenotype table")
SCHEME = text("scheme", "validation scheme")
MODEL = text("model", "model: a named choice of method, encoding and parameters")
METHOD = text("method", "method of the model")
ENCODING = text("encoding", "encoding of the markers that the model reads")
OTHER_INPUTS = text("other_inputs", "omics layers and covariates that the model reads beside the markers")
SAMPLE = text("sample", "id of the sample")
ENVIRONMENT = text("environment", "environment of the record; missing where samples have one record each")
REPEAT = integer("repeat", "repeat of the scheme, from 1")
FOLD = integer("fold", "fold of the repeat, from 1")
STATUS = text("status", "`ok`, or `failed`: then the scores of the row are empty")
MESSAGE = text("message", "why there is no number")
REFERENCE = text("reference", "model that the row is compared with")
CHROMOSOME = text("chrom", "chromosome")
POSITION = integer("pos", "position on the chromosome", "bp")
MARKER = text("id", "id of the marker")
REF = text("ref", "reference allele")
ALT = text("alt", "alternative allele")

CELL = (DATASET, TRAIT, SCHEME)
RESULT = (*CELL, MODEL)
PLACE = (REPEAT, FOLD)


def _scores(names: str, classes: bool = False) -> tuple[Column, ...]:
    """Columns of metrics, those for ``classes`` alone or others.

    They are declared in a room above, so that they are found by name and not imported.
    """
    metrics = import_module("dnngp.validation.metrics")
    chosen = [metrics.METRICS[name] for name in getattr(metrics, names)]
    return tuple(
        number(one.name, one.meaning, "trait" if one.in_units else "")
        for one in chosen
        if ("continuous" not in one.traits) == classes
    )


#: Scores of a fold, and of a result: their means over folds.
SCORES = _scores("OF_ALL")
SELECTION_SCORES = _scores("OF_SELECTION")
WEIGHTED_SCORES = _scores("OF_WEIGHTS")
CLASS_SCORES = (*_scores("OF_ALL", classes=True), *_scores("OF_WEIGHTS", classes=True))
PEARSON = next(score for score in SCORES if score.name == "pearson")
PEARSON_SD = number("pearson_sd", "standard deviation of r over folds")

#: Of traits with classes.
MAIN_METRIC = text("main_metric", "score that methods are compared by, where it is not r")
MAIN_SD = number("main_sd", "standard deviation of that score over folds")
OF_CLASSES = (
    number("liability", "classes: prediction on the scale that they are cut from, where the method has one"),
    text("predicted_class", "classes: the likeliest"),
)
CHANCES = "of traits with classes, `probability_` and the name of each class"

HERITABILITY = (
    number("h2", "genomic heritability by REML on all phenotyped samples"),
    number("h2_se", "its standard error"),
)
H2_METHOD = text("h2_method", "how the heritability was estimated")
TRUE_H2 = number("true_h2", "simulated data: the heritability put in")

CPU = number("cpu_s", "CPU time of encoding, fitting and predicting, without the import of libraries", "s")
WALL = number("wall_s", "elapsed time of the same", "s")
MEMORY = number("peak_mb", "largest memory of the process", "MiB")
EPOCHS = number("epochs", "epochs trained in all")

#: A difference of r on the same folds, tested (Nadeau and Bengio 2003).
DIFFERENCE = number(
    "difference", "r minus that of the reference on the same folds; weighted r of records with `weights`"
)
DIFFERENCE_SE = number("se", "its corrected standard error")
INTERVAL = (
    number("lower", "lower end of the corrected 95 % interval"),
    number("upper", "upper end of the interval"),
)
P_VALUE = number("p", "two-sided p-value of the corrected resampled t-test")
VERDICT = text(
    "verdict", "`better`, `equivalent`, `undecided`, `worse`; `refused` or `undefined` with a message"
)

WEIGHT = number(
    "weight",
    "precision of the phenotype, only where the dataset has `weights`: numbers of replicates, or the "
    "reciprocal of the known error variance",
)
OBSERVED = number("observed", "phenotype", "trait")
PREDICTED = number("predicted", "prediction", "trait")
PREDICTION_INTERVAL = (
    number("lower", "lower end of the prediction interval", "trait"),
    number("upper", "upper end of the prediction interval", "trait"),
)
RELIABILITY = number(
    "reliability",
    "expected squared correlation of predicted and true genetic value, where the method gives it",
)
#: Where a sample lies among the training samples.
NEAREST = (
    text("nearest", "the training sample that is most like it"),
    number(
        "similarity",
        "correlation of its genotypes: 1 the same, about 0.5 a parent or full sib; missing for features",
    ),
    number("similarity_ten", "mean of the ten largest such correlations"),
    number("distance", "1 minus that: genomic distance to the training samples"),
    number("distance_rank", "share of the training samples that lie nearer to the others than this one does"),
)
#: What became of the markers that another file was to have.
MATCH = (
    integer("markers", "markers looked for: those of the model, or of the target"),
    integer("same", "with the same alleles"),
    integer("swapped", "with swapped alleles"),
    integer("strand", "on the other strand"),
    integer("assumed", "with alleles that are not known, taken to be the same"),
    integer("unclear", "A/T or C/G, left out"),
    integer("alleles", "with other alleles"),
    integer("absent", "not in the file"),
    integer("ambiguous", "A/T or C/G, taken as they are"),
    integer("unknown", "markers in the file alone"),
)
SPREAD = number("spread", "standard deviation over the members of a network", "trait")

TIMING = (
    text("stage", "`import`, `encode`, `tune`, `fit` or `predict`"),
    number("wall_s", "elapsed time", "s"),
    number("cpu_s", "CPU time", "s"),
    MEMORY,
)
HISTORY = (
    text("environment", "of methods that are fitted within each; missing of others"),
    text("phase", "`inner`: with validation samples; `refit`: on all training samples"),
    integer("member", "member of the ensemble"),
    integer("epoch", "epoch, from 1"),
    number("loss", "training loss"),
    number("val_loss", "loss of the inner validation samples"),
    number("learning_rate", "learning rate of the epoch"),
)
VARIANCE = (
    text("part", "what varies: `genomic`, `genomic x environment`, `sample`, `error`, ... or a correlation"),
    text("environment", "environment that the variance is of; missing where it is of all"),
    text("other", "the other environment of a covariance or a correlation"),
    number("value", "share of the variance within an environment, or correlation"),
)
LEDGER = (
    text("step", "what was fitted"),
    text("fitted_on", "`training`, `inner`, `all genotypes`, `all plots` or `test`"),
    integer("folds", "folds in which the step was fitted"),
    integer("n_rows", "samples it was fitted on, most of a fold"),
    integer("test_genotypes_seen", "test samples whose genotypes it saw, sum over folds"),
    integer("test_phenotypes_seen", "test samples whose phenotype it saw, sum over folds"),
)
LEDGER_LABEL = text(
    "label", "`inductive`, `transductive (genotypes only)`, `stage one (plots of all entries)` or `LEAK`"
)
SPLIT = text("split", "digest of the training and test samples of the fold")
FIT_STATUS = (STATUS, MESSAGE)
FOLD_SIZE = (
    integer("n_train", "training samples"),
    integer("n_test", "test samples"),
)
FEATURES = integer("n_features", "features that the method was given")
SEED = integer("seed", "seed of the fit")
TUNING = (
    integer("settings_tried", "settings of the hyper-parameters tried"),
    number("tuning_r", "r of the chosen setting, mean over inner folds"),
    text("tuned", "the chosen setting"),
)
DECLARED = flag("declared", "named in the configuration as reference or candidate")

FOLD_SCORES = (*SCORES, *SELECTION_SCORES)
COMPARED = (DIFFERENCE, DIFFERENCE_SE, *INTERVAL, P_VALUE, VERDICT, MESSAGE)
#: Columns that methods add of their own accord.
FIT_NOTES = (
    "what the method says of its fit: lambda, h2, epochs, best_epoch, stopped_epoch, penalty, trees, weights "
    "of a stack, shares of omics layers"
)
