"""Train in some populations, predict in another, with more and more of its lines in the training.

A fit trains on the lines of the sources and on the first k lines of the target (*joined*), or on those k
alone (*alone*). The tested lines are the same for every k of a repeat
(:mod:`dnngp.validation.transfer_draws`). The intervals of a fit come from its own training lines, each
predicted by fits without it: from those of the target that joined, or from those of the sources where none
did. No tested phenotype is used before it is scored: means, spreads and intervals are of training lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.encodings.samples.training_set import inner_folds
from dnngp.evaluation.evaluate import Evaluation, evaluate
from dnngp.evaluation.population_values import PopulationValues
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.relatedness import distances
from dnngp.genotypes.store import Genotypes
from dnngp.validation.intervals import half_width
from dnngp.validation.scores import scores_of
from dnngp.validation.transfer_draws import JOINS, TESTED, usable_sources

#: What a fit trains on: sources and the lines that joined, or these alone.
JOINED, ALONE = "joined", "alone"

#: Folds of the training lines, for intervals.
CALIBRATION_FOLDS = 5

#: First columns of the predictions of a fit.
PREDICTIONS = ["repeat", "training", "added", "sample", "observed", "predicted", "lower", "upper"]


@dataclass(frozen=True)
class Training:
    """Lines to train on.

    Attributes
    ----------
    kind
        :data:`JOINED` or :data:`ALONE`.
    added
        Lines of the target among them.
    lines
        All of them.
    own
        Those that are like the tested lines: of the target, or of the sources where none joined.
    """

    kind: str
    added: int
    lines: list[str]
    own: list[str]


@dataclass
class TransferEvaluation:
    """``predictions`` of the tested lines, ``scores`` with a row per training, and the whole evaluation."""

    predictions: pd.DataFrame
    scores: pd.DataFrame
    evaluation: Evaluation


def trainings(lines: pd.DataFrame, draws: pd.DataFrame, added: Sequence[int]) -> Iterator[Training]:
    """What is trained on in one repeat, for every number of lines that join.

    Parameters
    ----------
    lines
        ``line``, ``role`` (``source`` or ``target``) and ``unit``, of all populations.
    draws
        ``line`` and ``role`` of the lines of the target in the order in which they join.
    """
    of = {
        role: dict(zip(part["line"], part["unit"], strict=True))
        for role, part in lines.astype({"unit": str}).groupby("role")
    }
    tested = draws.loc[draws["role"] == TESTED, "line"].tolist()
    sources = usable_sources(of["source"], tested, of["target"])
    joining = draws.loc[draws["role"] == JOINS, "line"].tolist()
    for k in added:
        own = joining[:k]
        yield Training(JOINED, k, [*sources, *own], own or sources)
        if k:
            yield Training(ALONE, k, own, own)


def evaluate_transfer(
    genotypes: Genotypes,
    lines: pd.DataFrame,
    draws: pd.DataFrame,
    repeat: int,
    *,
    added: Sequence[int],
    scale: str,
    level: float | None,
    names: tuple[object, ...],
    **options: Any,
) -> TransferEvaluation:
    """Evaluate one method in one repeat.

    Parameters
    ----------
    genotypes
        Of all populations (:func:`dnngp.genotypes.populations.joined`).
    lines
        ``line``, ``population``, ``role``, ``sample``, ``unit`` and ``value``, and their weights if any.
    draws
        ``repeat``, ``line`` and ``role``.
    repeat
        Its number.
    added
        Numbers of lines of the target that join.
    scale
        One of :data:`dnngp.evaluation.population_values.SCALES`.
    level
        Nominal coverage of intervals; None makes none, and no fits for them.
    names, options
        As of :func:`dnngp.evaluation.evaluate.evaluate`; ``errors_known`` as of
        :meth:`dnngp.encodings.samples.record_weights.WeightsByRecord.read`.
    """
    own = draws[draws["repeat"] == repeat]
    tested = own.loc[own["role"] == TESTED, "line"].tolist()
    chosen = list(trainings(lines, own, added))
    units = dict(zip(lines["line"], lines["unit"], strict=True))
    # Several fits for a training: that which predicts the tested lines, then those for its intervals.
    parts = [[(one.lines, tested), *(_calibration(one, units) if level else ())] for one in chosen]
    splits, numbers = _split_table(parts, repeat)
    of_lines = lines.set_index("line")
    weights = None
    if WEIGHT in of_lines:
        weights = WeightsByRecord(of_lines[WEIGHT], options["errors_known"])
    options.pop("errors_known", None)
    values = PopulationValues(of_lines["value"], of_lines["population"], splits, scale, weights)
    result = evaluate(
        genotypes,
        of_lines["value"],
        splits,
        names=names,
        fold_values=values,
        weights=weights,
        **options,
    )
    tables, rows = [], []
    for training, folds in zip(chosen, numbers, strict=True):
        about: dict[str, Any] = {"repeat": repeat, "training": training.kind, "added": training.added}
        table = _predictions(result, values, folds, level)
        tables.append(table.assign(**about, sample=table["sample"].map(of_lines["sample"])))
        rows.append(about | _scores(result, table, folds[0]))
    predictions = pd.concat(tables, ignore_index=True).reindex(columns=PREDICTIONS)
    return TransferEvaluation(predictions, pd.DataFrame(rows), result)


def distances_of_tested(
    genotypes: Genotypes, lines: pd.DataFrame, draws: pd.DataFrame, added: Sequence[int]
) -> pd.DataFrame:
    """Genomic distance of the tested lines to the joined training lines, of every repeat and number added.

    Returns
    -------
    DataFrame
        ``repeat``, ``added``, ``sample``, and what :func:`dnngp.genotypes.relatedness.distances` tells.
    """
    sample = lines.set_index("line")["sample"]
    tables = []
    for repeat, own in draws.groupby("repeat"):
        tested = genotypes.select(genotypes.positions(own.loc[own["role"] == TESTED, "line"]))
        for training in trainings(lines, own, added):
            if training.kind == JOINED:
                table = distances(tested, genotypes.select(genotypes.positions(training.lines)))
                tables.append(table.assign(repeat=repeat, added=training.added))
    found = pd.concat(tables, ignore_index=True)
    found = found.assign(sample=found["sample"].map(sample))
    return found[["repeat", "added", *(name for name in found if name not in ("repeat", "added"))]]


def _calibration(training: Training, units: Mapping[str, str]) -> Iterator[tuple[list[str], list[str]]]:
    """Training and held lines of folds of those that are like the tested ones; units stay together."""
    groups = list(dict.fromkeys(units[line] for line in training.own))
    for _, held in inner_folds(groups, None, CALIBRATION_FOLDS, "transfer"):
        names = {groups[number] for number in held}
        yield (
            [line for line in training.lines if units[line] not in names],
            [line for line in training.own if units[line] in names],
        )


def _split_table(
    parts: Sequence[Sequence[tuple[list[str], list[str]]]], repeat: int
) -> tuple[pd.DataFrame, list[list[int]]]:
    """Fits as folds: a table as :func:`dnngp.evaluation.evaluate.evaluate` reads it, and their numbers."""
    tables, numbers, fold = [], [], 0
    for fits in parts:
        numbers.append([fold + place for place in range(1, len(fits) + 1)])
        for train, test in fits:
            fold += 1
            roles = ["train"] * len(train) + ["test"] * len(test)
            tables.append(pd.DataFrame({"fold": fold, "sample": [*train, *test], "role": roles}))
    return pd.concat(tables, ignore_index=True).assign(repeat=repeat, environment=np.nan), numbers


def _predictions(
    result: Evaluation, values: PopulationValues, folds: Sequence[int], level: float | None
) -> pd.DataFrame:
    """Predictions of the tested lines in units of the trait, with intervals."""
    of_fold = dict(list(result.predictions.groupby("fold")))
    first, *others = folds
    if first not in of_fold:
        return pd.DataFrame(columns=["sample", "observed", "predicted", "lower", "upper"], dtype=float)
    table = of_fold[first]
    predicted = values.measured(table["predicted"], table["sample"], first)
    width = np.nan
    if level is not None and all(fold in of_fold for fold in others):
        errors = np.concatenate([_relative_errors(of_fold[fold], values, fold) for fold in others])
        _, spread = values.unit_of(values.population[table["sample"].iloc[0]], first)
        width = half_width(errors, level) * spread
    width = width if np.isfinite(width) else np.nan
    return table.assign(predicted=predicted, lower=predicted - width, upper=predicted + width)


def _relative_errors(table: pd.DataFrame, values: PopulationValues, fold: int) -> np.ndarray:
    """Observed minus predicted of held lines (m,), in units of the spread of their population."""
    predicted = values.measured(table["predicted"], table["sample"], fold)
    spreads = [values.unit_of(values.population[line], fold)[1] for line in table["sample"]]
    return np.asarray((table["observed"] - predicted) / spreads, float)


def _scores(result: Evaluation, table: pd.DataFrame, fold: int) -> dict[str, Any]:
    """Scores of one training; empty where its fit failed."""
    outcome = result.folds[result.folds["fold"] == fold].iloc[0]
    row = {name: outcome[name] for name in ("n_train", "n_test", "n_features", "seed", "status", "message")}
    if outcome["status"] != "ok":
        return row
    inside = table["observed"].between(table["lower"], table["upper"])
    known = table["lower"].notna()
    width, spread = (table["upper"] - table["lower"]).mean(), table["observed"].std()
    return {
        **row,
        **scores_of(table),
        "coverage": inside[known].mean() if known.any() else np.nan,
        "width": width,
        "relative_width": width / spread if spread > 0 else np.nan,
    }
