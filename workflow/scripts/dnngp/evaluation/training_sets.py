"""Whether a chosen training set predicts better than a random one, on the folds of a dataset.

In every fold the training lines of the fold are the candidates and its test lines the targets: so many
candidates are chosen by a design, the others are left out, and the test lines are predicted. The designs read
genotypes of the test lines (transductive) and, for lambda, the phenotypes of the candidates; test phenotypes
are used only for scoring. Designs are compared with random sets of the same size on the same test lines.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.seeds import digest
from dnngp.base.tables import concatenated
from dnngp.evaluation.evaluate import Evaluation, evaluate
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import clusters_of, relationship_matrix
from dnngp.genotypes.subsets import first_lines, stratified_lines
from dnngp.methods.mixed.kernel_fit import variances_of
from dnngp.methods.mixed.training_design import CRITERIA, Targets, choose_training
from dnngp.methods.registry import METHODS
from dnngp.validation.comparison import comparisons

log = logging.getLogger(__name__)

#: The design that others are compared with, and the method that is trained.
RANDOM, METHOD = "random", "gblup"

FOLDS = [
    *("n", "design", "repeat", "fold", "pearson", "cdmean", "pevmean", "h2", "lambda", "n_candidates"),
    *("n_test", "split", "choice_cpu_s", "status", "message"),
]
_COMPARED = ["difference", "se", "lower", "upper", "p", "p_adjusted", "verdict", "message"]
COLUMNS = [
    *("dataset", "trait", "model", "design", "n", "folds", "pearson", "cdmean", "pevmean", "status"),
    *_COMPARED,
]


@dataclass
class DesignEvaluation:
    """``folds`` has :data:`FOLDS`, a row per fold, size and design; ``ledger`` what every step saw."""

    folds: pd.DataFrame
    ledger: pd.DataFrame


@dataclass(frozen=True)
class _Fold:
    """What a design may look at: relationships, ids of candidates and targets, clusters of candidates."""

    targets: Targets
    candidates: np.ndarray
    train: list[str]
    test: list[str]
    clusters: np.ndarray
    h2: float

    @classmethod
    def of(
        cls,
        genotypes: Genotypes,
        kernel: np.ndarray,
        phenotype: pd.Series,
        fold: pd.DataFrame,
        clusters: int,
    ) -> _Fold:
        """Of the rows of a fold; lambda is by REML on the candidates."""
        train, test = (sorted(fold.loc[fold["role"] == role, "sample"]) for role in ("train", "test"))
        candidates = genotypes.positions(train)
        among = kernel[np.ix_(candidates, candidates)]
        _, _, variances = variances_of(among, phenotype.loc[train].to_numpy(float))
        targets = Targets(kernel, variances.ratio, genotypes.positions(test))
        groups = clusters_of(np.array(train), among, clusters)
        return cls(targets, candidates, train, test, groups, variances.h2)

    @property
    def about(self) -> dict[str, Any]:
        """Columns that are the same for every set of the fold."""
        return {
            **{"split": digest(*self.train, "test", *self.test)[:12], "h2": self.h2},
            **{"lambda": self.targets.ratio, "n_test": len(self.test), "n_candidates": len(self.train)},
        }

    def ledger_of(self, design: str, phenotype: pd.Series) -> pd.DataFrame:
        """What a design was handed of the lines."""
        book = ledger.Ledger(self.train, self.test, phenotype.to_dict())
        with ledger.recording(book):
            if design in CRITERIA:
                y = phenotype.loc[self.train].to_numpy(float)
                ledger.saw("lambda for the choice of training lines", self.train, y)
                ledger.saw("choice of training lines", [*self.train, *self.test])
            elif design != RANDOM:
                ledger.saw("clusters of training lines", self.train)
        return book.table()

    def choose(self, design: str, n: int, *names: object) -> list[str]:
        if design in CRITERIA:
            rows = choose_training(self.targets, self.candidates, n, criterion=design)
            place = dict(zip(self.candidates.tolist(), self.train, strict=True))
            return [place[row] for row in rows.tolist()]
        if design == RANDOM:
            return first_lines(self.train, n, *names)
        return stratified_lines(self.train, self.clusters.tolist(), n, *names)


def evaluate_designs(
    genotypes: Genotypes,
    phenotype: pd.Series,
    splits: pd.DataFrame,
    *,
    numbers: Sequence[int],
    designs: Sequence[str],
    clusters: int,
    names: tuple[object, ...],
    **options: Any,
) -> DesignEvaluation:
    """Evaluate every design at every size over the folds of ``splits``.

    Parameters
    ----------
    genotypes, phenotype, splits, names, options
        As for :func:`dnngp.evaluation.evaluate.evaluate`.
    numbers
        Training lines to choose, each fewer than the smallest fold has; larger ones are left out with the
        status ``unavailable``.
    designs
        Keys of :data:`dnngp.methods.mixed.training_design.CRITERIA`, ``stratified``, :data:`RANDOM`.
    clusters
        Clusters of the candidates of a fold, for ``stratified``.
    """
    kernel = relationship_matrix(genotypes)
    rows: list[dict[str, Any]] = []
    books = [pd.DataFrame(columns=[*ledger.COLUMNS, "model"])]
    for (repeat, number), fold in splits.groupby(["repeat", "fold"], sort=True):
        within = _Fold.of(genotypes, kernel, phenotype, fold, clusters)
        place = {"repeat": repeat, "fold": number, **within.about}
        for n, design in product(numbers, designs):
            row = place | {"n": n, "design": design}
            if lacking := _lacking(n, len(within.train), within.targets.ratio):
                rows.append(row | {"status": "unavailable", "message": lacking})
                continue
            start = time.process_time()
            chosen = within.choose(design, n, *names, repeat)
            row["choice_cpu_s"] = time.process_time() - start
            result = _evaluated(genotypes, phenotype, fold, chosen, (*names, design, n), options)
            steps = pd.concat([within.ledger_of(design, phenotype), result.ledger])
            books.append(steps.assign(model=f"{METHOD}: {design}"))
            of_fold = result.folds.iloc[0]
            found = {name: of_fold[name] for name in ("pearson", "status", "message")}
            rows.append(row | within.targets.means(genotypes.positions(chosen)) | found)
        log.info("repeat %s fold %s: %d sets", repeat, number, len(numbers) * len(designs))
    return DesignEvaluation(
        pd.DataFrame(rows).reindex(columns=FOLDS), ledger.combined(concatenated(books), ["model"])
    )


def _evaluated(
    genotypes: Genotypes,
    phenotype: pd.Series,
    fold: pd.DataFrame,
    chosen: Sequence[str],
    names: tuple[object, ...],
    options: Mapping[str, Any],
) -> Evaluation:
    """GBLUP of a fold, trained on the chosen lines alone."""
    kept = fold[(fold["role"] == "test") | fold["sample"].isin(chosen)]
    return evaluate(
        genotypes.select(np.isin(genotypes.samples, kept["sample"])),
        phenotype,
        kept,
        method=METHOD,
        encoding=METHODS[METHOD].default_encoding,
        params={},
        names=names,
        **options,
    )


def _lacking(n: int, trained: int, ratio: float) -> str:
    """Why a set cannot be chosen; empty if it can."""
    if n >= trained:
        return f"{n} training lines to be chosen out of {trained}"
    return "" if np.isfinite(ratio) else "REML finds no variances: phenotypes or markers do not vary"


def design_table(folds: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Every design against random sets of its size.

    Parameters
    ----------
    folds
        Tables of :func:`evaluate_designs` with dataset and trait.
    margin
        Differences of r within it are of no practical interest.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: means over folds, and the difference to random sets with the interval of the
        corrected resampled t-test (:func:`dnngp.validation.comparison.comparisons`); ``p_adjusted`` among
        the designs of a size.
    """
    folds = folds[folds["status"] != "unavailable"]
    # What folds share is what their candidates share; sets of few of them share less.
    cell = folds.rename(columns={"design": "model", "n_candidates": "n_train"})
    cell = cell.assign(species="", scheme=folds["n"])
    compared = comparisons(cell, [RANDOM], margin).rename(columns={"model": "design", "scheme": "n"})
    keys = ["dataset", "trait", "design", "n"]
    means = folds.groupby(keys, sort=False).agg(
        folds=("status", "size"),
        pearson=("pearson", lambda values: values.mean(skipna=False)),
        cdmean=("cdmean", "mean"),
        pevmean=("pevmean", "mean"),
        status=("status", lambda values: "ok" if (values == "ok").all() else "failed"),
    )
    table = means.reset_index().merge(compared[[*keys, *_COMPARED]], how="left", on=keys)
    table.loc[table["design"] == RANDOM, "verdict"] = "reference"
    table = table.assign(model=METHOD)[COLUMNS]
    return table.sort_values(["dataset", "trait", "n"], kind="stable", ignore_index=True)
