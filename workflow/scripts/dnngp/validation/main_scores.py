"""What methods are compared by: r of most traits, the AUC of yes or no, the rank correlation of scores.

Of records with weights it is the weighted form of each.

Tables of folds and of results say in ``main_metric`` where it is not r. Everything that compares reads it in
the place of r, so that a trait of classes goes the same way as any other.
"""

from __future__ import annotations

from dnngp.base.lazy import pd
from dnngp.validation.metric import Metric
from dnngp.validation.metrics import MAIN, MAIN_OF_WEIGHTS, METRICS


def main_of(kind: str, weighted: bool = False) -> str:
    """The score of a kind of trait."""
    return (MAIN_OF_WEIGHTS if weighted else MAIN)[kind]


def told(kind: str, weighted: bool = False) -> dict[str, str]:
    """The column that a table of folds has of a kind of trait; none of those that r is for."""
    return {} if MAIN[kind] == "pearson" else {"main_metric": main_of(kind, weighted)}


def with_main_scores(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the main score of each row, and its standard deviation, in the place of r."""
    if "pearson_weighted" in table:
        table = table.assign(pearson=table["pearson_weighted"].fillna(table["pearson"]))
    if "main_metric" not in table:
        return table
    table = table.copy()
    for name in table["main_metric"].dropna().unique():
        chosen = table["main_metric"] == name
        table.loc[chosen, "pearson"] = table.loc[chosen, name]
        if "main_sd" in table:
            table.loc[chosen, "pearson_sd"] = table.loc[chosen, "main_sd"]
    return table


def main_metric_of(rows: pd.DataFrame) -> Metric:
    """The score that rows of one trait are compared by."""
    named = rows["main_metric"].dropna().tolist() if "main_metric" in rows else []
    return METRICS[named[0] if named else "pearson"]
