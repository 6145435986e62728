"""Controls of a run: what must come out whatever the data.

A permuted phenotype that no method can predict; GBLUP and RR-BLUP, which are one
model written in two ways; and the mean, whose error is known beforehand. Each
goes through the same folds, encoders and fits as the results. Methods whose fits take seconds are permuted
on the whole dataset, the others, GBLUP and the mean on a small part of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.lazy import stats
from dnngp.base.seeds import hashed_ranks
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.population import Source
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.evaluate import Evaluation, evaluate
from dnngp.genotypes.records import values_by_sample
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.subsets import first_lines
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.registry import METHODS, members, untaken
from dnngp.validation.scores import is_constant
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

log = logging.getLogger(__name__)

#: Samples and markers a small part has at most, and permutations.
LINES, MARKERS, PERMUTATIONS = 200, 1000, 5

#: Fewer records of an environment than this have no say.
FEWEST = 12

#: Probability of a false alarm in a whole run, and that of catching a leak of the size that is told.
ALARM, POWER = 1e-3, 0.8

#: Parameters that make a fit long, and what they are set to at most: a leak does not need many epochs.
SHORT = {"epochs": 10, "iterations": 400, "burn_in": 100}

MEASURED = ["control", "trait", "model", "samples", "value", "se", "message"]
CONTROLS = [
    *("control", "dataset", "trait", "model", "samples", "value", "bound", "detectable", "status"),
    "message",
]


@dataclass(frozen=True)
class Part:
    """What a control is measured on.

    Attributes
    ----------
    genotypes, layers
        Of these samples, or of more.
    values
        The trait by id, or by id and environment.
    environments
        Of the values; None where samples have one each.
    weights
        Of the values; None where all count the same.
    """

    genotypes: Genotypes
    layers: Mapping[str, Source]
    values: pd.Series
    environments: Environments | None = None
    weights: WeightsByRecord | None = None

    @property
    def lines(self) -> list[str]:
        """Ids of the samples."""
        return list(self.values.index.get_level_values(0).unique())

    def enough(self) -> Part:
        """The environments that have :data:`FEWEST` values; where fewer than two have, means of samples."""
        if self.environments is None:
            return self
        counts = self.values.groupby(level=1).size()
        names = self.environments.names
        numbers = [number for number, name in enumerate(names) if counts.get(name, 0) >= FEWEST]
        if len(numbers) < 2:
            means = values_by_sample(self.values.reset_index())
            return replace(self, values=means, environments=None, weights=None)
        chosen = self.environments.chosen(numbers)
        return replace(
            self, values=self.values[self.values.index.isin(chosen.names, level=1)], environments=chosen
        )

    def small(self, dataset: str) -> Part:
        """At most :data:`LINES` of the samples and :data:`MARKERS` markers, or features of a layer."""
        lines = first_lines(self.lines, LINES, dataset, "control")
        positions = self.genotypes.positions(lines)
        layers = {
            name: layer.select(positions, _spread(layer.genotypes.n_variants))
            for name, layer in self.layers.items()
        }
        small = self.genotypes.select(positions, _spread(self.genotypes.n_variants))
        if self.environments is None:
            return replace(self, genotypes=small, layers=layers, values=self.values.loc[lines])
        values = self.values[self.values.index.isin(lines, level=0)]
        return replace(self, genotypes=small, layers=layers, values=values).enough()

    def permuted(self, *names: object) -> Part:
        """The values handed out anew, by hashed ids; all records of a sample move together.

        Each keeps its weight.
        """
        order = hashed_ranks(self.lines, *names)
        new = dict(zip((self.lines[number] for number in order), self.lines, strict=True))

        def moved(values: pd.Series) -> pd.Series:
            if self.environments is None:
                return pd.Series(values.to_numpy()[order], index=self.lines)
            keys = [(new[sample], environment) for sample, environment in values.index]
            return values.set_axis(pd.MultiIndex.from_tuples(keys)).sort_index()

        weights = self.weights
        if weights is not None:
            weights = replace(weights, values=moved(weights.values.loc[self.values.index]))
        return replace(self, values=moved(self.values), weights=weights)

    def half(self, name: str) -> pd.DataFrame:
        """Folds that train on half of the samples and test the others."""
        samples = self.values.index.get_level_values(0).tolist()
        several = None if self.environments is None else self.values.index.get_level_values(1).tolist()
        units = Units(name, self.lines, samples, environments=several)
        halves = split_table(units, "random" if several is None else "CV1", 2, 1)
        return halves[halves["fold"] == 1]


def measure(
    genotypes: Genotypes,
    phenotypes: Mapping[str, pd.Series],
    models: Mapping[str, Mapping[str, Any]],
    *,
    dataset: str,
    seed: int,
    maf: float = 0.0,
    mac: int = 0,
    layers: Mapping[str, Source] | None = None,
    covariates: pd.DataFrame | None = None,
    records: Mapping[str, pd.Series] | None = None,
    environments: Environments | None = None,
    weights: Mapping[str, WeightsByRecord | None] | None = None,
    trait_types: Mapping[str, TraitType] = MappingProxyType({}),
) -> pd.DataFrame:
    """Measure the controls of one dataset.

    ``permuted phenotype`` is the mean r over :data:`PERMUTATIONS` permutations of
    the phenotypes by hashed ids, which take turns with the traits. In each, half of the samples train and the
    other half is tested, once: the r of two folds of one permutation are correlated (both
    are products of the same two halves), those of different permutations are not. r is that of
    the predictions with the normal scores of the permuted values (:func:`null_correlation`), so that its
    spread is known, whatever the trait looks like, classes as well. Where samples have records in several
    environments, all records of a sample move to another one: environments keep their values, and only the
    tie with the genotypes is cut. r is then the mean over environments, which varies no more than that of
    one.
    ``GBLUP = RR-BLUP`` is the largest difference of their predictions, in standard
    deviations of the phenotypes. ``mean predictor`` is the relative difference of
    its root mean squared error from that of the training mean.

    Parameters
    ----------
    genotypes, phenotypes
        All samples of the dataset; values by id of each trait. Methods that are declared ``cheap`` are
        permuted on all of them, others on a small part (:meth:`Part.small`).
    models
        ``method``, ``encoding``, ``params`` and ``tune`` of each model.
    dataset, seed
        Enter every draw.
    maf, mac, layers, covariates
        As in :func:`dnngp.evaluation.evaluate.evaluate`.
    records, environments
        Of each trait, values by id and environment, and all environments, where there are several;
        ``phenotypes`` has means of samples, on which models that know no environments are compared.
    weights
        Of the records of each trait; None where all count the same.
    trait_types
        What the values of traits are that are not continuous; a model is permuted on those that it predicts.

    Returns
    -------
    DataFrame
        Columns :data:`MEASURED`; ``samples`` are those permuted at most; ``se`` is missing where the bound
        does not depend on it, ``value`` where the control could not be measured.
    """
    wholes, weights = [], weights or {}
    for trait, values in phenotypes.items():
        known = values.loc[genotypes.samples].dropna().sort_index()
        of_trait = weights.get(trait) if records is None else None
        wholes.append(Part(genotypes, layers or {}, known, weights=of_trait))
    of_samples = replace(wholes[0].small(dataset), weights=None)
    if records is not None:
        wholes = [
            Part(
                genotypes, layers or {}, one.dropna().sort_index(), environments, weights.get(trait)
            ).enough()
            for trait, one in records.items()
        ]
    smalls = [whole.small(dataset) for whole in wholes]
    traits = list(phenotypes)

    def run(number: int, part: Part, model: Mapping[str, Any], trait: TraitType = CONTINUOUS) -> Evaluation:
        return evaluate(
            part.genotypes,
            part.values,
            part.half(f"{dataset}|control {number}"),
            **{"params": {}, "tune": 1, **model},
            maf=maf,
            mac=mac,
            layers=part.layers,
            covariates=covariates,
            names=(seed, dataset, "control", number),
            environments=part.environments,
            weights=part.weights,
            trait=trait,
        )

    rows = []
    turn = 0
    for name, model in models.items():
        parts = wholes if METHODS[model["method"]].cheap else smalls
        types = [trait_types.get(trait, CONTINUOUS) for trait in traits]
        can = [
            place
            for place, one in enumerate(types)
            if not untaken(model["method"], model["params"], one)
            and not (one.has_classes and parts[place].environments is None and records is not None)
        ]
        if not can:
            continue
        short = shortened(model["method"], model["params"])
        settings = {**model, "params": short, "tune": min(model["tune"], 2)}
        found, seen = [], []
        log.info("%s on %d permutations of the phenotypes", name, PERMUTATIONS)
        for number in range(1, PERMUTATIONS + 1):
            seen.append(can[turn % len(can)])
            turn += 1
            part = parts[seen[-1]].permuted(dataset, "permutation", number)
            found.append(run(number, part, settings, types[seen[-1]]))
        row = {
            "model": name,
            "trait": ", ".join(traits[one] for one in sorted(set(seen))),
            "samples": max(len(parts[one].lines) for one in seen),
        }
        rows.append(row | _mean_of(found, _told(model, short)))
    permuted = pd.DataFrame(rows).assign(control="permuted phenotype")

    log.info("GBLUP, RR-BLUP and the mean on the phenotypes as they are")
    part = of_samples
    plain = {
        name: run(0, part, {"method": name, "encoding": METHODS[name].default_encoding})
        for name in ("gblup", "rrblup", "mean")
    }
    checks = [
        {"control": control, "model": name, "trait": traits[0], "samples": len(part.values)} | check
        for control, name, check in (
            ("GBLUP = RR-BLUP", "rrblup", _difference(plain["gblup"], plain["rrblup"], part.values)),
            ("mean predictor", "mean", _excess(plain["mean"], part.values)),
        )
    ]
    return pd.concat([permuted, pd.DataFrame(checks)], ignore_index=True).reindex(columns=MEASURED)


def null_correlation(observed: np.ndarray, predicted: np.ndarray, ids: Iterable[str]) -> float:
    """r of predictions with the normal scores of values that were handed out by chance.

    Of any predictions of m samples it has mean 0, variance 1 / (m - 1) and very nearly a normal
    distribution, because the scores have one (van der Waerden 1952, Indag Math 14:453): the r of a skewed
    trait, or of one with a few extreme values, has longer tails. Ties are broken by hashed ids. Constant
    predictions count as 0.
    """
    if is_constant(predicted):
        return 0.0
    order = np.lexsort([np.array(hashed_ranks(list(ids), "ties")), observed])
    places = np.empty(len(order))
    places[order] = np.arange(len(order))
    scores = stats.norm.ppf((places + 0.5) / len(places))
    return float(np.corrcoef(scores, predicted)[0, 1])


def _spread(count: int) -> np.ndarray:
    """Numbers of at most :data:`MARKERS` of so many, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, MARKERS).astype(int))


