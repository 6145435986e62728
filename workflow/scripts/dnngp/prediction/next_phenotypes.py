"""Whom to phenotype next: candidates whose phenotypes would tell most of all, or of some."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.genotypes.grm import relationships, side_by_side
from dnngp.genotypes.harmonise import at_markers
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import clusters_of
from dnngp.genotypes.subsets import first_lines, stratified_lines
from dnngp.genotypes.user_lists import match_samples
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.training_design import CRITERIA, Targets, choose_training
from dnngp.prediction.bundle import Bundle
from dnngp.prediction.candidates import relatives_of

#: Random sets that the chosen one is compared with.
RANDOM_SETS = 100

#: Below this heritability nothing is to be learned of lines by their relatives.
LEAST_H2 = 1e-3

CHOSEN = ["rank", "sample", "cluster", "determination", "determination_then"]
DESIGNS = [
    *("design", "samples", "cdmean", "cdmean_low", "cdmean_high", "pevmean", "pevmean_low", "pevmean_high"),
    *("h2", "chosen"),
]


@dataclass(frozen=True)
class Choice:
    """What candidates are chosen by.

    Attributes
    ----------
    samples : (c,) str
        Ids of the candidates.
    known, candidates
        Rows of the phenotyped samples and of the candidates in the kernel.
    of
        The targets.
    clusters : (c,) int
        Of the candidates.
    h2
        Heritability of a record.
    """

    samples: np.ndarray
    known: np.ndarray
    candidates: np.ndarray
    of: Targets
    clusters: np.ndarray
    h2: float

    def choose(self, design: str, number: int) -> np.ndarray:
        """Rows (number,) of the candidates that a design takes; numbered names are random sets."""
        if design in CRITERIA:
            return choose_training(self.of, self.candidates, number, known=self.known, criterion=design)
        ids = self.samples.tolist()
        if design == "stratified":
            chosen = stratified_lines(ids, self.clusters.tolist(), number, "phenotype next")
        else:
            chosen = first_lines(ids, number, "phenotype next", design)
        place = dict(zip(ids, self.candidates.tolist(), strict=True))
        return np.array([place[id] for id in chosen])

    def means(self, chosen: np.ndarray) -> dict[str, float]:
        """Both criteria once some candidates are phenotyped, the genetic variance of the known lines as 1."""
        found = self.of.means([*self.known, *chosen])
        return found | {
            "pevmean": found["pevmean"] / spread_of(self.of.kernel[np.ix_(self.known, self.known)])
        }


def choice_of(
    bundle: Bundle,
    candidates: Genotypes,
    training: Genotypes,
    options: Mapping[str, Any],
    *,
    heritability: Mapping[str, Any],
    path: Path,
    min_markers: float,
    min_agreement: float,
) -> Choice:
    """The candidates at the markers of a bundle, beside its training samples.

    Parameters
    ----------
    bundle
        Fitted on the samples with a phenotype.
    candidates
        As read; training samples among them are left out.
    training
        Genotypes of the dataset.
    options
        ``number``, ``criterion``, ``targets``, ``h2`` and ``clusters`` of the configuration.
    heritability
        ``h2`` and ``lambda`` by REML, ``trait``.
    path
        Where the candidates were read from, for messages.
    min_markers, min_agreement
        As of :meth:`dnngp.prediction.bundle.Bundle.match`.

    Raises
    ------
    UserError
        Features, too few candidates or targets, no heritability, and what matching of markers finds.
    """
    known = relatives_of(bundle, training)
    if known is None or bundle.ploidy is None:
        raise UserError("`phenotype_next` needs genotypes, and these are a table of features.", file=path)
    match = bundle.match(candidates, min_markers, path, min_agreement)
    new = np.flatnonzero(~np.isin(candidates.samples, known.samples))
    lines = at_markers(candidates.select(new), bundle.markers, match, bundle.ploidy)
    _refuse_few(options["number"], len(new), path)
    there = np.flatnonzero(match.row >= 0)
    kernel = relationships(side_by_side([known.dosages[there], lines.dosages[there]]), bundle.ploidy)
    n, c = known.n_samples, lines.n_samples
    rows, others = np.arange(n), np.arange(n, n + c)
    listed = (
        np.ones(c, bool) if options["targets"] is None else match_samples(options["targets"], lines.samples)
    )
    if listed.sum() < 2:
        raise UserError(
            "one target has nothing to differ from.",
            file=options["targets"] or path,
            remedy="List two candidates or more.",
        )
    h2, ratio = _variances(options["h2"], heritability)
    scale = spread_of(kernel[np.ix_(rows, rows)])
    return Choice(
        samples=lines.samples,
        known=rows,
        candidates=others,
        of=Targets(kernel, ratio * scale, others[listed]),
        clusters=clusters_of(lines.samples, kernel[np.ix_(others, others)], options["clusters"]),
        h2=h2,
    )


def _refuse_few(number: int, candidates: int, path: Path) -> None:
    if number > candidates:
        raise UserError(
            f"{number} of {candidates} candidates without a phenotype are to be phenotyped next.",
            file=path,
            remedy="Lower `phenotype_next.number`.",
        )


def _variances(asked: float | None, heritability: Mapping[str, Any]) -> tuple[float, float]:
    """Heritability and lambda, of a genetic variance of 1 among the phenotyped samples."""
    if asked is not None:
        return asked, (1 - asked) / asked
    h2 = float(heritability["h2"])
    if not h2 > LEAST_H2:
        raise UserError(
            f"REML finds no heritability of {heritability['trait']} ({h2:.3g}) to choose candidates by.",
            remedy="Say what it is: `phenotype_next.h2`.",
        )
    return h2, float(heritability["lambda"])


def phenotype_next(choice: Choice, number: int, criterion: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The candidates to phenotype next, and what other choices would give.

    Parameters
    ----------
    choice
        The candidates.
    number, criterion
        How many to choose, by what.

    Returns
    -------
    chosen, designs
        Columns :data:`CHOSEN` and :data:`DESIGNS`. Of ``stratified`` the order says nothing.
    """
    sets = {design: choice.choose(design, number) for design in (*CRITERIA, "stratified")}
    rows = [{"design": "none", "samples": 0, **choice.means(np.empty(0, np.int64))}]
    rows += [{"design": name, "samples": number, **choice.means(one)} for name, one in sets.items()]
    rows.append({"design": "random", "samples": number, **_random_sets(choice, number)})
    designs = pd.DataFrame(rows).assign(h2=choice.h2)
    designs["chosen"] = np.where(designs["design"] == criterion, "yes", "no")
    _log(designs)
    rows_chosen = sets[criterion]
    among = Targets(choice.of.kernel, choice.of.ratio, choice.candidates)
    places = rows_chosen - choice.candidates[0]
    chosen = pd.DataFrame(
        {
            "rank": np.arange(1, number + 1),
            "sample": choice.samples[places],
            "cluster": choice.clusters[places],
            "determination": among.determination(choice.known)[places],
            "determination_then": among.determination([*choice.known, *rows_chosen])[places],
        }
    )
    return chosen[CHOSEN], designs.reindex(columns=DESIGNS)


def _random_sets(choice: Choice, number: int) -> dict[str, float]:
    """Mean and 95 % range of both criteria over random sets."""
    draws = [choice.means(choice.choose(f"random {draw}", number)) for draw in range(RANDOM_SETS)]
    found: dict[str, float] = {}
    for name in CRITERIA:
        values = [one[name] for one in draws]
        low, high = np.quantile(values, [0.025, 0.975])
        found |= {name: float(np.mean(values)), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def _log(designs: pd.DataFrame) -> None:
    """Say what each design would give."""
    for row in designs.to_dict("records"):
        logging.info("%s: CDmean %.4f, PEVmean %.4f", row["design"], row["cdmean"], row["pevmean"])
