"""Tables of training sets: those chosen, what they predict, and what they cost."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import integer, number, table, text

BESIDE = "experiments"

_DESIGN = text("design", "`cdmean`, `pevmean`, `stratified` or `random`")
_MARKER_ORDER = text("marker_order", "order in which markers are taken")
_BUDGET = number("budget", "amount of money", "currency")

TABLES = {
    "training_sets": table(
        "experiments/training_sets.tsv",
        "Training-set experiment: chosen training sets against random ones of their size",
        "dataset, trait, design and number of lines",
        "dataset trait design n",
        *(c.DATASET, c.TRAIT, c.MODEL, _DESIGN),
        integer("n", "training lines chosen"),
        integer("folds", "folds of all repeats"),
        c.PEARSON,
        number("cdmean", "CDmean of the test lines, mean over folds"),
        number("pevmean", "PEVmean of the test lines in units of the genetic variance, mean over folds"),
        c.STATUS,
        *c.COMPARED,
        number("p_adjusted", "p adjusted for the designs of the same size (Holm)"),
        needs="experiments",
    ),
    "training_set_folds": table(
        "{dataset}/{trait}/experiments/training_sets/r{repeat}.folds.tsv",
        "Scores of the training-set experiment in one repeat",
        "size, design and fold",
        "n design repeat fold",
        *(c.DATASET, c.TRAIT),
        integer("n", "training lines chosen"),
        _DESIGN,
        *(*c.PLACE, c.PEARSON),
        number("cdmean", "CDmean of the test lines"),
        number("pevmean", "PEVmean of the test lines in units of the genetic variance"),
        number("h2", "heritability of the candidates by REML"),
        number("lambda", "error variance over genetic variance, by which the designs choose"),
        integer("n_candidates", "training lines of the fold, from which they are chosen"),
        integer("n_test", "test lines of the fold"),
        text("split", "digest of the lines of the fold"),
        number("choice_cpu_s", "time to choose", "CPU s"),
        text("status", "`ok`, `failed`, or `unavailable`: the fold has too few lines"),
        c.MESSAGE,
        needs="experiments",
    ),
    "training_set_ledger": table(
        "{dataset}/{trait}/experiments/training_sets/r{repeat}.ledger.tsv",
        "What every step of the training-set experiment saw of the test lines in one repeat",
        "model and step",
        "model step",
        *(c.DATASET, c.TRAIT, c.SCHEME, c.MODEL),
        *c.LEDGER,
        needs="experiments",
    ),
    "iso_costs": table(
        "experiments/iso_costs.tsv",
        "The best numbers of lines and markers for the money",
        "dataset, trait, model and budget",
        "dataset trait model marker_order budget",
        *(c.DATASET, c.TRAIT, c.MODEL, _MARKER_ORDER, _BUDGET),
        text("currency", "as `prices` names it"),
        integer("n", "training lines at the best point"),
        integer("n_low", "lower end of their 90 % range over draws of folds"),
        integer("n_high", "upper end"),
        integer("p", "markers at the best point"),
        integer("p_low", "lower end of their 90 % range over draws of folds"),
        integer("p_high", "upper end"),
        number("cost", "what the best point costs; less than the budget where more was not measured"),
        number("pearson", "r at the best point, between measured sizes"),
        number("pearson_low", "lower end of its 90 % range over draws of folds"),
        number("pearson_high", "upper end"),
        integer("folds", "folds at each size"),
        text("status", "`ok`, `out of reach` (of the budget) or `not measured`"),
        text("reason", "why there is no point, no range, or nothing known beyond the point"),
        needs="prices",
    ),
    "iso_cost_curves": table(
        "experiments/iso_cost_curves.tsv",
        "Curves of equal cost through the surface of the learning-curve experiment",
        "dataset, trait, model, budget and number of lines",
        "dataset trait model marker_order budget n",
        *(c.DATASET, c.TRAIT, c.MODEL, _MARKER_ORDER, _BUDGET),
        number("n", "training lines"),
        number("p", "markers that the budget pays for, at most those measured"),
        number("pearson", "r, between measured sizes"),
        needs="prices",
    ),
}
