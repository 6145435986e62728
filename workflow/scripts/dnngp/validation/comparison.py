"""Methods compared on the same folds: corrected tests with intervals, and ranks over datasets.

Folds share most of their training lines, so the differences of two methods over
folds are not independent, and the ordinary t-test finds differences where there
are none. The corrected resampled t-test is used throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.lazy import stats

#: What two methods are compared within.
CELL = ["dataset", "species", "trait", "scheme"]

COMPARISONS = [
    *(*CELL, "model", "reference", "folds", "difference", "sd", "se", "df", "t", "p", "lower", "upper"),
    *("equivalence_margin", "verdict", "p_worse", "p_equivalent", "p_better", "message"),
]

RANKS = [
    *("scheme", "model", "datasets", "traits", "pearson", "difference", "wilcoxon_p", "mean_rank"),
    *("critical_difference", "wins", "losses", "declared"),
]

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
        Columns :data:`COMPARISONS`. ``verdict`` is that of :func:`verdict`; ``refused`` where the folds of
        the two are not the same lines, ``undefined`` where a fold has no r, both with a ``message``.
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
    return pd.DataFrame(rows, columns=COMPARISONS)


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

    r is averaged over the traits of a dataset, then over datasets; models are
    ranked within datasets (1 is best). Only traits on which every model has an r
    count; models without one on more than half of the traits, such as the
    control, do not compete and have empty rows.

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
        Columns :data:`RANKS`: ``datasets`` and ``traits`` that count; ``difference`` from the reference;
        ``wilcoxon_p`` of the signed rank test of it over datasets (six or more); ``mean_rank``;
        ``critical_difference`` of mean ranks (Nemenyi at 0.05; Demsar 2006, J Mach Learn Res 7:1), empty for
        a single dataset; ``wins`` and ``losses``, traits on which the verdict is better or worse.
    """
    tables = []
    for scheme, part in summary.groupby("scheme", sort=False):
        wide = part.pivot(index=["dataset", "trait"], columns="model", values="pearson")
        wide = wide[list(dict.fromkeys(part["model"]))]
        competing = wide.columns[wide.notna().mean() > 0.5]
        complete = wide[competing].dropna()
        means = complete.groupby(level="dataset").mean()
        place = means.round(DIGITS).rank(axis=1, ascending=False).mean()
        against = compared[(compared["scheme"] == scheme) & (compared["reference"] == reference)]
        for name in wide.columns:
            row: dict[str, Any] = {"scheme": scheme, "model": name, "declared": name in declared}
            if name in competing and len(complete):
                row |= {
                    "datasets": len(means),
                    "traits": len(complete),
                    "pearson": means[name].mean(),
                    "mean_rank": place[name],
                    "critical_difference": nemenyi(len(competing), len(means)),
                }
                if reference in competing and name != reference:
                    verdicts = against.loc[against["model"] == name, "verdict"]
                    row |= _against(_without_rounding(means[name] - means[reference]))
                    row |= {"wins": (verdicts == "better").sum(), "losses": (verdicts == "worse").sum()}
            tables.append(row)
    return pd.DataFrame(tables, columns=RANKS)


def _against(differences: pd.Series) -> Mapping[str, float]:
    enough = len(differences) >= SMALLEST_WILCOXON and differences.any()
    p = float(stats.wilcoxon(differences).pvalue) if enough else np.nan
    return {"difference": float(differences.mean()), "wilcoxon_p": p}


def nemenyi(methods: int, datasets: int) -> float:
    """Critical difference at 0.05 of the mean ranks of so many methods; NaN for one dataset or one method."""
    if methods < 2 or datasets < 2:
        return np.nan
    quantile = stats.studentized_range.ppf(0.95, methods, np.inf) / 2**0.5
    return float(quantile * (methods * (methods + 1) / (6 * datasets)) ** 0.5)
