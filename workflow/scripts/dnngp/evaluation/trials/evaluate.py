"""One method on the folds of a trial: fit on training records, predict test records, time both."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dnngp.base import ledger
from dnngp.base.seeds import digest, seed
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.base.timing import Clock
from dnngp.encodings.samples.population import Population
from dnngp.evaluation.fit_outcome import HISTORY, all_finite, attempt, stacked
from dnngp.evaluation.trials.fold import RecordLedger, TrialFold, record_id
from dnngp.evaluation.trials.methods import create
from dnngp.genotypes.store import Genotypes
from dnngp.validation.metrics import OF_ALL
from dnngp.validation.scheme import SMALLEST_TEST
from dnngp.validation.scores import fold_scores

log = logging.getLogger(__name__)

PLACE = ["repeat", "fold"]
PREDICTIONS = [*PLACE, "sample", "condition", "observed", "predicted"]
FOLDS = [*PLACE, "status", "message", "n_train", "n_test", "seed", "split"]
ACCURACY = [*PLACE, "condition", "n_test", *OF_ALL]
COMPONENTS = [*PLACE, "part", "condition", "other", "value"]


@dataclass
class TrialEvaluation:
    """Tidy tables of one evaluation.

    ``predictions`` has a row per test record, ``folds`` one per fold (status, what the method says of its
    fit), ``accuracy`` one per fold and condition tested, ``components`` the variances of each fold's fit,
    ``timing``, ``history`` and ``ledger`` as of :class:`dnngp.evaluation.evaluate.Evaluation`.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    accuracy: pd.DataFrame
    components: pd.DataFrame
    history: pd.DataFrame
    timing: pd.DataFrame
    ledger: pd.DataFrame


def evaluate_records(
    genotypes: Genotypes,
    records: pd.DataFrame,
    conditions: Sequence[str],
    splits: pd.DataFrame,
    *,
    method: str,
    params: Mapping[str, Any],
    maf: float,
    mac: int,
    names: tuple[object, ...],
    covariates: pd.DataFrame | None = None,
) -> TrialEvaluation:
    """Evaluate one method over the folds of ``splits``.

    Parameters
    ----------
    genotypes
        All lines of the dataset.
    records
        ``sample``, ``condition``, ``value``.
    conditions
        In their order.
    splits
        Columns of :func:`dnngp.validation.splits.split_table`, the environment called ``condition``.
    method
        A key of :data:`dnngp.evaluation.trials.methods.TRIAL_METHODS`.
    params
        Parameters that it accepts.
    maf, mac, names
        As of :func:`dnngp.evaluation.evaluate.evaluate`.
    covariates
        Of the conditions, a row each in their order.

    Notes
    -----
    A fit that fails gives a row with status ``failed`` and its message, and no predictions.
    """
    values = records.set_index(["sample", "condition"])["value"]
    by_id = {
        record_id(sample, condition): value
        for sample, condition, value in zip(
            records["sample"], records["condition"], records["value"], strict=True
        )
    }
    order = {name: place for place, name in enumerate(conditions)}
    clock = Clock()
    with clock.stage("import"):
        create(method, params, 0)
    timing = clock.rows(repeat=pd.NA, fold=pd.NA)
    population = Population(genotypes, maf, mac)
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("predictions", "accuracy", "components", "history", "ledger")
    }
    folds = []
    for repeat, fold in sorted(set(zip(splits["repeat"], splits["fold"], strict=True))):
        place = {"repeat": repeat, "fold": fold}
        part = splits[(splits["repeat"] == repeat) & (splits["fold"] == fold)]
        # In an order of their own, so that the order of a file reaches no method.
        part = part.assign(order=part["condition"].map(order)).sort_values(["order", "sample"])
        train, test = (part.loc[part["role"] == role, ["sample", "condition"]] for role in ("train", "test"))
        y = values.loc[pd.MultiIndex.from_frame(train)].to_numpy(float)
        held = [record_id(*pair) for pair in zip(test["sample"], test["condition"], strict=True)]
        lines = TrialFold.of(population, conditions, train, test, covariates)
        fold_seed = seed(*names, repeat, fold)
        model, book, clock = create(method, params, fold_seed), RecordLedger(lines, held, by_id), Clock()
        row: dict[str, Any] = {}
        with attempt(book, **place) as outcome:
            with clock.stage("fit"):
                model.fit_records(lines, y)
            with clock.stage("predict"):
                predicted = all_finite(model.predict_records(lines), len(test))
        if outcome.succeeded:
            observed = values.loc[pd.MultiIndex.from_frame(test)].to_numpy(float)
            found = test.assign(**place, observed=observed, predicted=predicted)[PREDICTIONS]
            parts["predictions"].append(found)
            parts["accuracy"].append(scores(found, conditions))
            for name in ("components", "history"):
                table = getattr(model, f"{name}_", None)
                if table is not None:
                    parts[name].append(table.assign(**place))
            row = getattr(model, "diagnostics_", {})
        folds.append(
            {
                **place,
                **vars(outcome),
                "n_train": len(train),
                "n_test": len(test),
                "seed": fold_seed,
                "split": digest("train", *lines.ids, "test", *held)[:12],
                **row,
            }
        )
        timing += clock.rows(**place)
        parts["ledger"].append(book.table())
        log.info("repeat %s fold %s: %s", repeat, fold, outcome.message or "fitted")
    return TrialEvaluation(
        predictions=stacked(parts["predictions"], PREDICTIONS),
        folds=pd.DataFrame(folds, columns=None if folds else FOLDS),
        accuracy=stacked(parts["accuracy"], ACCURACY),
        components=stacked(parts["components"], COMPONENTS),
        history=stacked(parts["history"], HISTORY),
        timing=pd.DataFrame(timing, columns=TIMING),
        ledger=ledger.combined(stacked(parts["ledger"], ledger.COLUMNS)),
    )


def scores(predictions: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    """Scores of one fold within each condition that it tests; columns :data:`ACCURACY`.

    Conditions of which it tests fewer than three records are left out: r of two is 1 or -1.
    """
    rows = []
    for (repeat, fold), part in predictions.groupby(PLACE, sort=False):
        for name in conditions:
            here = part[part["condition"] == name]
            if len(here) >= SMALLEST_TEST:
                found = fold_scores(here["observed"].to_numpy(), here["predicted"].to_numpy())
                rows.append({"repeat": repeat, "fold": fold, "condition": name, "n_test": len(here), **found})
    return pd.DataFrame(rows, columns=ACCURACY)
