"""What to use: predictive ability tested against zero, and the model to use for each trait.

The declared models (the reference, and a candidate that the configuration names) are tested at 0.05. A model
that is picked because it came out well is tested the more strictly, the more models there are to pick from
(Bonferroni): the r of the best of ten is too high.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from dnngp.base.lazy import stats
from dnngp.config.model_entries import PARENTS
from dnngp.report.results import CELL, Results, declared_table, family, records
from dnngp.validation.comparison import resampled_t
from dnngp.validation.main_scores import main_metric_of, with_main_scores

#: Level of the tests.
ALPHA = 0.05


@cache
def abilities(results: Results) -> pd.DataFrame:
    """Predictive ability of every model with its corrected interval, and the test against zero.

    Returns
    -------
    DataFrame
        Columns of ``abilities`` in the catalogue; a row for every model that has an r in every fold. ``p`` is
        one-sided: the probability of so high a mean where nothing is predicted. Of few folds the interval may
        pass the ends of what r can be, and is cut there.
    """
    accuracy = with_main_scores(results["accuracy"])
    rows = []
    for cell, folds in accuracy.groupby([*CELL, "model"], sort=False):
        r = folds["pearson"]
        if len(folds) < 2 or r.isna().any() or (folds["status"] != "ok").any():
            continue
        chance = main_metric_of(folds).chance
        test = resampled_t(r.to_numpy(float) - chance, folds["n_test"].sum() / folds["n_train"].sum(), 0.0)
        # As far below chance as one, the best, is above it.
        lower = max(test["lower"] + chance, 2 * chance - 1)
        upper = min(test["upper"] + chance, 1.0)
        rows.append(
            dict(zip([*CELL, "model"], cell, strict=True))
            | {"pearson": test["difference"] + chance, "folds": len(folds)}
            | {"se": test["se"], "lower": lower, "upper": upper}
            | {
                "p": float(stats.t.sf(test["t"], test["df"])),
                "control": family(folds["method"].iloc[0]) == "control",
            }
        )
    return declared_table("abilities", rows)


@cache
def advice(results: Results) -> pd.DataFrame:
    """The model to use for each trait and scheme, and whether it predicts at all.

    Returns
    -------
    DataFrame
        Columns of ``advice`` in the catalogue. The model is the best of those that are better than the
        reference beyond chance, else the reference, else the best of those that predict beyond chance.
    """
    ability = {cell: part.set_index("model") for cell, part in abilities(results).groupby(CELL, sort=False)}
    compared = results["comparisons"]
    compared = compared[compared["reference"] == results.reference]
    against = {cell: part.set_index("model") for cell, part in compared.groupby(CELL, sort=False)}
    rows = []
    for cell in results.cells:
        key = tuple(cell[name] for name in CELL)
        cell |= {"score": results.main_metric(cell["dataset"], cell["trait"]).heading}
        if key in ability:
            rows.append(cell | _choice(results, ability[key], against.get(key, pd.DataFrame())))
        else:
            rows.append(cell | {"predicted": False, "better": False})
    table = declared_table("advice", rows)
    if table["parents"].isna().all():
        table = table.drop(columns=["parents", "parents_pearson"])
    return table if (table["score"] != "r").any() else table.drop(columns="score")


def _choice(results: Results, ability: pd.DataFrame, against: pd.DataFrame) -> dict[str, Any]:
    """The row of one trait and scheme, from tests of its models against zero and against the reference."""
    ability = ability[~ability["control"].astype(bool)]
    named = {results.reference, results.candidate if results.named else None}
    tries = max(1, len(set(ability.index) - named))
    strict = pd.Series([1 if name in named else tries for name in ability.index], ability.index)
    predicts = ability["p"] * strict <= ALPHA
    differs = against.reindex(ability.index).reindex(columns=["difference", "lower", "upper", "p"])
    differs["p"] = (differs["p"].astype(float) * strict).clip(upper=1)
    better = predicts & (differs["difference"] > 0) & (differs["p"] <= ALPHA)
    r = ability["pearson"].sort_values(ascending=False, kind="stable")
    if r.empty:
        return {"predicted": False, "better": False}

    def preference(name: str) -> int:
        """Better than the reference, the reference, others that predict; then those that do not."""
        grades = (better[name], predicts[name] and name == results.reference, predicts[name])
        return next((grade for grade, met in enumerate(grades) if met), 3 + (name != results.reference))

    model = min(r.index, key=preference)
    parents = next((name for name in r.index if results.methods.get(name) == PARENTS), None)
    return {
        "model": model,
        **{name: ability.at[model, name] for name in ("pearson", "lower", "upper")},
        "p": min(1.0, float(ability.at[model, "p"] * strict[model])),
        "predicted": bool(predicts[model]),
        "reference": results.reference,
        "reference_pearson": r.get(results.reference),
        "difference": differs.at[model, "difference"],
        "difference_p": differs.at[model, "p"],
        "better": bool(better[model]),
        "tries": 1 if model in named else tries,
        "highest": r.index[0],
        "highest_pearson": r.iloc[0],
        "parents": parents,
        "parents_pearson": r.get(parents),
    }


def expected(results: Results) -> dict[tuple[str, str, str, str], Mapping[str, Any]]:
    """Rows of :func:`abilities` by dataset, trait, scheme and model."""
    return {tuple(row[key] for key in (*CELL, "model")): row for row in records(abilities(results))}
