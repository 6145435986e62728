"""Candidates predicted by the bundles of several traits."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle


def read_candidates(path: Path, reading: Mapping[str, Any]) -> Genotypes:
    """Genotypes of candidates: of a file, or those of a dataset, which are a folder."""
    return Genotypes.load(path) if path.is_dir() else read_genotypes(path, Reading(**reading))


def predict_candidates(
    bundles: Iterable[Bundle],
    genotypes: Genotypes,
    *,
    path: Path,
    phenotypes: Mapping[str, str],
    min_markers: float,
    min_agreement: float,
    level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of every trait, and what became of the markers.

    Parameters
    ----------
    bundles
        One a trait.
    genotypes
        Of all candidates.
    path
        Where they were read from, for messages.
    phenotypes
        Paths of the phenotypes by trait, where the samples without a value are the candidates; else empty.
    min_markers, min_agreement
        As of :meth:`Bundle.match`.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    predictions
        What :meth:`Bundle.predict` gives, with ``trait`` in front.
    markers
        A row per trait: counts of markers by what became of them, and the share that the candidates have.

    Raises
    ------
    UserError
        No sample is without a value, and what matching of markers finds.
    """
    tables, counts = [], []
    for bundle in bundles:
        trait = bundle.about["trait"]
        candidates = _without_value(genotypes, phenotypes[trait]) if phenotypes else genotypes
        if not candidates.n_samples:
            logging.info("%s: every sample has a value, nothing to predict", trait)
            continue
        match = bundle.match(candidates, min_markers, path, min_agreement)
        table = bundle.predict(candidates, match, level)
        table.insert(0, "trait", trait)
        tables.append(table)
        counts.append({"trait": trait, **match.counts(), "coverage": match.coverage})
    if not tables:
        raise UserError(
            "every sample has a value of every trait: `candidates: unphenotyped` leaves none to predict.",
            remedy="Name a file of genotypes.",
        )
    return pd.concat(tables, ignore_index=True), pd.DataFrame(counts)


def _without_value(genotypes: Genotypes, phenotype: str) -> Genotypes:
    table = read_table(phenotype)
    unknown = table.loc[table["value"].isna(), "sample"]
    return genotypes.select(np.flatnonzero(np.isin(genotypes.samples, unknown)))
