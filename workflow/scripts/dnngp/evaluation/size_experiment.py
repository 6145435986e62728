"""Accuracy and cost of a method at one number of training lines and markers.

Within a fold only the size changes: the test lines stay, and the training lines
and markers of a smaller size lie inside those of every larger one
(:mod:`dnngp.genotypes.subsets`). A fold is evaluated on its own lines and markers alone, so
that its cost is that of a dataset of this size.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.summaries import over_environments
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.subsets import first_lines
from dnngp.validation.main_scores import with_main_scores

log = logging.getLogger(__name__)

#: First columns of a table of sizes.
COLUMNS = ["n", "p", "repeat", "fold", "pearson", "cpu_s", "wall_s", "peak_mb", "status", "message"]


@dataclass
class SizeEvaluation:
    """As :class:`dnngp.evaluation.evaluate.Evaluation`; ``folds`` have n, p and their cost as well."""

    folds: pd.DataFrame
    seeds: dict[str, int]


def size_of(text: str) -> int | None:
    """A number of samples or markers as a path has it; None for ``all``."""
    return None if text == "all" else int(text)


def evaluate_size(
    genotypes: Genotypes,
    phenotype: pd.Series,
    splits: pd.DataFrame,
    repeat: int,
    *,
    lines: int | None,
    markers: int | None,
    ranks: np.ndarray,
    most_folds: int | None = None,
    names: tuple[object, ...],
    **options: Any,
) -> SizeEvaluation:
    """Evaluate one method at one size over the folds of a repeat.

    Parameters
    ----------
    genotypes, phenotype
        As for :func:`dnngp.evaluation.evaluate.evaluate`.
    splits
        The folds of all repeats: what every fold can give decides what ``lines`` None means.
    repeat
        Number of the repeat.
    lines
        Training lines of each fold; None takes as many as the smallest fold of ``splits`` has. Lines are
        taken in the order of the digest of ``names``, repeat and id.
    markers
        Markers before the filters of the fold; None takes all.
    ranks
        (p,) the place of each marker in the order that markers are taken in.
    most_folds
        How many folds of the repeat to evaluate, the first ones; None evaluates all.
    names
        Hashed into the order of the lines and the seed of each fit.
    options
        Further keyword arguments of :func:`dnngp.evaluation.evaluate.evaluate`.

    Returns
    -------
    SizeEvaluation
        With status ``unavailable`` and no accuracy in every fold when the dataset has fewer lines or markers
        than asked for.
    """
    trained = splits[splits["role"] == "train"].groupby(["repeat", "fold"])["sample"]
    smallest = int(trained.nunique().min())
    n, p = lines or smallest, markers or genotypes.n_variants
    part = splits[splits["repeat"] == repeat]
    numbers = sorted(part["fold"].unique())[:most_folds]
    lacking = []
    if n > smallest:
        lacking.append(f"{n} training lines asked for, {smallest} in the smallest fold")
    if p > genotypes.n_variants:
        lacking.append(f"{p} markers asked for, {genotypes.n_variants} after quality control")
    if lacking:
        log.warning("unavailable: %s", "; ".join(lacking))
        row = {"n": n, "p": p, "repeat": repeat, "status": "unavailable", "message": "; ".join(lacking)}
        return SizeEvaluation(
            pd.DataFrame([row | {"fold": fold} for fold in numbers]).reindex(columns=COLUMNS), {}
        )
    chosen = np.flatnonzero(ranks < p)
    tables: list[pd.DataFrame] = []
    seeds: dict[str, int] = {}
    for number in numbers:
        fold = part[part["fold"] == number]
        known = fold.loc[fold["role"] == "train", "sample"].drop_duplicates()
        train = first_lines(known.tolist(), n, *names, repeat)
        fold = fold[(fold["role"] == "test") | fold["sample"].isin(train)]
        result = evaluate(
            genotypes.select(np.isin(genotypes.samples, fold["sample"]), chosen),
            phenotype,
            fold,
            names=names,
            **options,
        )
        cost = result.timing[result.timing["stage"] != "import"]
        tables.append(
            with_main_scores(over_environments(result.folds)).assign(
                n=n,
                p=p,
                cpu_s=cost["cpu_s"].sum(),
                wall_s=cost["wall_s"].sum(),
                peak_mb=cost["peak_mb"].max(),
            )
        )
        seeds |= result.seeds
    table = pd.concat(tables, ignore_index=True)
    return SizeEvaluation(table.reindex(columns=list(dict.fromkeys([*COLUMNS, *table.columns]))), seeds)
