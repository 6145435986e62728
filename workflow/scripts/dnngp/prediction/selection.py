"""Choosing samples: an index over traits, lines not too closely related, and what to expect of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from dnngp.base.errors import UserError
from dnngp.genotypes.grm import relationships
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.candidates import headline

#: Halvings of the interval in which the price of relationship is looked for.
HALVINGS = 30


def select(
    predictions: pd.DataFrame,
    held_out: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    number: int,
    max_kinship: float | None,
    level: float,
    genotypes: Callable[[], Genotypes],
    path: Path,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Samples chosen by an index, and what to expect of them.

    Parameters
    ----------
    predictions
        ``trait``, ``sample`` and ``predicted`` of the candidates; of several environments, the mean over them
        is what is chosen by.
    held_out
        ``trait``, ``repeat``, ``fold``, ``sample``, ``observed`` and ``predicted`` of a cross-validation.
    weights
        By trait, per unit of the trait.
    number, max_kinship
        As of :func:`choose`.
    level
        Nominal coverage of the intervals.
    genotypes
        Reads the candidates; called where relationships are asked for.
    path
        What it reads, for messages.

    Returns
    -------
    selected
        A row per chosen sample, the best first: ``rank``, ``sample``, a column per trait, ``index``, and
        ``kinship`` (mean relationship with the other chosen ones) with a limit.
    response
        A row per trait and for the index: what :func:`expected_response` gives, and with a limit the mean
        relationship with and without it.
    """
    table = index_table(headline(predictions), weights, "predicted")
    among = None if max_kinship is None else _relationships(genotypes(), table.index, path)
    chosen = choose(table["index"].to_numpy(), number, among, max_kinship)
    selected = table.iloc[chosen].reset_index()
    selected.insert(0, "rank", np.arange(1, len(chosen) + 1))
    response = _responses(table, held_out_lines(held_out), weights, chosen, level)
    if among is not None:
        selected["kinship"] = [_mean_to_others(among, chosen, one) for one in chosen]
        free = choose(table["index"].to_numpy(), number)
        response["kinship"] = mean_relationship(among, chosen)
        response["kinship_without_limit"] = mean_relationship(among, free)
        response.loc[response.index[-1], "selected_without_limit"] = table["index"].iloc[free].mean()
        _note_limit(response.iloc[-1])
    return selected, response


def _relationships(genotypes: Genotypes, samples: Iterable[str], path: Path) -> np.ndarray:
    """Genomic relationships of candidates, 0 on average over them."""
    if genotypes.ploidy is None:
        raise UserError(
            "`select.max_kinship` needs genotypes, and the candidates are a table of features.", file=path
        )
    chosen = genotypes.select(genotypes.positions(list(samples)))
    return relationships(np.ascontiguousarray(chosen.dosages), genotypes.ploidy)


def _mean_to_others(among: np.ndarray, chosen: np.ndarray, one: int) -> float:
    """Mean relationship of one chosen sample with the others."""
    others = chosen[chosen != one]
    return float(among[one, others].mean()) if len(others) else 0.0


def _responses(
    table: pd.DataFrame,
    held_out: pd.DataFrame,
    weights: Mapping[str, float],
    chosen: np.ndarray,
    level: float,
) -> pd.DataFrame:
    observed, predicted = (index_table(held_out, weights, name) for name in ("observed", "predicted"))
    rows = []
    for trait in [*weights, "index"]:
        response = expected_response(
            observed[trait].to_numpy(),
            predicted.loc[observed.index, trait].to_numpy(),
            table[trait].to_numpy(),
            chosen,
            level,
        )
        rows.append({"trait": trait, "weight": weights.get(trait, np.nan), **response})
    return pd.DataFrame(rows)


def _note_limit(index: pd.Series[Any]) -> None:
    logging.info(
        "mean relationship %.3f (%.3f without the limit), mean index %.4g (%.4g)",
        *(index["kinship"], index["kinship_without_limit"]),
        *(index["selected"], index["selected_without_limit"]),
    )


