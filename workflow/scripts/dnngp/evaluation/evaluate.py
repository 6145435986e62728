"""One method on one table of folds: fit on training lines, predict test lines, time both.

Whatever is fitted - imputation means, marker filter, principal components,
scaling, stopping epoch, the method itself - is handed the training rows alone;
the phenotypes of the test lines meet their predictions only in the scores.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.errors import UserError
from dnngp.base.seeds import digest, seed
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.base.timing import Clock
from dnngp.encodings.encoding import chosen as chosen_encodings
from dnngp.encodings.omics import EncodingEntries, each
from dnngp.encodings.samples.environment_covariates import Environments, record_id
from dnngp.encodings.samples.fitting import FORMS
from dnngp.encodings.samples.population import Population, Source
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.fit_outcome import HISTORY, Attempt, all_finite, attempt, stacked
from dnngp.evaluation.fold_records import FoldRecords, RecordLedger, ValuesOfFolds, groups_in
from dnngp.evaluation.marker_blocks import PreparedBlocks
from dnngp.evaluation.tuning import tune as tune_on
from dnngp.genotypes.records import OVERALL
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.registry import METHODS, create, fits_covariates
from dnngp.methods.regressor import COMPONENTS as VARIANCES
from dnngp.validation.draws import SMALLEST_TEST
from dnngp.validation.main_scores import main_of, told
from dnngp.validation.metrics import METRICS
from dnngp.validation.scores import scores_of

log = logging.getLogger(__name__)

FOLDS = [
    "repeat",
    "fold",
    "environment",
    "status",
    "message",
    "n_train",
    "n_test",
    "n_features",
    "seed",
    "split",
]
#: Environment, number of test records, scores.
Scored = tuple[str | None, int, dict[str, float]]

#: Columns of the variances of fits.
COMPONENTS = ["repeat", "fold", *VARIANCES]

PREDICTIONS = ["repeat", "fold", "sample", "environment", "observed", "predicted", "reliability", "spread"]

#: Of records with weights.
WEIGHTED_PREDICTIONS = [*PREDICTIONS[:5], "weight", *PREDICTIONS[5:]]


@dataclass
class Evaluation:
    """Tidy tables of one evaluation.

    ``predictions`` has a row per test line (``reliability``, and the ``spread`` of
    the members of an ensemble, are missing where the method knows none), ``folds`` one per fold (scores,
    status, what the method says of its fit), ``history`` one per training epoch,
    ``components`` one per variance of a mixed model of environments, ``timing`` one
    per fold and stage, ``ledger`` one per fitted step with the lines it saw
    (:mod:`dnngp.base.ledger`). ``seeds`` maps ``r{repeat}f{fold}`` to the seed of that fit.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    history: pd.DataFrame
    components: pd.DataFrame
    timing: pd.DataFrame
    ledger: pd.DataFrame
    seeds: dict[str, int]


