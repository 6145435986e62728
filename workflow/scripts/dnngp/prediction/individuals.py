"""Individuals of a pedigree without a phenotype, genotyped or not, predicted from those that have one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from dnngp.base.errors import UserError
from dnngp.base.seeds import seed
from dnngp.encodings.encoding import chosen
from dnngp.encodings.omics import EncodingEntries
from dnngp.encodings.samples.population import Population, Source
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.harmonise import OUTCOMES
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.registry import create
from dnngp.prediction.bundle import COLUMNS, classes_of, ranked


def predict_individuals(
    genotypes: Genotypes,
    layer: Source,
    phenotype: pd.DataFrame,
    *,
    method: str,
    encoding: EncodingEntries,
    params: Mapping[str, Any],
    maf: float,
    mac: int,
    names: tuple[object, ...],
    level: float,
    errors: np.ndarray | None,
    errors_known: bool = False,
    covariates: pd.DataFrame | None = None,
    trait: TraitType = CONTINUOUS,
    rising: bool = False,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Fit on all samples of a pedigree that have a value, and predict its other individuals.

    Parameters
    ----------
    genotypes
        Of all genotyped samples.
    layer
        Relationships of all individuals.
    phenotype
        ``sample``, ``value`` and perhaps a weight, of samples with and without genotypes.
    method, encoding, params, maf, mac, names, covariates, trait
        As in :func:`dnngp.evaluation.evaluate.evaluate`.
    level, errors
        Nominal coverage of the intervals; (k,) observed minus predicted of samples while they were held out.
    errors_known
        Whether weights are reciprocals of error variances.
    rising
        Whether the lowest prediction is ranked first.

    Returns
    -------
    predictions
        As of :meth:`dnngp.prediction.bundle.Bundle.predict`.
    counts
        ``samples`` trained on, and ``markers`` that the method read.

    Raises
    ------
    UserError
        Every individual has a value.
    """
    ids = layer.genotypes.samples
    known = phenotype[phenotype["value"].notna() & phenotype["sample"].isin(ids)]
    if not (wanted := ~np.isin(ids, known["sample"].to_numpy(str))).any():
        raise UserError("every individual of the pedigree has a value: there is none left to predict.")
    everyone = genotypes.at_lines(ids)
    values, weights = values_by_key(known), WeightsByRecord.read(known, errors_known)
    trained = sorted(known["sample"])
    training = TrainingSet(
        Population(everyone, maf, mac, {layer.name: layer}),
        everyone.positions(trained),
        covariates=None if covariates is None else covariates.reindex(ids),
        weights=None if weights is None else weights.of(trained),
        trait=trait,
    )
    # The number of threads changes the rounding of sums.
    with threadpool_limits(1):
        model = create(method, params, seed(*names), encoding, trait=trait)
        model.fit(training, values.loc[trained].to_numpy(float))
        prediction = model.predict(training.records(np.flatnonzero(wanted)))
    if not np.isfinite(prediction.mean).all():
        raise ArithmeticError("some predictions are not finite numbers")
    candidates = pd.DataFrame({"sample": ids[wanted], "trained_on": False})
    candidates["markers_found"] = 1 - is_missing(everyone.dosages[:, wanted]).mean(axis=0)
    table = ranked(candidates, prediction, errors, level, trait.classes, rising)
    by_markers = training.fitted.get((chosen(encoding)[:1], "kernel")) if len(chosen(encoding)) > 1 else None
    counts = {"samples": len(trained), "markers": 0 if by_markers is None else by_markers.n_features}
    return table[[*COLUMNS, *classes_of(table)]], counts


def matched(markers: int) -> dict[str, float]:
    """A row on the markers of candidates that are samples of the dataset: all are the same."""
    outcomes = dict.fromkeys(OUTCOMES, 0) | {"same": markers}
    return {"markers": markers, **outcomes, "ambiguous": 0, "unknown": 0, "coverage": 1.0}
