"""Tables of results: fits gathered, then averaged over folds, datasets and species."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.ledger import ALL_PLOTS, STAGE_ONE
from dnngp.base.tables import concatenated, read_table
from dnngp.genotypes.records import OVERALL
from dnngp.validation.comparison import DIGITS
from dnngp.validation.main_scores import with_main_scores
from dnngp.validation.metrics import METRICS, OF_ALL, OF_SELECTION
from dnngp.validation.scores import SHARES, fold_scores, gains, is_constant, selected, selection_scores

#: What identifies a result.
CELL = ["dataset", "species", "trait", "scheme", "model", "method", "encoding"]

GAIN_CURVES = ["trait", "scheme", "model", "share", "gain"]

#: Below this genomic heritability, accuracy = r / h divides by noise and is left empty.
SMALLEST_H2 = 0.05


def stack(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Stack the tables of several datasets; those without a ``dataset`` column get their folder's name."""
    tables = []
    for path in paths:
        table = read_table(path)
        if "dataset" not in table:
            table.insert(0, "dataset", Path(path).parent.name)
        tables.append(table)
    return concatenated(tables)


def with_selection(folds: pd.DataFrame, predictions: pd.DataFrame, top: float) -> pd.DataFrame:
    """The folds of a dataset with the scores of :func:`dnngp.validation.scores.selection_scores` behind the
    others.

    Parameters
    ----------
    folds, predictions
        Of the fits of one dataset, as gathered, of every trait larger is better
        (:func:`dnngp.validation.scores.turned`).
    top
        Part of the lines that is selected.
    """
    folds, predictions = with_environment(folds), with_environment(predictions)
    keys = ["trait", "scheme", "model", "repeat", "fold", "environment"]
    rows = [
        dict(zip(keys, fold, strict=True))
        | selection_scores(part["observed"].to_numpy(), part["predicted"].to_numpy(), top)
        for fold, part in predictions.groupby(keys, sort=False, dropna=False)
    ]
    of_each = pd.DataFrame(rows, columns=[*keys, *OF_SELECTION]).dropna(subset="environment")
    over_all = of_each.merge(folds[keys]).groupby(keys[:-1], sort=False)[OF_SELECTION].mean(skipna=False)
    over_all = over_all.reset_index().assign(environment=OVERALL)
    table = pd.concat([pd.DataFrame(rows, columns=[*keys, *OF_SELECTION]), over_all])
    scored = folds[keys].merge(table, how="left", on=keys)
    before = folds.loc[:, : OF_ALL[-1]] if OF_ALL[-1] in folds else folds
    return pd.concat([before, scored[OF_SELECTION], folds.drop(columns=before.columns)], axis=1)


def gain_curves(predictions: pd.DataFrame) -> pd.DataFrame:
    """Normalised cumulative gain of selecting a share of the lines, mean over the folds of a dataset.

    Larger is better (:func:`dnngp.validation.scores.turned`).

    Returns
    -------
    DataFrame
        trait, scheme, model, share (:data:`dnngp.validation.scores.SHARES`), gain; undefined where the
        predictions of a fold are constant.
    """
    rows = []
    predictions = with_environment(predictions)
    for (trait, scheme, model), part in predictions.groupby(["trait", "scheme", "model"], sort=False):
        curves = []
        for _, fold in part.groupby(["repeat", "fold", "environment"], dropna=False):
            observed, predicted = fold["observed"].to_numpy(float), fold["predicted"].to_numpy(float)
            defined = not (is_constant(observed) or is_constant(predicted))
            curve = gains(observed, predicted) if defined else np.full(len(fold), np.nan)
            curves.append([curve[selected(len(fold), share) - 1] for share in SHARES])
        cell = {"trait": trait, "scheme": scheme, "model": model}
        rows += [
            {**cell, "share": share, "gain": gain}
            for share, gain in zip(SHARES, np.mean(curves, axis=0), strict=True)
        ]
    return pd.DataFrame(rows, columns=GAIN_CURVES)