def shortened(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a method, and of the members of a stack, no longer than :data:`SHORT`."""
    short = dict(params)
    for key in SHORT.keys() & METHODS[method].parameters.keys():
        short[key] = min(int(params.get(key, SHORT[key])), SHORT[key])
    short.pop("min_updates", None)  # which asks for more epochs again
    if key := METHODS[method].members:
        short[key] = [
            {**member, "params": shortened(member["method"], member.get("params", {}))}
            for member in members(method, params)
        ]
    return short


def judge(measured: pd.DataFrame) -> pd.DataFrame:
    """Bounds and status of the controls of all datasets.

    The bound of ``permuted phenotype`` is so many standard errors that, by the
    normal distribution, one false alarm is expected in 1 / :data:`ALARM` whole
    runs: 3.5 for four methods and datasets, 4.4 for two hundred. Only values above
    it fail: a leak makes predictions better. ``detectable`` is the r that a leak must be worth to end above
    the bound with probability :data:`POWER`.

    Parameters
    ----------
    measured
        What :func:`measure` gave for each dataset, with a column ``dataset``.

    Returns
    -------
    DataFrame
        Columns :data:`CONTROLS`; ``status`` is ``ok`` or ``failed``.
    """
    table = measured.copy()
    permuted = table["control"] == "permuted phenotype"
    errors = stats.norm.isf(ALARM / max(permuted.sum(), 1))
    se = table["se"].astype(float)
    table["bound"] = np.where(permuted, errors * se, 1e-6)
    table["detectable"] = (errors + stats.norm.ppf(POWER)) * se.where(permuted)
    value = table["value"].astype(float)
    table["status"] = np.where(value <= table["bound"], "ok", "failed")
    return table.reindex(columns=CONTROLS)


def leak_control(ledger: pd.DataFrame) -> pd.DataFrame:
    """As a control of each dataset and model: test phenotypes that any step of any fold saw; none may."""
    fitted = ledger[ledger["model"].notna()]
    seen = fitted.groupby(["dataset", "model"], sort=False)["test_phenotypes_seen"].sum()
    table = seen.rename("value").reset_index().assign(control="leak ledger", bound=0.0)
    table["status"] = np.where(table["value"] > 0, "failed", "ok")
    return table.reindex(columns=CONTROLS)


def _mean_of(found: Iterable[Evaluation], told: str) -> dict[str, Any]:
    """Mean r of single folds of different permutations, and its standard error."""
    found = list(found)
    folds = pd.concat([one.folds for one in found])
    failed = folds.loc[folds["status"] != "ok", "message"]
    if len(failed):
        return {"value": np.nan, "se": np.nan, "message": f"a fit failed: {failed.iloc[0]}"}
    correlations, sizes = [], []
    for one in found:
        parts = [part for _, part in one.predictions.groupby("environment", dropna=False)]
        of_each = [
            null_correlation(
                part["observed"].to_numpy(float), part["predicted"].to_numpy(float), part["sample"]
            )
            for part in parts
        ]
        correlations.append(np.mean(of_each))
        # Records of a sample may be alike in all environments: the mean over them is worth one.
        sizes.append(len(one.predictions) / len(parts))
    se = (1 / (np.array(sizes) - 1)).sum() ** 0.5 / len(found)
    return {"value": float(np.mean(correlations)), "se": se, "message": told}


def _told(model: Mapping[str, Any], short: Mapping[str, Any]) -> str:
    """What was shortened, in words."""
    parts = [
        f"{key} {short[key]}" for key in SHORT if key in short and short[key] != model["params"].get(key)
    ]
    if model["tune"] > 2:
        parts.append("2 settings tried")
    return f"shortened: {', '.join(parts)}" if parts else ""


def _difference(gblup: Evaluation, rrblup: Evaluation, values: pd.Series) -> dict[str, Any]:
    if "failed" in {gblup.folds["status"].iloc[0], rrblup.folds["status"].iloc[0]}:
        return {"value": np.nan, "message": "a fit failed"}
    both = [one.predictions.set_index("sample")["predicted"] for one in (gblup, rrblup)]
    # A rare trait may have one value among the lines of a control: 0 of 0 is no difference.
    scale = float(np.std(values.to_numpy())) or 1.0
    return {"value": float((both[0] - both[1]).abs().max()) / scale, "message": ""}


def _excess(mean: Evaluation, phenotype: pd.Series) -> dict[str, Any]:
    fold = mean.folds.iloc[0]
    if fold["status"] != "ok" or not np.isnan(fold["pearson"]):
        return {"value": np.nan, "message": "its predictions vary"}
    tested = phenotype.loc[mean.predictions["sample"]]
    naive = float(np.sqrt(np.mean((tested - phenotype.drop(tested.index).mean()) ** 2)))
    return {"value": abs(float(fold["rmse"]) - naive) / (naive or 1.0), "message": ""}
