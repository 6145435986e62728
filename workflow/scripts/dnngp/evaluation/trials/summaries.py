"""Tables over trials: accuracy within each condition, over conditions, and methods compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dnngp.evaluation.trials.methods import OVERALL
from dnngp.evaluation.trials.options import Trial
from dnngp.validation.comparison import comparisons
from dnngp.validation.metrics import OF_ALL
from dnngp.validation.scores import fold_scores

#: What identifies a result.
CELL = ["trial", "scheme", "method"]

SUMMARY = [
    *("trial", "dataset", "kind", "scheme", "method", "condition", "status", "folds", "n"),
    *("pearson", "pearson_sd", *OF_ALL[1:], "pooled", "cpu_s"),
]

COMPARISONS = [
    *("trial", "scheme", "condition", "method", "reference", "folds", "difference", "se", "lower", "upper"),
    *("p", "verdict", "message"),
]


def summarise(
    trials: Mapping[str, Trial],
    folds: pd.DataFrame,
    accuracy: pd.DataFrame,
    predictions: pd.DataFrame,
    timing: pd.DataFrame,
) -> pd.DataFrame:
    """A row per trial, scheme, method and condition, and one over all conditions.

    Parameters
    ----------
    trials
        By name.
    folds, accuracy, predictions, timing
        Tables of :class:`dnngp.evaluation.trials.evaluate.TrialEvaluation` with :data:`CELL` in front.

    Returns
    -------
    DataFrame
        Columns :data:`SUMMARY`. Scores are means over folds within a condition, never over records of several
        folds; those of :data:`OVERALL` are means over conditions, its ``pearson_sd`` that of the folds' own
        means. ``pooled`` is another thing: r over all test records of a repeat, environments and folds mixed.
        It rewards knowing which environments yield more, and is given for environments alone. Scores are
        empty where a fit failed, and r where the predictions of a fold are constant.
    """
    rows = []
    for cell in _cells(folds):
        trial, scheme, method = cell
        part = folds[_rows(folds, cell)]
        described = trials[trial]
        ok = (part["status"] == "ok").all()
        base = {
            **{"trial": trial, "dataset": described.dataset, "kind": described.kind},
            **{"scheme": scheme, "method": method, "status": "ok" if ok else "failed"},
        }
        if not ok:
            rows.append({**base, "condition": OVERALL, "folds": len(part)})
            continue
        scored = accuracy[_rows(accuracy, cell)]
        repeats = part["repeat"].nunique()
        conditions = scored["condition"].drop_duplicates().tolist()
        means = {}
        for condition in conditions:
            here = scored[scored["condition"] == condition]
            means[condition] = here[OF_ALL].mean(skipna=False)
            rows.append(
                {
                    **base,
                    **{"condition": condition, "folds": len(here), "n": here["n_test"].sum() / repeats},
                    **{name: means[condition][name] for name in OF_ALL},
                    "pearson_sd": here["pearson"].std(skipna=False) if len(here) > 1 else np.nan,
                }
            )
        tested = predictions[_rows(predictions, cell)]
        spent = timing[_rows(timing, cell) & (timing["stage"] != "import")]
        of_folds = fold_means(scored)["pearson"]
        rows.append(
            {
                **base,
                **{"condition": OVERALL, "folds": len(part), "n": len(tested) / repeats},
                **{name: np.mean([found[name] for found in means.values()]) for name in OF_ALL},
                "pearson_sd": of_folds.std(skipna=False) if len(of_folds) > 1 else np.nan,
                "pooled": pooled(tested) if described.kind == "environments" else np.nan,
                "cpu_s": spent["cpu_s"].sum(),
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY)


def fold_means(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Scores of each fold, averaged over the conditions that it tests."""
    return accuracy.groupby(["repeat", "fold"])[OF_ALL].mean(skipna=False)