def evaluate(
    genotypes: Genotypes,
    phenotype: pd.Series,
    splits: pd.DataFrame,
    *,
    method: str,
    encoding: EncodingEntries,
    params: Mapping[str, Any],
    maf: float,
    names: tuple[object, ...],
    mac: int = 0,
    layers: Mapping[str, Source] | None = None,
    covariates: pd.DataFrame | None = None,
    tune: int = 1,
    environments: Environments | None = None,
    weights: WeightsByRecord | None = None,
    fold_values: ValuesOfFolds | None = None,
    trait: TraitType = CONTINUOUS,
    prepared: PreparedBlocks | None = None,
) -> Evaluation:
    """Evaluate one method over the folds of ``splits``.

    Parameters
    ----------
    genotypes
        All lines of the dataset.
    phenotype
        Trait values (float) indexed by line id, or by line id and environment; matched to ``genotypes`` by
        id.
    splits
        Columns repeat, fold, sample, role (``train`` or ``test``; ``beside`` is trained on as well, where the
        method can), environment where there are several, and perhaps group, which inner folds keep whole.
    method, encoding, params
        A method of the registry, the encoding it reads (of several layers, one each), its parameters.
    maf, mac
        Smallest minor allele frequency, and count, among the training lines of a fold.
    names
        Hashed, with repeat and fold, into the seed of each fit.
    layers
        Layers beside the markers, by name, those that the method reads at least.
    covariates
        Covariates by line id, for methods that fit them as fixed effects.
    tune
        Settings of hyper-parameters to try in each fold (:mod:`dnngp.evaluation.tuning`); 1 takes the
        defaults.
    environments
        Of the records; None where samples have one record each.
    weights
        Of the records; None where all count the same.
    fold_values
        Phenotypes and weights of the training records of each fold, where they are not those of all.
    trait
        What the phenotypes are.
    prepared
        What other jobs have made of the folds, of a method that takes markers in blocks.

    Notes
    -----
    A fit that fails, or predicts anything but finite numbers, gives a row with
    status ``failed`` and its message, and no predictions. Running out of memory
    is not the method's failure: it ends the job, which can be retried with more.
    """
    entry = METHODS[method]
    if any(one.get("impute") == "none" for one in each(encoding)) and not entry.accepts_missing:
        raise UserError(
            f"`impute: none` leaves missing calls, which the method {method} does not take.",
            remedy="Use mean, mode or knn.",
        )
    if covariates is not None and not fits_covariates(method, params):
        log.warning("the method %s does not see covariates", method)
    value_of = {_record(key): value for key, value in phenotype.items()}
    known = None if covariates is None else covariates.reindex(genotypes.samples)
    clock = Clock()
    with clock.stage("import"):
        create(method, params, 0)
    timing = clock.rows(repeat=pd.NA, fold=pd.NA)
    clock = Clock()
    with clock.stage("encode"):
        population = Population(genotypes, maf, mac, layers)
        if entry.encodings:
            population.check(encoding)
    timing += clock.rows(repeat=pd.NA, fold=pd.NA)

    predictions, folds, ledgers, seeds = [], [], [], {}
    said: dict[str, list[pd.DataFrame]] = {"history": [], "components": []}
    for (repeat, fold), part in splits.groupby(["repeat", "fold"], sort=True):
        place = {"repeat": repeat, "fold": fold}
        drawn, test = (FoldRecords.of(part[part["role"] == role], environments) for role in ("train", "test"))
        train = FoldRecords.of(part[part["role"] != "test"], environments)
        fold_seed = seeds[f"r{repeat}f{fold}"] = seed(*names, repeat, fold)
        own, own_weights = (phenotype, weights) if fold_values is None else fold_values.of(repeat, fold)
        training = TrainingSet(
            population,
            genotypes.positions(train.samples),
            groups_in(part, train),
            known,
            train.sample,
            train.environment,
            environments,
            train.ids,
            weights=None if own_weights is None else own_weights.of(train.keys),
            trait=trait,
        )
        records = training.records(genotypes.positions(test.samples), test.sample, test.environment)
        y, observed = (
            values.loc[one.keys].to_numpy(float) for values, one in ((own, train), (phenotype, test))
        )
        in_fold = value_of
        if fold_values is not None:
            in_fold = value_of | dict(zip(train.ids, y, strict=True))
        book, clock = RecordLedger(train, test, in_fold), Clock()
        model: Any = None
        row: dict[str, Any] = {}
        scored: list[Scored] = [(None, len(test.ids), {})]
        with attempt(book, **place) as outcome:
            if fold_values is not None:
                ledger.saw(fold_values.step, train.ids, y)
            chosen = dict(params)
            if tune > 1:
                with clock.stage("tune"):
                    tuned = tune_on(entry, params, encoding, training, y, tune, fold_seed)
                chosen |= tuned.params
                row = {"settings_tried": tuned.tried, "tuning_r": tuned.score, "tuned": _text(tuned.params)}
            model = create(method, chosen, fold_seed, encoding, environments is not None, trait)
            if prepared is not None:
                model.prepared = prepared.of(repeat, fold, train.ids, y, fold_seed)
            with clock.stage("fit"):
                model.fit(training, y)
            with clock.stage("predict"):
                prediction = model.predict(records)
                predicted = all_finite(prediction.mean, len(test.ids))
        if outcome.succeeded:
            found: dict[str, Any] = {"observed": observed}
            if weights is not None:
                found["weight"] = weights.of(test.keys).values
            found["predicted"] = predicted
            for name in ("reliability", "spread"):
                value = getattr(prediction, name)
                found[name] = np.nan if value is None else value
            found |= prediction.of_each_class(trait.classes)
            tested = pd.DataFrame(
                {**place, "sample": test.sample_ids, "environment": test.environments, **found}
            )
            predictions.append(tested)
            for name, tables in said.items():
                table = getattr(model, f"{name}_")
                if table is not None:
                    tables.append(table.assign(**place))
            row |= model.diagnostics_
            scored = scores(tested, environments, trait.kind)
        about = {"n_features": _features(model, training, encoding), "seed": fold_seed}
        about["split"] = digest("train", *drawn.ids, "test", *test.ids)[:12]
        about |= told(trait.kind, weights is not None)
        for environment, n_test, found in scored:
            sizes = {"n_train": len(train.ids), "n_test": n_test}
            folds.append(
                {**place, "environment": environment, **vars(outcome), **sizes, **about, **found, **row}
            )
        timing += clock.rows(**place)
        ledgers.append(book.table())
        log.info(
            "repeat %s fold %s: %s",
            repeat,
            fold,
            _told(outcome, trait.kind, [found for _, _, found in scored]),
        )
    return Evaluation(
        predictions=stacked(
            predictions,
            [*(PREDICTIONS if weights is None else WEIGHTED_PREDICTIONS), *_class_columns(predictions)],
        ),
        folds=pd.DataFrame(folds) if folds else pd.DataFrame(columns=FOLDS),
        history=stacked(said["history"], HISTORY),
        components=stacked(said["components"], COMPONENTS),
        timing=pd.DataFrame(timing, columns=TIMING),
        ledger=ledger.combined(stacked(ledgers, ledger.COLUMNS)),
        seeds=seeds,
    )


