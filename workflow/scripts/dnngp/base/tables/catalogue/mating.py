"""Tables of planned crosses."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import flag, integer, number, table, text

BESIDE = "prediction"

PARENTS = (
    text("parent_1", "id of one parent, the one with the better prediction"),
    text("parent_2", "id of the other parent"),
)
OFFSPRING = (
    number("mean", "expected mean of the offspring", "trait"),
    number("sd", "standard deviation of the predictions of the offspring", "trait"),
    number(
        "usefulness",
        "mean plus intensity times sd (minus, where lower is better)",
        "trait",
    ),
)
KINSHIP = number("kinship", "genomic relationship of the parents; 0 is the average of the genotyped lines")

TABLES = {
    "mating": table(
        "predict/{prediction}/mating.tsv",
        "Every cross of the chosen parents and what its offspring are expected to be, the most useful first",
        "trait and cross; trait `index` is the index of `select`",
        "trait parent_1 parent_2",
        *(c.TRAIT, *PARENTS, *OFFSPRING, KINSHIP),
        text("sd_from", "`effects`, in closed form of additive effects, or `simulation` of gametes"),
        flag("planned", "in the best set of crosses"),
        needs="predict",
    ),
    "mating_plan": table(
        "predict/{prediction}/mating_plan.tsv",
        "The best set of crosses within the limits",
        "cross",
        "parent_1 parent_2",
        integer("rank", "1 is the most useful"),
        *(*PARENTS, *OFFSPRING, KINSHIP),
        integer("crosses_1", "crosses of the plan that the first parent is in"),
        integer("crosses_2", "the same of the second parent"),
        needs="predict",
    ),
    "mating_summary": table(
        "predict/{prediction}/mating_summary.tsv",
        "The plan of crosses beside the one without limits",
        "plan",
        "plan",
        text("plan", "`within limits`, `without limits`, or `all crosses`"),
        integer("crosses", "crosses"),
        integer("parents", "parents used"),
        integer("most_crosses", "crosses of the parent that is used most"),
        number("usefulness", "mean usefulness", "trait"),
        number("kinship", "mean genomic relationship of the two parents"),
        number("intensity", "intensity of selection among the offspring of a cross, in standard deviations"),
        needs="predict",
    ),
}
