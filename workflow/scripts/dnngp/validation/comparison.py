"""Methods compared on the same folds: corrected tests with intervals, and ranks over datasets.

Folds share most of their training lines, so the differences of two methods over
folds are not independent, and the ordinary t-test finds differences where there
are none. The corrected resampled t-test is used throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.lazy import stats

#: What two methods are compared within.
CELL = ["dataset", "species", "trait", "scheme"]

COMPARISONS = [
    *(*CELL, "model", "reference", "folds", "difference", "sd", "se", "df", "t", "p", "p_adjusted"),
    *("lower", "upper", "equivalence_margin", "verdict", "p_worse", "p_equivalent", "p_better", "message"),
]

RANKS = [
    *("scheme", "model", "datasets", "traits", "pearson", "pairs", "difference", "wilcoxon_p", "p_adjusted"),
    *("ranked", "mean_rank", "critical_difference", "wins", "losses", "declared"),
]

#: Level at which wins and losses count.
ALPHA = 0.05

#: Confidence of intervals.
CONFIDENCE = 0.95

#: Digits of r that count; what differs beyond them is rounding, as of one model in two implementations.
DIGITS = 6

#: Fewer datasets than this cannot reach p < 0.05 in a signed rank test.
SMALLEST_WILCOXON = 6


def resampled_t(differences: Sequence[float] | np.ndarray, ratio: float, margin: float) -> dict[str, float]:
    """Corrected resampled t-test of differences over folds, and what it says of a margin.

    Nadeau & Bengio 2003, Mach Learn 52:239, in the form for repeated k-fold
    (Bouckaert & Frank 2004, PAKDD): the variance of the mean of J differences is
    (1/J + ``ratio``) times theirs, with J - 1 degrees of freedom. Read as a
    posterior, the same t distribution gives the probabilities that the true
    difference is below, within and above the margin (Corani & Benavoli 2015, Mach
    Learn 100:285).

    Parameters
    ----------
    differences
        (J,) differences of two methods on J folds of all repeats, J at least 2.
    ratio
        Test lines per training line.
    margin
        Differences within -margin to margin are of no practical interest.

    Returns
    -------
    dict
        ``difference`` (mean), ``sd``, ``se`` (corrected), ``df``, ``t``, ``p`` (two-sided), ``lower`` and
        ``upper`` (95 % interval), ``p_worse``, ``p_equivalent``, ``p_better``. t and p are NaN where the
        differences do not vary.
    """
    values = np.asarray(differences, float)
    mean, sd, df = float(values.mean()), float(values.std(ddof=1)), len(values) - 1
    se = sd * (1 / len(values) + ratio) ** 0.5
    t = mean / se if se > 0 else np.nan
    half = se * float(stats.t.ppf((1 + CONFIDENCE) / 2, df))
    if se > 0:
        below, above = stats.t.cdf((-margin - mean) / se, df), stats.t.sf((margin - mean) / se, df)
    else:
        below, above = float(mean < -margin), float(mean > margin)
    return {
        "difference": mean,
        "sd": sd,
        "se": se,
        "df": df,
        "t": t,
        "p": 2 * float(stats.t.sf(abs(t), df)),
        "lower": mean - half,
        "upper": mean + half,
        "p_worse": float(below),
        "p_equivalent": float(1 - below - above),
        "p_better": float(above),
    }


def verdict(lower: float, upper: float, margin: float) -> str:
    """``equivalent`` for an interval within the margin, else ``better``, ``worse`` or ``undecided``."""
    if -margin <= lower and upper <= margin:
        return "equivalent"
    return "better" if lower > 0 else "worse" if upper < 0 else "undecided"


def comparisons(accuracy: pd.DataFrame, references: Sequence[str], margin: float) -> pd.DataFrame:
    """Every model against the references, within each dataset, trait and scheme.

    Parameters
    ----------
    accuracy
        A row per fold: :data:`CELL`, model, repeat, fold, split (digest of the lines of the fold),
        n_train, n_test, status, pearson.
    references
        Models to compare with; those given twice count once.
    margin
        Differences of r within it are of no practical interest.

    Returns
    -------
    DataFrame
        Columns :data:`COMPARISONS`. ``p_adjusted`` is ``p`` by :func:`holm` among the models that are
        compared with one reference in one dataset, trait and scheme. ``verdict`` is that of :func:`verdict`;
        ``refused`` where the folds of the two are not the same lines, ``undefined`` where a fold has no r,
        both with a ``message``.
    """
    rows = []
    for cell, part in accuracy.groupby(CELL, sort=False):
        folds = {name: one.set_index(["repeat", "fold"]) for name, one in part.groupby("model", sort=False)}
        for reference in dict.fromkeys(references):
            for name in folds:
                if reference in folds and name != reference:
                    rows.append(
                        dict(zip(CELL, cell, strict=True))
                        | {"model": name, "reference": reference, "equivalence_margin": margin}
                        | _compared(folds[name], folds[reference], margin)
                    )
    table = pd.DataFrame(rows, columns=COMPARISONS).astype({"p": float})
    table["p_adjusted"] = table.groupby([*CELL, "reference"], sort=False)["p"].transform(holm)
    return table


def holm(p: pd.Series) -> pd.Series:
    """p-values of a family of tests, such that any is below a level by chance with that probability.

    Holm 1979, Scand J Stat 6:65; missing ones are no tests.
    """
    tested = p.dropna().sort_values()
    factors = np.arange(len(tested), 0, -1)
    return (tested * factors).cummax().clip(upper=1).reindex(p.index)


def _compared(folds: pd.DataFrame, reference: pd.DataFrame, margin: float) -> dict[str, Any]:
    if set(folds.index) != set(reference.index):
        only = sorted(set(folds.index) ^ set(reference.index))[0]
        return _without("refused", f"repeat {only[0]} fold {only[1]} is there for one of the two only")
    reference = reference.loc[folds.index]
    other = folds.index[folds["split"] != reference["split"]]
    if len(other):
        return _without("refused", f"repeat {other[0][0]} fold {other[0][1]} does not hold the same lines")
    if (pd.concat([folds["status"], reference["status"]]) != "ok").any():
        return _without("undefined", "a fit failed")
    differences = _without_rounding(folds["pearson"] - reference["pearson"]).to_numpy(float)
    if (folds["pearson"].isna() & reference["pearson"].isna()).any():
        return _without(
            "undefined", "a fold has no correlation: its phenotypes or both predictions are constant"
        )
    if not np.isfinite(differences).all():
        return _without("undefined", "constant predictions have no correlation")
    if len(differences) < 2:
        return _without("undefined", "a single fold says nothing of its spread")
    found = resampled_t(differences, folds["n_test"].sum() / folds["n_train"].sum(), margin)
    return {"folds": len(differences), "verdict": verdict(found["lower"], found["upper"], margin)} | found


def _without(verdict: str, message: str) -> dict[str, Any]:
    return {"verdict": verdict, "message": message}


def _without_rounding(differences: pd.Series) -> pd.Series:
    """Differences of r, those that are rounding alone made 0."""
    return differences.mask(differences.round(DIGITS) == 0, 0.0)


def ranks(
    summary: pd.DataFrame, compared: pd.DataFrame, reference: str, declared: Sequence[str]
) -> pd.DataFrame:
    """The models of each scheme over all datasets, datasets weighted equally.

    r is averaged over the traits of a dataset, then over datasets. Two models are compared on the traits on
    which both have an r, so that neither figure depends on who else runs. Within datasets models are ranked
    (1 is best): those that ran on every trait and have an r on more than half of them, which leaves out
    controls. A model that lacks an r on a trait of a dataset, as after a constant prediction, is last there.

    Parameters
    ----------
    summary
        A row per dataset, trait, scheme and model, with ``pearson``.
    compared
        What :func:`comparisons` gave.
    reference
        Model that differences, wins and losses refer to.
    declared
        Models named before the results were seen.

    Returns
    -------
    DataFrame
        Columns :data:`RANKS`: ``datasets`` and ``traits`` on which the model has an r, and their mean;
        ``difference`` from the reference over the ``pairs`` of datasets on which both have one, and
        ``wilcoxon_p`` of the signed rank test of it (six or more), ``p_adjusted`` by :func:`holm` among the
        models of a scheme; ``mean_rank`` over the datasets ``ranked``; ``critical_difference`` of mean ranks
        (Nemenyi at 0.05; Demsar 2006, J Mach Learn Res 7:1), empty for a single dataset; ``wins`` and
        ``losses``, traits with ``p_adjusted`` at most :data:`ALPHA`.
    """
    tables = []
    for scheme, part in summary.groupby("scheme", sort=False):
        wide = part.pivot(index=["dataset", "trait"], columns="model", values="pearson")
        wide = wide[list(dict.fromkeys(part["model"]))]
        ran = part.groupby("model")["pearson"].size() == len(wide)
        against = compared[(compared["scheme"] == scheme) & (compared["reference"] == reference)]
        table = pd.DataFrame({"scheme": scheme, "model": wide.columns}).set_index("model")
        table = table.join(_means(wide)).join(_ranked(wide.loc[:, ran[wide.columns]]))
        if reference in wide:
            others = wide.columns.drop(reference)
            differences = {name: _without_rounding(wide[name] - wide[reference]) for name in others}
            paired = pd.DataFrame({name: _against(one) for name, one in differences.items()}).T
            table = table.join(paired.reindex(columns=["pairs", "difference", "wilcoxon_p"]).astype(float))
            table["p_adjusted"] = holm(table["wilcoxon_p"])
            table = table.join(_decided(against))
        table["declared"] = table.index.isin(declared)
        tables.append(table.reset_index())
    return pd.concat(tables, ignore_index=True).reindex(columns=RANKS)


def _means(wide: pd.DataFrame) -> pd.DataFrame:
    """Mean r of every model with numbers of datasets and traits, where there are any."""
    means = wide.groupby(level="dataset").mean()
    counts = pd.DataFrame({"datasets": means.count(), "traits": wide.count()})
    return counts.mask(counts == 0).assign(pearson=means.mean())


def _ranked(wide: pd.DataFrame) -> pd.DataFrame:
    """Mean ranks of the models that compete, over the datasets in which any has an r."""
    wide = wide.dropna(how="all")
    wide = wide.loc[:, wide.notna().mean() > 0.5]
    means = wide.groupby(level="dataset").mean(skipna=False).round(DIGITS)
    places = means.rank(axis=1, ascending=False, na_option="bottom")
    return pd.DataFrame(
        {
            "ranked": len(means),
            "mean_rank": places.mean(),
            "critical_difference": nemenyi(len(wide.columns), len(means)),
        }
    )


def _against(differences: pd.Series) -> dict[str, float]:
    """Mean over datasets of the differences of two models on traits, and its test."""
    means = differences.dropna().groupby(level="dataset").mean()
    if means.empty:
        return {}
    enough = len(means) >= SMALLEST_WILCOXON and means.any()
    p = float(stats.wilcoxon(means).pvalue) if enough else np.nan
    return {"pairs": len(means), "difference": float(means.mean()), "wilcoxon_p": p}


def _decided(against: pd.DataFrame) -> pd.DataFrame:
    """Traits on which each model is better, or worse, than the reference."""
    against = against[against["p_adjusted"].notna()]
    sure = against["p_adjusted"] <= ALPHA
    better, difference = against["model"], against["difference"].astype(float)
    return pd.DataFrame(
        {
            "wins": (sure & (difference > 0)).groupby(better).sum(),
            "losses": (sure & (difference < 0)).groupby(better).sum(),
        }
    )


def nemenyi(methods: int, datasets: int) -> float:
    """Critical difference at 0.05 of the mean ranks of so many methods; NaN for one dataset or one method."""
    if methods < 2 or datasets < 2:
        return np.nan
    quantile = stats.studentized_range.ppf(0.95, methods, np.inf) / 2**0.5
    return float(quantile * (methods * (methods + 1) / (6 * datasets)) ** 0.5)