def index_table(predictions: pd.DataFrame, weights: Mapping[str, float], column: str) -> pd.DataFrame:
    """The index of each line that has all its traits: the sum of weight times value.

    Parameters
    ----------
    predictions
        ``trait``, ``sample`` and ``column``, a row per line and trait.
    weights
        By trait, per unit of the trait.
    column
        What to weigh.

    Returns
    -------
    DataFrame
        A row per line in the order of their ids: a column per trait, and ``index``.

    Raises
    ------
    UserError
        No line has all traits.
    """
    wide = predictions.pivot(index="sample", columns="trait", values=column)[list(weights)].dropna()
    if wide.empty:
        raise UserError(
            f"no line has a value of every trait of the index ({', '.join(weights)}).",
            remedy="Leave traits out of `select.weights`.",
        )
    wide["index"] = wide.to_numpy() @ np.array(list(weights.values()), float)
    return wide.sort_index()


def choose(
    index: np.ndarray, number: int, relationships: np.ndarray | None = None, limit: float | None = None
) -> np.ndarray:
    """Lines with the largest sum of the index, whose mean relationship stays within a limit.

    Parameters
    ----------
    index
        (m,) value of each line.
    number
        Lines to choose.
    relationships
        (m, m) genomic relationships; needed with a limit.
    limit
        Largest mean relationship among pairs of different chosen lines; None for no limit.

    Returns
    -------
    (number,) int64
        Row numbers, the largest index first.

    Raises
    ------
    UserError
        Fewer lines than to choose, or no set within the limit was found.

    Notes
    -----
    Without a limit the answer is exact. With one the problem is hard (binary and
    quadratic): for a price of relationship, lines are taken one by one and then
    exchanged as long as that pays; the smallest price that keeps the limit is
    found by halving, and the best set met on the way is kept. Where all sets can
    be searched, the mean index is on average within 0.05 standard deviations of
    the best (tests); it is not proved to be the best.
    """
    if not 0 < number <= len(index):
        raise UserError(
            f"{number} lines are to be selected out of {len(index)}.", remedy="Lower `select.number`."
        )
    best = np.argsort(-index, kind="stable")[:number]
    if limit is None or relationships is None or mean_relationship(relationships, best) <= limit:
        return best
    spread = float(np.std(index)) or 1.0
    scale = float(np.std(relationships)) or 1.0
    found: np.ndarray | None = None
    low, high = 0.0, 1.0
    while high < 2.0**40:
        chosen = _at_price(index, relationships, number, high * spread / scale)
        if mean_relationship(relationships, chosen) <= limit:
            found = chosen
            break
        low, high = high, 4 * high
    if found is None:
        least = mean_relationship(relationships, chosen)
        raise UserError(
            f"no {number} lines with a mean relationship of at most {limit:g} were found; the least was "
            f"{least:.3f}.",
            remedy="Raise `select.max_kinship` or select fewer lines.",
        )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        chosen = _at_price(index, relationships, number, middle * spread / scale)
        if mean_relationship(relationships, chosen) <= limit:
            high = middle
            if index[chosen].sum() > index[found].sum():
                found = chosen
        else:
            low = middle
    return found[np.argsort(-index[found], kind="stable")]


def mean_relationship(relationships: np.ndarray, lines: np.ndarray) -> float:
    """Mean over pairs of different lines; 0 of a single one."""
    part = relationships[np.ix_(lines, lines)]
    pairs = len(lines) * (len(lines) - 1)
    return float((part.sum() - np.trace(part)) / pairs) if pairs else 0.0