def mean_components(components: pd.DataFrame) -> pd.DataFrame:
    """Variances of fits averaged over folds, with their standard deviation and the number of folds."""
    keys = ["dataset", "trait", "scheme", "model", "part", "environment", "other"]
    of_each = components.groupby(keys, sort=False, dropna=False)["value"]
    return of_each.agg(value="mean", sd="std", folds="count").reset_index()


def ledger_of_genotypes(
    dataset: str, *, predictions: pd.DataFrame, filter_summary: pd.DataFrame, beagle: bool, clustered: bool
) -> pd.DataFrame:
    """What was done to all genotypes of a dataset before any fold, as rows of the ledger.

    These steps run in jobs that are given no phenotypes.

    Parameters
    ----------
    dataset
        Its name.
    predictions
        Whose lines are tested.
    filter_summary
        The steps of quality control, each with the lines it left.
    beagle, clustered
        Whether missing calls were filled by Beagle, and clusters made of the lines.
    """
    steps = filter_summary[~filter_summary["step"].str.contains("in every fold", regex=False)]
    lines = steps["samples_left"] + steps["samples_removed"]
    rows = [("imputation (beagle)", lines.iloc[0])] if beagle else []
    rows += [(f"quality control: {step}", n) for step, n in zip(steps["step"], lines, strict=True)]
    rows += [("clusters of lines", steps["samples_left"].iloc[-1])] if clustered else []
    return pd.DataFrame(rows, columns=["step", "n_rows"]).assign(
        dataset=dataset,
        fitted_on="all genotypes",
        test_genotypes_seen=predictions["sample"].nunique(),
        test_phenotypes_seen=0,
    )