def shares_of_folds(accuracy: pd.DataFrame) -> pd.DataFrame:
    """What each fold says of the mean r over conditions: ``repeat``, ``fold``, ``pearson``.

    Where every fold tests every condition it is the mean of the fold. Where folds
    test different ones, a condition counts the more in a fold the fewer folds test
    it, and the fold is set against the conditions that it has (linearised ratio
    estimate): the mean over folds is always the mean over conditions that
    :func:`summarise` tells, and folds that agree within every condition agree.
    """
    conditions = accuracy.groupby("condition", sort=False)["pearson"]
    overall = conditions.mean().mean() if accuracy["pearson"].notna().all() else np.nan
    folds = len(accuracy[["repeat", "fold"]].drop_duplicates())
    weight = folds / (conditions.ngroups * conditions.transform("size"))
    weighted = accuracy.assign(weight=weight, pearson=weight * (accuracy["pearson"] - overall))
    found = weighted.groupby(["repeat", "fold"])["pearson"].sum() + overall
    return found.reset_index()


def pooled(predictions: pd.DataFrame) -> float:
    """Pearson r over all test records of a repeat, mean over repeats."""
    found = [
        fold_scores(part["observed"].to_numpy(), part["predicted"].to_numpy())["pearson"]
        for _, part in predictions.groupby("repeat")
    ]
    return float(np.mean(found)) if found else np.nan


def compared(
    trials: Mapping[str, Trial], folds: pd.DataFrame, accuracy: pd.DataFrame, margin: float
) -> pd.DataFrame:
    """Methods against the reference of their trial and scheme, on the same folds.

    Parameters
    ----------
    trials, folds, accuracy
        As of :func:`summarise`.
    margin
        Differences of r within it are of no practical interest.

    Returns
    -------
    DataFrame
        Columns :data:`COMPARISONS`, within each condition and over all, by the test of
        :func:`dnngp.validation.comparison.resampled_t`; over all alone where a fit failed. Folds overlap as
        much within a
        condition as over all: the test takes all records of a fold, trained on and tested, for both.
    """
    own = ["repeat", "fold", "n_train", "n_test", "split", "status"]
    tables = []
    for cell in _cells(folds):
        part = folds[_rows(folds, cell)]
        scored = accuracy[_rows(accuracy, cell)]
        if (part["status"] == "ok").all():
            overall = shares_of_folds(scored)
        else:
            # Nothing is said of conditions; over all the test is told which folds failed.
            scored, overall = scored.iloc[:0], part[["repeat", "fold"]]
        overall = overall.assign(condition=OVERALL)
        table = pd.concat([scored.drop(columns="n_test"), overall]).merge(part[own], on=["repeat", "fold"])
        trial, scheme, method = cell
        tables.append(table.assign(dataset=trial, species=trial, scheme=scheme, model=method))
    if not tables:
        return pd.DataFrame(columns=COMPARISONS)
    whole = pd.concat(tables, ignore_index=True).rename(columns={"condition": "trait"})
    found = []
    for trial, scheme in dict.fromkeys(zip(whole["dataset"], whole["scheme"], strict=True)):
        reference = trials[trial].reference_of(scheme)
        part = whole[(whole["dataset"] == trial) & (whole["scheme"] == scheme)]
        if reference is not None:
            found.append(comparisons(part, [reference], margin))
    if not found:  # controls alone
        return pd.DataFrame(columns=COMPARISONS)
    names = {"dataset": "trial", "trait": "condition", "model": "method"}
    return pd.concat(found, ignore_index=True).rename(columns=names)[COMPARISONS]


def mean_components(components: pd.DataFrame) -> pd.DataFrame:
    """Variances of the fits, averaged over folds, with their standard deviation over folds (``sd``)."""
    keys = [*CELL, "part", "condition", "other"]
    found = components.groupby(keys, sort=False, dropna=False)["value"].agg(value="mean", sd="std")
    return found.reset_index()


def _cells(folds: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(dict.fromkeys(zip(*(folds[name] for name in CELL), strict=True)))


def _rows(table: pd.DataFrame, cell: Sequence[str]) -> pd.Series:
    return (table[CELL] == list(cell)).all(axis=1)