def held_out_lines(predictions: pd.DataFrame) -> pd.DataFrame:
    """Samples of a cross-validation, each once, their predictions taken from the mean of their fold.

    Of several environments, values are taken from the mean of the environment as well, so that a sample is
    not judged by where it was grown.

    The mean of the training lines moves against that of the test lines, so that predictions of all folds
    together have a slope of their own; and a line is one line, however many repeats predict it.

    Parameters
    ----------
    predictions
        ``trait``, ``repeat``, ``fold``, ``sample``, ``observed`` and ``predicted``.

    Returns
    -------
    DataFrame
        ``trait``, ``sample``, ``observed``, and ``predicted``, the mean over repeats of prediction minus mean
        prediction of the fold.
    """
    keys, several = ["trait", "repeat", "fold"], False
    if "environment" in predictions:
        several = bool(predictions["environment"].notna().any())
    if several:
        keys.append("environment")
    means = predictions.groupby(keys)["predicted"].transform("mean")
    table = predictions.assign(predicted=predictions["predicted"] - means)
    if several:
        table["observed"] -= table.groupby(["trait", "environment"])["observed"].transform("mean")
    return table.groupby(["trait", "sample"], as_index=False)[["observed", "predicted"]].mean()


def expected_response(
    observed: np.ndarray, predicted: np.ndarray, candidates: np.ndarray, chosen: np.ndarray, level: float
) -> dict[str, float]:
    """How much the selected lines are expected to differ from all candidates, with an interval.

    Phenotypes of lines that were held out are regressed on their predictions; the
    slope turns the difference between predictions into one between phenotypes, and
    takes back what predictions exaggerate. The interval is that of the mean
    phenotype of the selected lines minus that of all candidates, measured as
    those held out: it holds the error of the slope and the chance of so many lines.

    Parameters
    ----------
    observed, predicted
        (k,) of lines that were held out (:func:`held_out_lines`).
    candidates
        (m,) predictions of all candidates.
    chosen
        Row numbers of those selected.
    level
        Nominal coverage, in (0, 1).

    Returns
    -------
    dict
        ``mean`` and ``selected`` (predictions of all and of the selected), ``difference``, ``slope``,
        ``expected`` (slope times difference), ``lower``, ``upper``.
    """
    centred = predicted - predicted.mean()
    squares, k = float(centred @ centred), len(predicted)
    difference = float(candidates[chosen].mean() - candidates.mean())
    told = {"mean": float(candidates.mean()), "selected": float(candidates[chosen].mean())}
    if k < 3 or squares <= 0:
        unknown = dict.fromkeys(("slope", "expected", "lower", "upper"), np.nan)
        return {**told, "difference": difference, **unknown}
    slope = float(centred @ observed) / squares
    residuals = observed - observed.mean() - slope * centred
    variance = float(residuals @ residuals) / (k - 2)
    chance = variance * (1 / len(chosen) - 1 / len(candidates))
    width = float(student.ppf((1 + level) / 2, k - 2)) * (variance / squares * difference**2 + chance) ** 0.5
    expected = slope * difference
    return {
        **told,
        "difference": difference,
        "slope": slope,
        "expected": expected,
        "lower": expected - width,
        "upper": expected + width,
    }


def _at_price(index: np.ndarray, relationships: np.ndarray, number: int, price: float) -> np.ndarray:
    """Lines with a large sum of the index minus price times their mean relationship, by exchanges."""
    # Every ordered pair of chosen lines costs as much.
    cost = price / max(number - 1, 1) * relationships
    shared, chosen = np.zeros(len(index)), np.zeros(len(index), bool)
    for _ in range(number):
        gain = np.where(chosen, -np.inf, index - 2 * shared)
        taken = int(gain.argmax())
        chosen[taken] = True
        shared += cost[taken]
    for _ in range(10 * number):
        value = index - 2 * shared
        inside, outside = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        if not len(outside):
            break
        # Taking j in place of i: the pair of the two is no longer counted; a line is no relative of its own.
        change = value[outside][None, :] - value[inside][:, None] + 2 * cost[np.ix_(inside, outside)]
        change -= 2 * np.diagonal(cost)[inside][:, None]
        leaves, joins = np.unravel_index(int(change.argmax()), change.shape)
        if change[leaves, joins] <= 1e-12 * max(float(np.abs(index).max()), 1e-300):
            break
        old, new = inside[leaves], outside[joins]
        chosen[[old, new]] = False, True
        shared += cost[new] - cost[old]
    return np.flatnonzero(chosen)