def _class_columns(tables: list[pd.DataFrame]) -> list[str]:
    """Columns that tables of predictions have beside those of all traits."""
    return [str(name) for name in (tables[0] if tables else ()) if name not in WEIGHTED_PREDICTIONS]


def scores(tested: pd.DataFrame, environments: Environments | None, kind: str = "continuous") -> list[Scored]:
    """Name of an environment, records tested of it, and their scores; of one fold of a kind of trait.

    Environments of which it tests fewer than three records are left out: r of two is 1 or -1. Behind them are
    the means over them (:data:`OVERALL`).
    """
    parts: list[tuple[str | None, pd.DataFrame]] = [(None, tested)]
    if environments is not None:
        of_each = ((name, tested[tested["environment"] == name]) for name in environments.names)
        parts = [(name, part) for name, part in of_each if len(part) >= SMALLEST_TEST]
    scored: list[Scored] = [(name, len(part), scores_of(part, kind)) for name, part in parts]
    if environments is not None:
        asked = scores_of(tested, kind)
        means = {name: float(np.mean([found[name] for _, _, found in scored])) for name in asked}
        scored.append((OVERALL, len(tested), means))
    return scored


def _record(key: Any) -> str:
    """Name of the record of a key of the phenotypes."""
    return record_id(*key) if isinstance(key, tuple) else key


def _features(model: Any, training: TrainingSet, encoding: EncodingEntries) -> Any:
    """Markers, features or components that a method saw; missing where it asked for none of this encoding.

    Of fits within environments the most.
    """
    parts = [training] if model is None else [part for _, part, _ in model.fits_of(training)]
    fitted = [part.fitted.get((chosen_encodings(encoding), form)) for part in parts for form in FORMS]
    return max((one.n_features for one in fitted if one is not None), default=pd.NA)


def _told(outcome: Attempt, kind: str, scored: list[dict[str, float]]) -> str:
    """How a fold went, for the log."""
    if not outcome.succeeded:
        return f"failed ({outcome.message})"
    metric = METRICS[main_of(kind)]
    ability = float(np.mean([found.get(metric.name, np.nan) for found in scored]))
    if np.isnan(ability):
        return f"no {metric.heading}, predictions or phenotypes are constant"
    return f"{metric.heading} = {ability:.3f}"


def _text(params: Mapping[str, Any]) -> str:
    """Chosen hyper-parameters in one cell."""
    return ", ".join(f"{key}={value}" for key, value in params.items())
