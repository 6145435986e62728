"""Candidates predicted by the bundles of several traits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table
from dnngp.config.candidate_checks import NAME_A_FILE, NONE_LEFT
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.records import OVERALL, environment_covariates
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle


def read_candidates(path: Path, reading: Mapping[str, Any]) -> Genotypes:
    """Genotypes of candidates: of a file, or those of a dataset, which are a folder."""
    return Genotypes.load(path) if path.is_dir() else read_genotypes(path, Reading(**reading))


def environments_asked(
    bundle: Bundle, names: Sequence[str] | None, path: str | None, reading: Mapping[str, Any] | None = None
) -> Environments | None:
    """Environments to predict samples in, with what is known of those that no record of training is from.

    Parameters
    ----------
    bundle
        The model.
    names
        As of :meth:`Bundle.asked`.
    path
        Table with the covariates of new environments; None: none are known.
    reading
        ``id_column`` and ``missing_values`` of :func:`dnngp.genotypes.records.environment_covariates`.
    """
    known = bundle.environments
    if names is None or known is None or known.covariates is None or path is None:
        return bundle.asked(names)
    new = [name for name in names if name not in known.names]
    kinds = {
        str(name): "number" if pd.api.types.is_numeric_dtype(known.covariates[name]) else "factor"
        for name in known.covariates
    }
    table = environment_covariates(path, kinds, new, **(reading or {}))
    return bundle.asked(names, table.set_index("environment"))


def headline(predictions: pd.DataFrame) -> pd.DataFrame:
    """Of a table of predictions the row that stands for each sample: the mean over environments, if any."""
    if "environment" not in predictions or predictions["environment"].nunique() == 1:
        return predictions
    return predictions[predictions["environment"] == OVERALL]


def predict_candidates(
    bundles: Iterable[Bundle],
    genotypes: Genotypes,
    *,
    path: Path,
    phenotypes: Mapping[str, str],
    min_markers: float,
    min_agreement: float,
    level: float,
    environments: Callable[[Bundle], Environments | None] = lambda bundle: bundle.environments,
    training: Genotypes | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Predictions of every trait, what became of the markers, and the models.

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
    environments
        Where to predict with a bundle (:func:`environments_asked`).
    training
        Genotypes of the training samples; None where there are none beside the bundle.

    Returns
    -------
    predictions
        What :meth:`Bundle.predict` gives, with ``trait`` in front and, where genotypes of the training
        samples are known, the nearest of them behind (:mod:`dnngp.genotypes.relatedness`).
    markers
        A row per trait: counts of markers by what became of them, and the share that the candidates have.
    models
        A row per trait: ``model``, ``scheme``, ``samples``, ``markers`` and ``predictive_ability``.

    Raises
    ------
    UserError
        No sample is without a value, and what matching of markers finds.
    """
    tables, counts, models = [], [], []
    for bundle in bundles:
        trait = bundle.about.get("trait", "")
        candidates = without_value(genotypes, phenotypes[trait]) if phenotypes else genotypes
        if not candidates.n_samples:
            logging.info("%s: every sample has a value, nothing to predict", trait)
            continue
        match = bundle.match(candidates, min_markers, path, min_agreement)
        near = relatives_of(bundle, training)
        table = bundle.predict(candidates, match, level, environments(bundle), near)
        table.insert(0, "trait", trait)
        tables.append(table)
        counts.append({"trait": trait, **match.counts(), "coverage": match.coverage})
        models.append({"trait": trait, **_described(bundle)})
    if not tables:
        raise UserError(NONE_LEFT, remedy=NAME_A_FILE)
    return pd.concat(tables, ignore_index=True), pd.DataFrame(counts), pd.DataFrame(models)


def relatives_of(bundle: Bundle, training: Genotypes | None = None) -> Genotypes | None:
    """The training samples of a bundle at its markers, of which the nearest to each sample is told.

    Its own or, where it has none, those in ``training``; None where neither has them.
    """
    if bundle.training is not None or training is None:
        return bundle.training
    return bundle.training_among(training)


def _described(bundle: Bundle) -> dict[str, Any]:
    about = bundle.about
    return {
        "model": about.get("model", bundle.method),
        "scheme": about.get("scheme", ""),
        "samples": len(bundle.samples),
        "markers": len(bundle.markers),
        "predictive_ability": about.get("predictive_ability"),
    }


def with_true_values(predictions: pd.DataFrame, truth: Mapping[str, Any]) -> pd.DataFrame:
    """Predictions with ``true_value``, from the true genetic values of the traits of a simulated dataset."""
    values = [
        truth[trait]["genetic_values"][sample]
        for trait, sample in zip(predictions["trait"], predictions["sample"], strict=True)
    ]
    return predictions.assign(true_value=values)


def without_value(genotypes: Genotypes, phenotype: str) -> Genotypes:
    """Those samples that a table of phenotypes has no value of."""
    table = read_table(phenotype)
    known = table.loc[table["value"].notna(), "sample"]
    unknown = np.setdiff1d(table["sample"], known)
    return genotypes.select(np.flatnonzero(np.isin(genotypes.samples, unknown)))
