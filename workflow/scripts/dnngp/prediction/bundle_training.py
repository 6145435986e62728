"""A method fitted on all samples with a phenotype, as a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.seeds import seed
from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.fold_records import FoldRecords
from dnngp.evaluation.tuning import tune as tune_on
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.registry import METHODS, create
from dnngp.prediction.bundle import Bundle, BundleFit


def train(
    genotypes: Genotypes,
    phenotype: pd.Series,
    *,
    method: str,
    encoding: Mapping[str, Any],
    params: Mapping[str, Any],
    maf: float,
    names: tuple[object, ...],
    mac: int = 0,
    groups: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
    environments: Environments | None = None,
    trait: TraitType = CONTINUOUS,
    lower: Sequence[str] = (),
    weights: WeightsByRecord | None = None,
    tune: int = 1,
    errors: Mapping[str, np.ndarray] | None = None,
    about: Mapping[str, Any] | None = None,
) -> Bundle:
    """Fit a method on all records.

    Parameters
    ----------
    genotypes, phenotype, method, encoding, params, maf, mac, names, groups, covariates, environments, trait,
    weights, tune
        As in :func:`dnngp.evaluation.evaluate.evaluate`; samples without a phenotype are left out, and groups
        where one of the others has none.
    lower
        Stored with the bundle, which ranks by it.
    errors
        Of these samples while they were held out (:func:`dnngp.prediction.held_out.errors_by_environment`).
    about
        Stored with the bundle.
    """
    entry, y = METHODS[method], phenotype.dropna()
    levels = ["sample"] if environments is None else ["sample", "environment"]
    keys = pd.DataFrame(y.index.to_list(), columns=levels)
    records = FoldRecords.of(keys, environments)
    rows = genotypes.positions(records.samples)
    training = TrainingSet(
        Population(genotypes, maf, mac),
        rows,
        _groups(groups, records.sample_ids),
        covariates.reindex(genotypes.samples) if covariates is not None and entry.covariates else None,
        records.sample,
        records.environment,
        environments,
        records.ids,
        weights=None if weights is None else weights.of(records.keys),
        trait=trait,
    )
    values, number, chosen = y.loc[records.keys].to_numpy(float), seed(*names), dict(params)
    if tune > 1:
        chosen |= tune_on(entry, params, encoding, training, values, tune, number).params
    model = create(method, chosen, number, encoding, environments is not None, trait)
    model.fit(training, values)
    fitted = model.fits_of(training)
    varying = [_varying(genotypes, part.rows, maf, mac) for _, part, _ in fitted]
    markers = np.any(varying, axis=0)
    stored = genotypes.select(rows, np.flatnonzero(markers))
    fits = [
        _fit(environment, part, one, stored, own[markers])
        for (environment, part, one), own in zip(fitted, varying, strict=True)
    ]
    return Bundle(
        method=method,
        encoding=dict(encoding),
        params=chosen,
        seed=number,
        fits=fits,
        markers=stored.variants[VARIANT_COLUMNS],
        ploidy=genotypes.ploidy,
        samples=records.samples,
        training=stored if any(one.form == "kernel" for fit in fits for one in fit.fitted) else None,
        errors=errors or {},
        environments=environments,
        trait=trait,
        lower=lower,
        frequencies=None
        if genotypes.ploidy is None
        else count_genotypes(stored.dosages, genotypes.ploidy).frequencies(genotypes.ploidy),
        about=dict(about or {}),
    )


def _groups(groups: pd.Series | None, samples: Sequence[str]) -> list[object] | None:
    if groups is None or (of_samples := groups.reindex(list(samples))).isna().any():
        return None
    return list(of_samples)


def _varying(genotypes: Genotypes, rows: np.ndarray, maf: float, mac: int) -> np.ndarray:
    """(P,) bool: markers that vary among training samples.

    Raises
    ------
    UserError
        None does.
    """
    kept: np.ndarray = MarkerFilter(maf, genotypes.ploidy, mac).fit(genotypes.dosages[:, rows].T).kept_
    if not kept.any():
        raise UserError(
            f"none of {len(kept)} markers varies among the {len(rows)} training samples.",
            remedy="Lower `qc.maf` and `qc.mac`, and check genotypes and `ploidy` of the dataset.",
        )
    return kept


def _fit(
    environment: str | None, training: TrainingSet, model: Any, stored: Genotypes, markers: np.ndarray
) -> BundleFit:
    samples = training.population.genotypes.samples[training.rows]
    return BundleFit(
        environment=environment,
        model=model,
        fitted=[one for one in training.fitted.values() if isinstance(one, FittedEncoding)],
        samples=stored.positions(samples),
        markers=markers,
        fixed=None if training.fixed is None else training.fixed.shape[1],
    )