def ledger_of_plots(dataset: str, trait: str, means: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """The row of the ledger of stage one, which made the means of a trait from plots before any fold."""
    tested = predictions.loc[predictions["trait"] == trait, "sample"].nunique()
    row = {"dataset": dataset, "trait": trait, "step": STAGE_ONE, "fitted_on": ALL_PLOTS}
    counts = {"n_rows": means["id"].nunique(), "test_genotypes_seen": 0, "test_phenotypes_seen": tested}
    return pd.DataFrame([row | counts])


def pooled(predictions: pd.DataFrame) -> pd.DataFrame:
    """r over the records of all environments and folds of a repeat, mean over repeats.

    Parameters
    ----------
    predictions
        Out-of-fold predictions of a dataset with environments: trait, scheme, model, repeat, observed,
        predicted.

    Returns
    -------
    DataFrame
        trait, scheme, model, pooled.
    """
    rows = []
    for cell, part in predictions.groupby(["trait", "scheme", "model"], sort=False):
        of_repeats = [
            fold_scores(one["observed"].to_numpy(), one["predicted"].to_numpy())["pearson"]
            for _, one in part.groupby("repeat")
        ]
        rows.append((*cell, _mean(of_repeats)))
    return pd.DataFrame(rows, columns=["trait", "scheme", "model", "pooled"])


def true_accuracy(
    predictions: pd.DataFrame, genetic_values: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Mean over folds of r(prediction, true genetic value) of a simulated dataset, by trait and line."""
    rows = []
    for (trait, scheme, model), part in predictions.groupby(["trait", "scheme", "model"], sort=False):
        truth = part["sample"].map(genetic_values[str(trait)])
        folds = [
            fold_scores(truth[fold.index].to_numpy(float), fold["predicted"].to_numpy(float))["pearson"]
            for _, fold in part.groupby(["repeat", "fold"])
        ]
        rows.append({"trait": trait, "scheme": scheme, "model": model, "true_accuracy": _mean(folds)})
    return pd.DataFrame(rows, columns=["trait", "scheme", "model", "true_accuracy"])


def summarise(
    accuracy: pd.DataFrame,
    timing: pd.DataFrame,
    heritability: pd.DataFrame,
    truth: pd.DataFrame,
    of_all_records: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per dataset x trait x scheme x model: scores averaged over folds, never pooled.

    Where there are several environments, a row for each, and one over all (:data:`OVERALL`), in which each
    environment counts the same; its ``pearson_sd`` is that of the folds' own means, and its ``pooled`` comes
    from ``of_all_records`` (:func:`pooled`, with ``dataset``).

    ``pearson`` is the mean over folds and ``pearson_sd`` their standard
    deviation; ``accuracy`` is ``pearson / sqrt(h2)`` with the genomic
    heritability of all lines, and ``efficiency`` is ``accuracy / sqrt(h2)``: the
    response to selecting on predictions over that to selecting on the phenotypes
    themselves, equally hard. Both are left empty for a model that reads more than
    markers (``other_inputs``): its r holds what other layers and covariates tell of the
    phenotype, and h2 does not; so are they for several environments. Folds that failed count in
    ``folds_failed`` and
    leave every score of their row empty: a mean over the folds that happened
    to work would not be comparable.
    """
    rows = []
    for cell, folds in with_environment(accuracy).groupby(CELL, sort=False):
        named = dict(zip(CELL, cell, strict=True))
        parts = {name: part for name, part in folds.groupby("environment", sort=False) if name != OVERALL}
        of_each = [{**named, "environment": name, **_scored(part)} for name, part in parts.items()]
        row = {**named, "environment": OVERALL if parts else pd.NA, **_scored(over_environments(folds))}
        if parts and row["status"] == "ok":
            row |= {name: _mean(one[name] for one in of_each) for name in METRICS if name in row}
            rows += of_each
        rows.append(row)
    summary = pd.DataFrame(rows)
    spent = timing[timing["stage"] != "import"].groupby(["dataset", "trait", "scheme", "model"], sort=False)
    cost = spent[["cpu_s", "wall_s"]].sum().assign(peak_mb=spent["peak_mb"].max())
    summary = summary.merge(cost.reset_index(), how="left")
    of_one = ~summary["environment"].isin([OVERALL]) & summary["environment"].notna()
    summary = (
        summary.assign(pooled=np.nan) if of_all_records is None else summary.merge(of_all_records, "left")
    )
    summary.loc[summary["status"] != "ok", "pooled"] = np.nan
    summary.loc[of_one, ["cpu_s", "wall_s", "peak_mb", "pooled"]] = np.nan
    summary = summary.merge(
        heritability[["dataset", "trait", "h2", "h2_se", "h2_method", "true_h2"]],
        how="left",
        on=["dataset", "trait"],
    )
    summary = summary.merge(truth, how="left", on=["dataset", "trait", "scheme", "model"])
    summary.loc[summary["status"] != "ok", "true_accuracy"] = np.nan
    comparable = (summary["other_inputs"].fillna("") == "") & summary["environment"].isna()
    usable = summary["h2"].where(comparable & (summary["h2"] >= SMALLEST_H2))
    if "main_metric" in summary:  # of classes, h2 is that of the liability
        usable = usable.where(summary["main_metric"].isna())
    summary["accuracy"] = summary["pearson"] / np.sqrt(usable)
    summary["efficiency"] = summary["pearson"] / usable
    return summary


def with_environment(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the column ``environment``, missing where samples have one record each."""
    return table if "environment" in table else table.assign(environment=np.nan)


def over_environments(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of folds or of results over all environments, and those of samples that have one record each."""
    table = with_environment(table)
    return table[table["environment"].isna() | (table["environment"] == OVERALL)]


def _scored(folds: pd.DataFrame) -> dict[str, Any]:
    """A row of the summary from rows of folds of one environment, or of all."""
    failed = folds["status"] != "ok"
    row = {
        "labels": folds["labels"].iloc[0],
        "other_inputs": folds["other_inputs"].iloc[0],
        "status": "failed" if failed.any() else "ok",
        "folds_ok": int((~failed).sum()),
        "folds_failed": int(failed.sum()),
        "n": int(folds.loc[folds["repeat"] == folds["repeat"].min(), "n_test"].sum()),
    }
    means = {name: np.nan if failed.any() else _mean(folds[name]) for name in METRICS if name in folds}
    row |= {name: means[name] for name in (*OF_ALL, *OF_SELECTION) if name in means}
    row["pearson_sd"] = np.nan if failed.any() else folds["pearson"].std(ddof=1)
    if "main_metric" in folds:
        row["main_metric"] = main = folds["main_metric"].iloc[0]
        row["main_sd"] = np.nan if failed.any() or pd.isna(main) else folds[main].std(ddof=1)
    row |= means
    return row | ({"epochs": folds["epochs"].mean()} if "epochs" in folds else {})


def shares_of_folds(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Folds over all environments with what each says of the mean r over environments as ``pearson``.

    Where every fold tests every environment it is the mean of the fold. Where folds
    test different ones, an environment counts the more in a fold the fewer folds test
    it, and the fold is set against the environments that it has (linearised ratio
    estimate): the mean over folds is always the mean over environments that
    :func:`summarise` gives, and folds that agree within every environment agree.

    Parameters
    ----------
    accuracy
        Rows of folds of any number of results, for each environment and over all.
    """
    result = ["dataset", "trait", "scheme", "model"]
    keys = [*result, "repeat", "fold"]
    accuracy = with_environment(accuracy)
    of_each = accuracy[accuracy["environment"].notna() & (accuracy["environment"] != OVERALL)]
    folds = over_environments(accuracy).set_index(keys)
    for _, part in of_each.groupby(result, sort=False):
        by_environment = part.groupby("environment", sort=False)["pearson"]
        overall = by_environment.mean().mean() if part["pearson"].notna().all() else np.nan
        count = len(part[["repeat", "fold"]].drop_duplicates())
        weight = count / (by_environment.ngroups * by_environment.transform("size"))
        weighted = part.assign(pearson=weight * (part["pearson"] - overall))
        shares = weighted.groupby(keys)["pearson"].sum(min_count=1) + overall
        folds.loc[shares.index, "pearson"] = shares
    return folds.reset_index()[over_environments(accuracy).columns]


def by_species(summary: pd.DataFrame) -> pd.DataFrame:
    """Mean predictive ability and rank per species, scheme and model, datasets weighted equally.

    Traits are averaged within their dataset first, so that a dataset with many
    traits does not outvote the others. Ranks compare the models within each
    dataset and trait (1 is best); a model without a defined correlation has none.
    """
    summary = with_main_scores(summary)
    rounded = summary.assign(pearson=summary["pearson"].round(DIGITS))
    ranks = rounded.groupby(["dataset", "trait", "scheme"])["pearson"].rank(ascending=False)
    table = summary.assign(rank=ranks)
    keys = ["species", "scheme", "model", "method"]
    within = table.groupby([*keys, "dataset"], sort=False).agg(
        traits=("trait", "nunique"),
        failed=("status", lambda status: int((status != "ok").sum())),
        pearson=("pearson", lambda values: values.mean(skipna=False)),
        mean_rank=("rank", lambda values: values.mean(skipna=False)),
        cpu_s=("cpu_s", "sum"),
    )
    return (
        within.reset_index()
        .groupby(keys, sort=False)
        .agg(
            datasets=("dataset", "nunique"),
            traits=("traits", "sum"),
            failed=("failed", "sum"),
            pearson=("pearson", lambda values: values.mean(skipna=False)),
            mean_rank=("mean_rank", lambda values: values.mean(skipna=False)),
            cpu_s=("cpu_s", "sum"),
        )
        .reset_index()
    )


def _mean(values: Iterable[float]) -> float:
    """Mean that is undefined as soon as one value is: an undefined fold is not skipped."""
    return float(np.mean(np.asarray(list(values), float)))
